import { createHash } from 'node:crypto';
import type { HoldReason } from '../../core/form.ts';
import type { InputProblem } from '../../core/invalid-input.ts';
import { type Touch, touchOf } from '../../core/traffic.ts';
import { isZone } from '../../core/zones.ts';
import { applyWaiting } from '../../engine/submissions.ts';
import { type PublicForm, type Question, questionsFor } from '../../hub/forms/public-form.ts';
import { type Entered, type Entries, readEntries, tickedConsents } from '../../hub/forms/read-entries.ts';
import { freeTexts, type Post, screenPost } from '../../hub/forms/screen-submission.ts';
import { noteRefusal, storeSubmission } from '../../hub/forms/submissions.ts';
import { isTestToken, makeConfirmToken, readStamp } from '../../hub/forms/tokens.ts';
import { tokenHash } from '../../platform/crypto.ts';
import type { Trx } from '../../store/db.ts';
import { queueMails } from '../../store/outbox.ts';
import type { ApiDeps } from '../deps.ts';
import { Refused } from '../problems.ts';
import { HONEYPOT } from './form-page.ts';
import { confirmationMail } from './mails.ts';

/** What is known of the request besides its body. */
export interface Sender {
  readonly origin: string | null;
  readonly agent: string;
  /** Of the network it came from; null: not known. */
  readonly network: string | null;
  /** Cookie that a confirmed link left in this browser. */
  readonly browser: string | null;
  /** Progressive fields that this browser answered before. */
  readonly known: ReadonlySet<string>;
}

export type Taken =
  | {
      readonly kind: 'taken';
      readonly submissionId: string;
      readonly test: boolean;
      readonly answered: readonly string[];
    }
  | { readonly kind: 'problems'; readonly problems: readonly InputProblem[]; readonly asked: readonly Question[] };

const first = (entries: Entries, name: string): string => entries.get(name)?.[0] ?? '';

/**
 * Takes a post in: refused (wrong key or site, too much of it), answered with what is wrong, or stored, accepted or held.
 * Whether anybody knows the address is not asked before the answer, so neither its words nor its time can tell (R47).
 * @throws Refused
 */
export async function takeIn(deps: ApiDeps, form: PublicForm, entries: Entries, sender: Sender): Promise<Taken> {
  const { store, clock } = deps.engine;
  const now = clock.now();
  await checkDoor(deps, form, entries, sender);
  const known = new Set([...sender.known, ...first(entries, '_known').split(',')]);
  const asked = questionsFor(form, known);
  const read = readEntries(form, asked, entries, zoneOf(form, entries));
  if ('problems' in read) return { kind: 'problems', problems: read.problems, asked };
  const { entered } = read;
  const stamp = first(entries, '_stamp').slice(0, 200);
  const loadedAt = stamp === '' ? null : readStamp(deps.sign, form.id, stamp);
  const texts = freeTexts(entered.fields, (key) =>
    form.questions.some((one) => one.field === key && (one.schema.type === 'text' || one.schema.type === 'longText')),
  );
  const test = isTestToken(deps.sign, form.id, first(entries, '_test'), now);
  const post: Post = {
    formId: form.id,
    emailKey: entered.emailKey,
    texts,
    honeypot: first(entries, HONEYPOT) !== '',
    loadedAt,
    stamp: loadedAt === null ? null : stamp,
    agent: sender.agent,
    network: sender.network,
    at: now,
    hourlyCeiling: form.definition.hourlyCeiling,
  };
  // One transaction, so that a busy embedded database is waited for once.
  const submissionId = await store.transaction(async (trx) => {
    const { signs, isFlood } = await screenPost(trx, post);
    return isFlood ? null : keep(trx, deps, form, { entered, entries, sender, signs, test, stamp: post.stamp, now });
  });
  if (submissionId === null) return refuse(deps, form, { status: 429, reason: 'flood', detail: '' });
  // Not awaited: the answer is the same, and comes as soon, whatever follows from it.
  void applyWaiting(deps.engine).catch((error: unknown) =>
    deps.engine.log.error({ err: error, form: form.id }, 'submissions wait to be applied'),
  );
  return { kind: 'taken', submissionId, test, answered: Object.keys(entered.fields) };
}

/** The embedded form says what the visitor's clocks show; our own page runs no script, and takes the instance's. */
const zoneOf = (form: PublicForm, entries: Entries): string => {
  const said = first(entries, '_zone').slice(0, 60);
  return said !== '' && isZone(said) ? said : form.zone;
};

interface Storing {
  readonly entered: Entered;
  readonly entries: Entries;
  readonly sender: Sender;
  readonly signs: readonly HoldReason[];
  readonly test: boolean;
  readonly stamp: string | null;
  readonly now: number;
}

/** Submission, confirmation link and mail together; a repetition of the same content from the same page is none. */
async function keep(trx: Trx, deps: ApiDeps, form: PublicForm, one: Storing): Promise<string> {
  const { ids } = deps.engine;
  const { entered, entries, sender, now } = one;
  const id = ids.next('sub');
  const held = one.signs.length > 0;
  const address = first(entries, '_page').slice(0, 2_000);
  const visitor = first(entries, '_visitor');
  const consents = await tickedConsents(trx, form, entered.ticked);
  const stored = await storeSubmission(trx, {
    id,
    formId: form.id,
    formVersion: form.version,
    status: held ? 'held' : 'accepted',
    reasons: one.signs,
    test: one.test,
    email: entered.email,
    emailKey: entered.emailKey,
    fields: entered.fields,
    consents,
    visitor: /^[\w-]{16,64}$/.test(visitor) ? visitor : null,
    network: sender.network,
    browser: sender.browser === null ? null : tokenHash(sender.browser),
    stamp: one.stamp,
    digest: digestOf(entered),
    page: pageOf(address),
    touch: touchOfPost(address, first(entries, '_referrer')),
    locale: form.definition.locale,
    at: now,
  });
  if (!stored.isNew || held || !form.definition.doubleOptIn) return stored.id;
  const token = await makeConfirmToken(trx, id, now);
  const mail = await confirmationMail({
    id: ids.next('ml'),
    form,
    recipient: entered.email,
    address: `${deps.config.url}/c/${token}`,
    test: one.test,
  });
  await queueMails(trx, [mail], now);
  return id;
}

const digestOf = (entered: Entered): string =>
  createHash('sha256')
    .update(JSON.stringify([entered.emailKey, entered.fields, [...entered.ticked]]))
    .digest('base64url');

/** Without parameters: they may hold anything. */
const pageOf = (address: string): string | null => {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  return /^https?:$/.test(url.protocol) ? `${url.origin}${url.pathname}`.slice(0, 500) : null;
};

const touchOfPost = (address: string, referrer: string): Touch | null =>
  URL.canParse(address) ? touchOf({ page: address, referrer: referrer.slice(0, 2_000) }) : null;

/** The form is open, the key is its own, and the page that sends is ours or on the form's list. */
async function checkDoor(deps: ApiDeps, form: PublicForm, entries: Entries, sender: Sender): Promise<void> {
  if (!form.enabled) await refuse(deps, form, { status: 410, reason: 'closed', detail: '' });
  if (first(entries, '_key') !== form.key) await refuse(deps, form, { status: 403, reason: 'key', detail: '' });
  if (!mayPost(deps, form, sender.origin))
    await refuse(deps, form, { status: 403, reason: 'origin', detail: sender.origin ?? '' });
}

/** A browser names the page's site with every post; one that does not is no browser. */
export const mayPost = (deps: ApiDeps, form: PublicForm, origin: string | null): boolean =>
  origin !== null && (origin === deps.config.url || form.origins.includes(origin));

async function refuse(
  deps: ApiDeps,
  form: PublicForm,
  refusal: { readonly status: number; readonly reason: string; readonly detail: string },
): Promise<never> {
  await noteRefusal(deps.engine.store.db, {
    formId: form.id,
    reason: refusal.reason,
    detail: refusal.detail,
    at: deps.engine.clock.now(),
  });
  const key = refusal.reason === 'closed' ? 'visitor.closedText' : `visitor.refused.${refusal.reason}`;
  throw new Refused(refusal.status, key);
}
