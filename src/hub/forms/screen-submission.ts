import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';
import { isbot } from 'isbot';
import { sql } from 'kysely';
import { type HoldReason, isOnlyLinks } from '../../core/form.ts';
import type { Fields } from '../../core/model.ts';
import type { Queryable } from '../../store/db.ts';

/** What is known of a post besides its values. */
export interface Post {
  readonly formId: string;
  readonly emailKey: string;
  /** Texts that the visitor typed freely, addresses of pages left out. */
  readonly texts: readonly string[];
  /** The trap that people do not see was filled in. */
  readonly honeypot: boolean;
  /** When the page was loaded, ms, by its signed stamp; null: none, or a forged one. */
  readonly loadedAt: number | null;
  readonly stamp: string | null;
  readonly agent: string;
  /** Keyed hash of the network; null: not known. */
  readonly network: string | null;
  readonly at: number;
  readonly hourlyCeiling: number;
}

const HOUR_MS = 60 * 60 * 1000;
const FASTEST_MS = 3_000;
/** A page may stay open for a day. */
const STAMP_LIVES_MS = 24 * HOUR_MS;
/** Somebody who corrects a typing error sends the same page twice, seldom more. */
const PER_STAMP = 3;
const PER_ADDRESS = 5;
const PER_NETWORK = 20;
/** So many times the hour's ceiling is not kept at all: the list of held ones must stay one that people read. */
const FLOOD = 10;

let disposable: ReadonlySet<string> | undefined;

/** Is the domain, or one above it, on the kept list of throw-away mail domains? */
export function isDisposable(emailKey: string): boolean {
  disposable ??= disposableEmailBlocklistSet();
  const labels = (emailKey.split('@')[1] ?? '').split('.');
  return labels.some((_, index) => disposable?.has(labels.slice(index).join('.')) === true);
}

/**
 * Every sign of a machine that this post shows; none: it is accepted. `isFlood`: not even to be stored. Asks the same whatever is known of the address, by
 * one statement, so that the answer's time tells nothing (R47).
 */
export async function screenPost(
  q: Queryable,
  post: Post,
): Promise<{ readonly signs: readonly HoldReason[]; readonly isFlood: boolean }> {
  const since = post.at - HOUR_MS;
  const counted = await sql<{ address: number; network: number; form: number; stamp: number }>`
    select (select count(*) from submissions where email_key = ${post.emailKey} and at > ${since})::int as address,
           (select count(*) from submissions where network = ${post.network} and at > ${since})::int as network,
           (select count(*) from submissions where form_id = ${post.formId} and at > ${since} and not test)::int as form,
           (select count(*) from submissions where stamp = ${post.stamp})::int as stamp`.execute(q);
  const counts = counted.rows[0] ?? { address: 0, network: 0, form: 0, stamp: 0 };
  const age = post.loadedAt === null ? null : post.at - post.loadedAt;
  const signs: readonly (readonly [HoldReason, boolean])[] = [
    ['honeypot', post.honeypot],
    ['no_stamp', age === null],
    ['too_fast', age !== null && age < FASTEST_MS],
    ['old_page', age !== null && age > STAMP_LIVES_MS],
    ['same_page_again', post.stamp !== null && counts.stamp >= PER_STAMP],
    ['known_agent', isMachine(post.agent)],
    ['disposable_domain', isDisposable(post.emailKey)],
    ['many_from_address', counts.address >= PER_ADDRESS],
    ['many_from_network', counts.network >= PER_NETWORK],
    ['only_links', post.texts.some(isOnlyLinks)],
    ['over_ceiling', counts.form >= post.hourlyCeiling],
  ];
  return {
    signs: signs.filter(([, shows]) => shows).map(([reason]) => reason),
    isFlood: counts.form >= post.hourlyCeiling * FLOOD,
  };
}

/** Gateways that open every link of a mail, and what calls itself a program. */
const SCANNERS =
  /barracuda|mimecast|proofpoint|safelinks|messagelabs|forcepoint|fireeye|trendmicro|cloudmark|ironport/i;

/** A crawler, a script or a mail scanner by its own name; a browser always names itself. */
export const isMachine = (agent: string): boolean => agent.trim() === '' || isbot(agent) || SCANNERS.test(agent);

/** The freely typed texts of a submission, for the screen. */
export const freeTexts = (fields: Fields, isText: (key: string) => boolean): readonly string[] =>
  Object.entries(fields).flatMap(([key, value]) => (typeof value === 'string' && isText(key) ? [value] : []));
