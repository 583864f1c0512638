import { z } from 'zod';
import {
  type DeleteOutcome,
  type Deletion,
  deleteInCalls,
  deletionOutcomeOf,
  type RecordToDelete,
} from '../kit/deletion.ts';
import { RemoteError } from '../kit/errors.ts';
import { chunks } from '../kit/read.ts';
import { inLists, type SalesforceClient } from './client.ts';
import { kindOf, type ObjectName, objectOf } from './codec.ts';
import { deletionOf, type SalesforceError } from './faults.ts';

export const DELETIONS = 200;
const RETRIEVE = 2_000;
const IS_ID = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;

const resultsSchema = z.array(
  z.object({ id: z.string().nullish(), success: z.boolean(), errors: z.array(z.looseObject({})).nullish() }),
);

type Told = DeleteOutcome | { readonly kind: 'gone' };
type Moved = Extract<DeleteOutcome, { kind: 'moved' }>;

/**
 * Collections of 200, each row for itself, into the recycle bin; there is no deleting for ever but by the Bulk API, with a right
 * of its own (BEHAVIOR.md, "Deleting"). The row of a converted lead stays beside its contact and could be deleted without
 * anybody noticing, so leads are looked at before; who turns out to be gone is asked for his winner afterwards.
 */
export const salesforceDeletion = (client: SalesforceClient): Deletion => ({
  delete: async (records, how) => {
    try {
      return await (how === 'forever' ? deleteWhole(client, records) : deleteRecords(client, records));
    } catch (error) {
      // Looking failed: whatever was deleted before is met again as such.
      const outcome = deletionOutcomeOf(error);
      return records.map(() => (outcome.kind === 'unknown' ? { kind: 'throttled', retryAt: null } : outcome));
    }
  },
});

/**
 * The leads that a contact was made from go before it: afterwards nothing would lead to them. Where one of them stays, the contact
 * is not sent, and has that outcome.
 */
async function deleteWhole(
  client: SalesforceClient,
  records: readonly RecordToDelete[],
): Promise<readonly DeleteOutcome[]> {
  const contacts = records.filter(({ kind, id }) => objectOf(kind) === 'Contact' && IS_ID.test(id));
  const madeInto = await leadsOf(
    client,
    contacts.map(({ id }) => id),
  );
  const leads = [...madeInto.keys()].map((id): RecordToDelete => ({ kind: kindOf('Lead'), id }));
  // Both are meant, so no lead is told as the contact that it became.
  const asked = new Set([...records.map(({ id }) => same(id)), ...madeInto.values()]);
  const told = await deleteRecords(client, leads, asked);
  const stays = new Map(
    leads.flatMap(({ id }, index): [string, DeleteOutcome][] => {
      const outcome = told[index];
      return outcome === undefined || outcome.kind === 'deleted' ? [] : [[madeInto.get(id) ?? '', outcome]];
    }),
  );
  const rest = records.filter(({ id }) => !stays.has(same(id)));
  const others = await deleteRecords(client, rest, asked);
  const outcomes = new Map(rest.map(({ id }, index) => [id, others[index]]));
  return records.map(({ id }) => stays.get(same(id)) ?? outcomes.get(id) ?? { kind: 'unknown' });
}

/** Leads that were converted into these contacts: which into which. A user who sees no leads finds none. */
async function leadsOf(client: SalesforceClient, contacts: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  try {
    for (const soql of inLists(
      'ConvertedContactId',
      [...new Set(contacts)],
      'SELECT Id, ConvertedContactId FROM Lead WHERE ',
    ))
      for (const row of await client.queryRows(soql))
        found.set(String(row['Id']), same(String(row['ConvertedContactId'])));
  } catch (error) {
    if (!(error instanceof RemoteError) || error.kind !== 'schema') throw error;
  }
  return found;
}

async function deleteRecords(
  client: SalesforceClient,
  records: readonly RecordToDelete[],
  asked: ReadonlySet<string> = new Set(records.map(({ id }) => same(id))),
): Promise<readonly DeleteOutcome[]> {
  const converted = await convertedAmong(client, records, asked);
  // One object's rows stay together: at most ten chunks of adjacent types are taken in one call.
  const rows = records
    .filter(({ id }) => !converted.has(id))
    .toSorted((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0));
  const gone: RecordToDelete[] = [];
  const told = await deleteInCalls(rows, { perCall: DELETIONS }, async (batch) => {
    const results = await deleteRows(client, batch);
    return results.map((one, index): DeleteOutcome => {
      if (one.kind !== 'gone') return one;
      gone.push(...batch.slice(index, index + 1));
      return { kind: 'deleted' };
    });
  });
  const merged = await mergedAmong(client, gone, asked);
  const outcomes = new Map(rows.map((row, index) => [row.id, merged.get(row.id) ?? told[index]]));
  return records.map(({ id }) => converted.get(id) ?? outcomes.get(id) ?? { kind: 'unknown' });
}

async function deleteRows(client: SalesforceClient, batch: readonly RecordToDelete[]): Promise<readonly Told[]> {
  const query = new URLSearchParams({ ids: batch.map(({ id }) => id).join(','), allOrNone: 'false' });
  const answer = await client.http.send({
    method: 'DELETE',
    path: `${client.data}/composite/sobjects?${query.toString()}`,
    // Whoever is gone is told as that.
    repeatable: true,
    timeoutMs: 120_000,
  });
  const results = resultsSchema.safeParse(answer.body).data ?? [];
  return batch.map((_row, index): Told => {
    const result = results[index];
    if (result === undefined) return { kind: 'unknown' };
    // The schema lets every part be absent; these are the documented ones.
    return result.success ? { kind: 'deleted' } : deletionOf((result.errors ?? []) as SalesforceError[]);
  });
}

/** Leads that are contacts now, and live on as such: by the lead's id. */
async function convertedAmong(
  client: SalesforceClient,
  records: readonly RecordToDelete[],
  asked: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Moved>> {
  const leads = records.filter(({ kind, id }) => objectOf(kind) === 'Lead' && IS_ID.test(id));
  const contacts = new Map<string, string>();
  for (const part of chunks([...new Set(leads.map(({ id }) => id))], RETRIEVE))
    for (const row of await client.retrieve('Lead', part, ['Id', 'IsConverted', 'ConvertedContactId']))
      if (row['IsConverted'] === true && typeof row['ConvertedContactId'] === 'string')
        contacts.set(same(String(row['Id'])), row['ConvertedContactId']);
  const alive = await whereNow(client, 'Contact', [...contacts.values()]);
  return movedOf(
    leads.map(({ id }) => [id, alive.get(same(contacts.get(same(id)) ?? '')) ?? null]),
    'converted',
    asked,
  );
}

/** Of those who are gone the ones that lost a merge whose winner is there. */
async function mergedAmong(
  client: SalesforceClient,
  gone: readonly RecordToDelete[],
  asked: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Moved>> {
  const places: (readonly [string, string | null])[] = [];
  for (const object of ['Lead', 'Contact'] as const) {
    const ids = gone.filter(({ kind, id }) => objectOf(kind) === object && IS_ID.test(id)).map(({ id }) => id);
    const masters = await mastersOf(client, object, ids);
    const alive = await whereNow(client, object, [...masters.values()]);
    places.push(...ids.map((id) => [id, alive.get(same(masters.get(same(id)) ?? '')) ?? null] as const));
  }
  return movedOf(places, 'merged', asked);
}

const movedOf = (
  places: readonly (readonly [id: string, to: string | null])[],
  why: Moved['why'],
  asked: ReadonlySet<string>,
): ReadonlyMap<string, Moved> =>
  new Map(places.flatMap(([id, to]) => (to === null || asked.has(same(to)) ? [] : [[id, { kind: 'moved', to, why }]])));

/** Merges chain, three records at a time; nobody follows a ring. */
const LONGEST_CHAIN = 10;

/** Where these records are now, by what `same` makes of them: themselves, or the winner of the last merge. Missing: nowhere. */
async function whereNow(
  client: SalesforceClient,
  object: ObjectName,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const places = new Map(ids.map((id) => [same(id), id]));
  for (let turn = 0; turn < LONGEST_CHAIN && places.size > 0; turn += 1) {
    const alive = new Set<string>();
    for (const part of chunks([...new Set(places.values())], RETRIEVE))
      for (const row of await client.retrieve(object, part, ['Id'])) alive.add(same(String(row['Id'])));
    const lost = [...places.values()].filter((id) => !alive.has(same(id)));
    if (lost.length === 0) break;
    const masters = await mastersOf(client, object, lost);
    for (const [id, place] of places) {
      const master = alive.has(same(place)) ? place : masters.get(same(place));
      if (master === undefined) places.delete(id);
      else places.set(id, master);
    }
  }
  return places;
}

/** The winners of merges that these deleted rows lost, for as long as they are in the bin. */
async function mastersOf(
  client: SalesforceClient,
  object: ObjectName,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const masters = new Map<string, string>();
  for (const soql of inLists('Id', [...new Set(ids)], `SELECT Id, MasterRecordId FROM ${object} WHERE `))
    for (const row of await client.queryRows(soql, true))
      if (typeof row['MasterRecordId'] === 'string') masters.set(same(String(row['Id'])), row['MasterRecordId']);
  return masters;
}

/** Answers have 18 characters, what people paste may have 15: the rest only says which letters are capitals. */
const same = (id: string): string => id.slice(0, 15);
