import { foldLabel } from '../../core/labels.ts';
import type { Companies, Company, CompanyWish } from '../kit/companies.ts';
import type { ChangePage, Cursor, WriteOutcome } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { chunks } from '../kit/read.ts';
import { COQL_ROWS, VALUES_PER_IN, type ZohoClient } from './client.ts';
import type { Row } from './codec.ts';
import { parsePlace, quote, readDeleted, startingAt, walkRows } from './read-changes.ts';
import { type WriteContext, writeRows } from './write-records.ts';

const FEW_ROWS = 200;

/** The companies of contacts: records of the module Accounts, found by name and made (BEHAVIOR.md, "Companies"). */
export const accountsPart = (client: ZohoClient, context: Omit<WriteContext, 'fields'>): Companies => ({
  find: (names) => findAccounts(client, names),
  create: (wishes) => createAccounts(client, wishes, context),
  gone: (ids) => goneAccounts(client, ids),
});

/** Some names a call, each in the spellings that people use. Answers are compared again, as people compare names. */
async function findAccounts(client: ZohoClient, names: readonly string[]): Promise<readonly (readonly Company[])[]> {
  const found = new Map<string, Company>();
  for (const spellings of chunks([...new Set(names.flatMap(spellingsOf))], VALUES_PER_IN)) {
    const query = `select Account_Name from Accounts where Account_Name in (${spellings.map(quote).join(', ')}) order by id asc`;
    const few = await client.coql(`${query} limit 0, ${FEW_ROWS}`);
    const page = few.rows.length < FEW_ROWS ? few : await client.coql(`${query} limit 0, ${COQL_ROWS}`);
    for (const company of page.rows.flatMap(companyOf)) found.set(company.id, company);
  }
  return names.map((name) => [...found.values()].filter((one) => foldLabel(one.name) === foldLabel(name)));
}

/** Whether `in` looks at capitals is not documented. */
const spellingsOf = (name: string): string[] => {
  const plain = name.trim().replace(/\s+/gu, ' ');
  const words = plain.toLowerCase().replace(/(^|\s)\S/gu, (first) => first.toUpperCase());
  return [...new Set([name.trim(), plain, plain.toLowerCase(), plain.toUpperCase(), words])];
};

const companyOf = (row: Row): Company[] => {
  const name = row['Account_Name'];
  return typeof name === 'string' ? [{ id: row.id, name }] : [];
};

/** Straight from the database, 100 ids a call: deleted ones are not in it. */
async function goneAccounts(client: ZohoClient, ids: readonly string[]): Promise<readonly string[]> {
  const there = new Set<string>();
  for (const part of chunks(ids, VALUES_PER_IN)) {
    const query = `select Account_Name from Accounts where id in (${part.map(quote).join(', ')})`;
    for (const { id } of (await client.coql(`${query} limit 0, ${FEW_ROWS}`)).rows) there.add(id);
  }
  return ids.filter((id) => !there.has(id));
}

/** By 100; who is there already, where names are unique, is found that way. */
async function createAccounts(
  client: ZohoClient,
  wishes: readonly CompanyWish[],
  context: Omit<WriteContext, 'fields'>,
): Promise<readonly WriteOutcome[]> {
  const outcomes = new Map<string, WriteOutcome>();
  const rows = wishes.map(({ key, name }) => ({ key, data: { Account_Name: name } }));
  await writeRows(client, { module: 'Accounts', op: 'create', rows, outcomes }, context);
  return wishes.map(({ key }) => outcomes.get(key) ?? { kind: 'throttled', retryAt: null });
}

/**
 * Accounts that changed: a company's new name does not touch its contacts. From the moment of the first look on, because
 * contacts bring the names that their companies have now. Who may not see accounts has contacts all the same.
 */
export async function readAccounts(
  client: ZohoClient,
  cursor: Cursor | null,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<ChangePage> {
  const page = (changed: readonly Row[], next: Cursor, more: boolean): ChangePage => ({
    changed: [],
    gone: [],
    moved: [],
    companies: changed.flatMap(companyOf),
    next,
    more,
  });
  const begin = startingAt(now);
  try {
    const place = cursor === null ? begin : parsePlace(cursor);
    const input = { module: 'Accounts', select: ['Account_Name', 'Modified_Time'], condition: null, now } as const;
    const read = await walkRows(client, place, { ...input, limit: cursor === null ? 1 : limit });
    if (cursor !== null) return page(read.rows, JSON.stringify(read.next), read.more);
    return page([], JSON.stringify(startingAt(read.serverTime ?? now)), false);
  } catch (error) {
    if (!isHidden(error)) throw error;
    return page([], cursor ?? JSON.stringify(begin), false);
  }
}

/** Accounts that were deleted, or merged away, from the moment of the first look on. One that the list forgets is noticed by its use. */
export async function readDeletedAccounts(client: ZohoClient, cursor: Cursor | null, now: number): Promise<ChangePage> {
  try {
    const page = await readDeleted({ client, module: 'Accounts', cursor, now, since: cursor === null ? now : 0 });
    const { gone, next, more } = page;
    return { changed: [], gone: [], moved: [], companiesGone: gone, next, more };
  } catch (error) {
    if (!isHidden(error)) throw error;
    return { changed: [], gone: [], moved: [], next: cursor ?? UNREAD, more: false };
  }
}

/** Who may not see accounts has contacts all the same. */
const isHidden = (error: unknown): boolean =>
  error instanceof RemoteError && (error.kind === 'forbidden' || error.kind === 'schema');

/** No position yet: the next look is the first one again. */
export const UNREAD = 'unread';
