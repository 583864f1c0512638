import { foldLabel } from '../../core/labels.ts';
import type { Companies, Company, CompanyWish } from '../kit/companies.ts';
import type { WriteOutcome } from '../kit/connector.ts';
import { chunks } from '../kit/read.ts';
import { inLists, type SalesforceClient } from './client.ts';
import { ACCOUNT, companyOf, type DecodeContext, type Row } from './codec.ts';
import { COLLECTION, writeRows } from './write-records.ts';

const RETRIEVE = 2_000;

/** The companies of contacts: records of the object Account, found by name and made (BEHAVIOR.md, "Companies"). */
export const accountsPart = (client: SalesforceClient, fields: () => Promise<DecodeContext['fields']>): Companies => ({
  find: async (names) => findAccounts(client, names, isPeopleToo(await fields())),
  create: (wishes) => createAccounts(client, wishes),
  gone: async (ids) => {
    const there = new Set((await accountsOf(client, ids)).map(({ id }) => id));
    return ids.filter((id) => !there.has(id));
  },
});

/** Orgs with person accounts keep people among their accounts; then contacts say which of them is one. */
const isPeopleToo = (fields: DecodeContext['fields']): boolean => fields.Contact.has('IsPersonAccount');

/** SOQL compares without case, not without spaces, so both spellings are asked; answers are compared again. */
async function findAccounts(
  client: SalesforceClient,
  names: readonly string[],
  withoutPeople: boolean,
): Promise<readonly (readonly Company[])[]> {
  const spellings = new Set(names.flatMap((name) => [name.trim(), name.trim().replace(/\s+/gu, ' ')]));
  const found = new Map<string, Company>();
  const select = `SELECT Id, Name FROM Account WHERE ${withoutPeople ? 'IsPersonAccount = false AND ' : ''}`;
  for (const soql of inLists('Name', [...spellings].filter(Boolean), select))
    for (const company of (await client.queryRows(soql)).flatMap(companyOf)) found.set(company.id, company);
  return names.map((name) => [...found.values()].filter((one) => foldLabel(one.name) === foldLabel(name)));
}

/** By id, 2,000 a call; deleted ones and losers of merges are not among them. */
async function accountsOf(client: SalesforceClient, ids: readonly string[]): Promise<readonly Company[]> {
  const found: Company[] = [];
  for (const part of chunks([...new Set(ids)], RETRIEVE))
    for (const row of await client.retrieve('Account', part, ['Id', 'Name'])) found.push(...companyOf(row));
  return found;
}

/** By 200, each for itself; accounts have no assignment rule. */
async function createAccounts(
  client: SalesforceClient,
  wishes: readonly CompanyWish[],
): Promise<readonly WriteOutcome[]> {
  const outcomes = new Map<string, WriteOutcome>();
  const rows = wishes.map(({ key, name }) => ({ key, record: { attributes: { type: 'Account' }, Name: name } }));
  for (const batch of chunks(rows, COLLECTION)) await writeRows(client, 'create', batch, { assigned: false, outcomes });
  return wishes.map(({ key }) => ofCompany(outcomes.get(key) ?? { kind: 'throttled', retryAt: null }));
}

/** What an account lacks is no field of the person who needs it: the vendor's own sentence names it. */
const ofCompany = (outcome: WriteOutcome): WriteOutcome =>
  outcome.kind !== 'refused'
    ? outcome
    : {
        ...outcome,
        faults: outcome.faults.map((fault) =>
          fault.reason === 'missing_required' ? { ...fault, reason: 'rejected_by_crm' } : fault,
        ),
      };

/** Records read by id come without relationships: the names of their companies, as a query would have brought them. */
export async function withAccounts(client: SalesforceClient, rows: readonly Row[]): Promise<readonly Row[]> {
  const ids = rows.flatMap((row) => (typeof row[ACCOUNT] === 'string' ? [row[ACCOUNT]] : []));
  const names = new Map((await accountsOf(client, ids)).map(({ id, name }) => [id, name]));
  return rows.map((row) => {
    const name = names.get(String(row[ACCOUNT]));
    return name === undefined ? row : { ...row, Account: { Name: name } };
  });
}
