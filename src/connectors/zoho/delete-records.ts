import { z } from 'zod';
import {
  type DeleteOutcome,
  type Deletion,
  deleteInCalls,
  deletionFault,
  type RecordToDelete,
} from '../kit/deletion.ts';
import { RemoteError } from '../kit/errors.ts';
import type { HttpAnswer } from '../kit/http.ts';
import { idText } from '../kit/read.ts';
import type { ModuleName, ZohoClient } from './client.ts';
import { idIn, moduleOf } from './codec.ts';
import { classify, deletionOf, isAboutId, resultOf, type ZohoResult } from './faults.ts';

/** Of the records themselves and of those in the bin alike. */
export const DELETE_BATCH = 100;
/** Ids stand in a list of the call's address: what is none may not bring others in. */
const IS_ID = /^\d+$/;

const text = z.string().optional().catch(undefined);
const detailsSchema = z.looseObject({ id: idText.optional(), api_name: text, json_path: text });
const resultsSchema = z.array(
  z.looseObject({ code: text, status: text, message: text, details: detailsSchema.optional().catch(undefined) }),
);

interface DeleteContext {
  /** R48. */
  readonly startAutomations: boolean;
  readonly now: () => number;
}
type Outcomes = ReadonlyMap<string, DeleteOutcome>;

/** Into the bin, and for ever out of it as well (BEHAVIOR.md, "Deleting"). */
export const zohoDeletion = (client: ZohoClient, context: DeleteContext): Deletion => ({
  delete: (records, how) => {
    const asked = new Set(records.map(({ id }) => id));
    const calls = { perCall: DELETE_BATCH, groupOf: ({ kind }: RecordToDelete) => moduleOf(kind) };
    return deleteInCalls(records, calls, async (batch) => {
      const [first] = batch;
      const ids = batch.map(({ id }) => id).filter((id) => IS_ID.test(id));
      if (first === undefined || ids.length === 0) return batch.map(() => ({ kind: 'deleted' }));
      const module = moduleOf(first.kind);
      const moved = module === 'Leads' ? await contactsOf(client, ids, asked) : new Map<string, DeleteOutcome>();
      const going = ids.filter((id) => !moved.has(id));
      const deleted = await deleteOf(client, module, going, context);
      const outcomes = how === 'forever' ? await emptyBin(client, deleted, context) : deleted;
      return batch.map(({ id }): DeleteOutcome => moved.get(id) ?? outcomes.get(id) ?? { kind: 'deleted' });
    });
  },
});

/** Leads that live on as contacts which nobody asked to delete. What Zoho would do with such a lead is not documented. */
async function contactsOf(client: ZohoClient, ids: readonly string[], asked: ReadonlySet<string>): Promise<Outcomes> {
  const rows = await client.byIds('Leads', ids, ['Converted__s', 'Converted_Contact']);
  const pairs = rows.flatMap((row) => {
    const contact = row['Converted__s'] === true ? idIn(row['Converted_Contact']) : null;
    return contact === null || asked.has(contact) ? [] : [{ lead: row.id, contact }];
  });
  const contacts = pairs.map(({ contact }) => contact);
  const alive = new Set((await client.byIds('Contacts', contacts, ['Modified_Time'])).map((row) => row.id));
  return new Map(
    pairs
      .filter(({ contact }) => alive.has(contact))
      .map(({ lead, contact }) => [lead, { kind: 'moved', to: contact, why: 'converted' }]),
  );
}

async function deleteOf(
  client: ZohoClient,
  module: ModuleName,
  ids: readonly string[],
  { startAutomations, now }: DeleteContext,
): Promise<Outcomes> {
  if (ids.length === 0) return new Map();
  const answer = await client.delete(module, ids, startAutomations);
  const results = resultsIn(answer, 'data');
  // Nothing was deleted: the whole call was refused.
  if (results === null) throw refusedWhole(answer, now());
  return byId(ids, results, deletionOf);
}

/** Those that are in the bin now, or were before, are taken out of it; what the bin does not know is gone already. */
async function emptyBin(client: ZohoClient, before: Outcomes, { now }: DeleteContext): Promise<Outcomes> {
  const ids = [...before].filter(([, outcome]) => outcome.kind === 'deleted').map(([id]) => id);
  if (ids.length === 0) return before;
  try {
    const answer = await client.deleteFromBin(ids);
    const results = resultsIn(answer, 'recycle_bin');
    // One that is not in the bin may be told by a refusal as a whole.
    if (results === null && ids.length === 1 && isAboutId(resultOf(answer.body))) return before;
    if (results === null) throw refusedWhole(answer, now());
    return new Map([...before, ...byId(ids, results, binOutcome)]);
  } catch (error) {
    if (!(error instanceof RemoteError && error.kind === 'forbidden')) throw error;
    // Deleted as a person deletes, and not for ever: that is said, and may be asked for again.
    const left = inBin({ code: error.code ?? `HTTP ${error.status ?? ''}` });
    return new Map([...before, ...ids.map((id) => [id, left] as const)]);
  }
}

/** What has more than 1,000 notes and files is deleted by a job of the vendor's own: taken on is done. */
function binOutcome(result: ZohoResult): DeleteOutcome {
  if (result.code === 'SUCCESS' || result.code === 'SCHEDULED' || isAboutId(result)) return { kind: 'deleted' };
  return inBin({ code: result.code ?? 'UNKNOWN', vendor: (result.message ?? '').slice(0, 300) });
}

const inBin = (params: Readonly<Record<string, string>>): DeleteOutcome => ({
  kind: 'refused',
  faults: [deletionFault('no_permission', { ...params, why: 'deletion_in_bin' })],
});

/** One result for each record; null: the answer is a refusal as a whole. */
function resultsIn({ body }: HttpAnswer, key: string): readonly ZohoResult[] | null {
  if (typeof body !== 'object' || body === null || !(key in body)) return null;
  return resultsSchema.safeParse((body as Record<string, unknown>)[key]).data ?? null;
}

function refusedWhole(answer: HttpAnswer, now: number): RemoteError {
  const { status } = answer;
  const { code, status: said } = resultOf(answer.body);
  if (code === 'AUTHORIZATION_FAILED')
    return new RemoteError('forbidden', 'Zoho refuses the deletion to this user', { status, code });
  // A success that does not say of whom.
  if (status < 300 && said !== 'error')
    return new RemoteError('unexpected', 'Zoho deletion: the answer has no results', { status });
  return classify(answer, now);
}

/** A result names its record; one that does not stands in its place. */
function byId(
  ids: readonly string[],
  results: readonly ZohoResult[],
  outcomeOf: (result: ZohoResult) => DeleteOutcome,
): Outcomes {
  const named = new Map(results.map((result) => [result.details?.id, result]));
  return new Map(
    ids.map((id, index) => {
      const inPlace = results[index]?.details?.id === undefined ? results[index] : undefined;
      const result = named.get(id) ?? inPlace;
      return [id, result === undefined ? { kind: 'unknown' } : outcomeOf(result)];
    }),
  );
}
