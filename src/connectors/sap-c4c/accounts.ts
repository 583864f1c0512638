import type { Company, CompanyWish } from '../kit/companies.ts';
import type { ChangePage, Cursor, WriteOutcome } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { outcomeOfFailure } from '../kit/outcomes.ts';
import { chunks } from '../kit/read.ts';
import { BATCH, type C4cClient, instant, PAGE, readOne } from './client.ts';
import type { Entity } from './codec.ts';
import { ACCOUNT, collectionOf, DELTA, OBSOLETE } from './entities.ts';
import { refusalOf } from './faults.ts';
import { nextOf, OVERLAP_MS, parseWalk } from './read-changes.ts';

/** What a contact shows as its account's name is the formatted one. */
const SELECT = ['ObjectID', 'AccountID', 'Name', 'BusinessPartnerFormattedName', 'LifeCycleStatusCode', DELTA];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const companyOf = (row: Entity): Company => ({
  id: text(row['AccountID']),
  name: text(row['BusinessPartnerFormattedName']) || text(row['Name']),
});

const isInUse = (row: Entity): boolean => row['LifeCycleStatusCode'] !== OBSOLETE;

/** Accounts of these names, 100 spellings a read; what is obsolete is nobody's company any more. */
export async function findAccounts(
  client: C4cClient,
  names: readonly string[],
): Promise<readonly (readonly Company[])[]> {
  const rows = await client.among(ACCOUNT, 'Name', names.flatMap(spellings), SELECT);
  const companies = rows.filter(isInUse).map(companyOf);
  const unique = [...new Map(companies.map((one) => [one.id, one])).values()];
  return names.map((name) => unique.filter((one) => normalised(one.name) === normalised(name)));
}

/** Whether "equal" looks at capitals is not documented (BEHAVIOR.md, "Walking"). */
function spellings(name: string): readonly string[] {
  const plain = name.trim().replace(/\s+/gu, ' ');
  const lower = plain.toLowerCase();
  const titled = lower.replace(/(?<![\p{L}\p{N}])\p{L}/gu, (letter) => letter.toUpperCase());
  return [...new Set([name, plain, lower, plain.toUpperCase(), titled])];
}
const normalised = (name: string): string => name.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase();

/** Which of these numbers are no account's any more: not there, or obsolete. */
export async function goneAccounts(client: C4cClient, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await client.among(ACCOUNT, 'AccountID', ids, SELECT);
  const there = new Set(rows.filter(isInUse).map((row) => text(row['AccountID'])));
  return ids.filter((id) => !there.has(id));
}

export interface CreateContext {
  /** The code of the role that a new account plays; '' = the tenant's own default. */
  readonly role: string;
  readonly now: number;
}

/** 100 a `$batch`, each in a changeset of its own. */
export async function createAccounts(
  client: C4cClient,
  wishes: readonly CompanyWish[],
  context: CreateContext,
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  for (const part of chunks(wishes, BATCH)) outcomes.push(...(await createBatch(client, part, context)));
  return outcomes;
}

async function createBatch(
  client: C4cClient,
  wishes: readonly CompanyWish[],
  { role, now }: CreateContext,
): Promise<readonly WriteOutcome[]> {
  const sent = new Map([
    ['Name', { key: 'Name', label: 'Name' }],
    ['RoleCode', { key: 'RoleCode', label: 'Role' }],
  ]);
  try {
    const parts = await client.batch(
      wishes.map(({ name }) => ({
        method: 'POST' as const,
        path: collectionOf(ACCOUNT),
        json: { Name: name.trim(), ...(role === '' ? {} : { RoleCode: role }) },
      })),
    );
    return parts.map((part): WriteOutcome => {
      if (part.status >= 300) return refusalOf(part, sent, now);
      const row = readOne(part.body);
      // Made, and its number does not come with the answer: it is found by its name.
      if (row === null || text(row['AccountID']) === '') return { kind: 'unknown' };
      return { kind: 'stored', id: companyOf(row).id, record: null, certain: true };
    });
  } catch (error) {
    const whole = outcomeOfFailure(error);
    return wishes.map(() => whole);
  }
}

/**
 * Accounts that changed: from the moment of the first look on, because contacts bring the names they have now. A user who may
 * not read accounts hears of no new names (the check says so), and loses nothing else.
 */
export async function readAccounts(
  client: C4cClient,
  after: Cursor | null,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<ChangePage> {
  const first = after === null;
  const walk = parseWalk(after);
  const nothing = { changed: [], gone: [], moved: [], companies: [] };
  const inside = walk.id !== null;
  const until = inside ? ` and ${DELTA} lt ${instant(walk.at + 1)} and ObjectID gt '${walk.id ?? ''}'` : '';
  try {
    const page = await client.list(ACCOUNT, {
      ...(first ? {} : { $filter: `${DELTA} ge ${instant(walk.at)}${until}`, $inlinecount: 'allpages' }),
      $orderby: inside ? 'ObjectID asc' : `${DELTA} asc`,
      $top: String(first ? 1 : Math.min(PAGE, limit)),
      $select: SELECT.join(','),
    });
    const startedAt = walk.startedAt ?? page.serverTime ?? now;
    const next = first ? null : nextOf({ ...walk, startedAt }, page.rows, page.more);
    return {
      ...nothing,
      companies: first ? [] : page.rows.filter(isInUse).map(companyOf),
      companiesGone: first ? [] : page.rows.filter((row) => !isInUse(row)).map((row) => text(row['AccountID'])),
      next: JSON.stringify(next ?? { at: startedAt - OVERLAP_MS, id: null, startedAt: null, first: false }),
      more: next !== null,
    };
  } catch (error) {
    if (!(error instanceof RemoteError) || !['forbidden', 'schema', 'invalid'].includes(error.kind)) throw error;
    return { ...nothing, next: after ?? UNREAD, more: false };
  }
}

/** No position yet: the next look is the first one again. */
export const UNREAD = 'unread';
