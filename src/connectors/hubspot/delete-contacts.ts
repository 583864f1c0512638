import {
  type DeleteOutcome,
  type Deletion,
  deleteInCalls,
  deletionOutcomeOf,
  type RecordToDelete,
} from '../kit/deletion.ts';
import type { HttpAnswer } from '../kit/http.ts';
import { type HubSpotClient, IN_FLIGHT } from './client.ts';
import { deletionFaultOf, isNotFound } from './faults.ts';
import { paths } from './version.ts';

export const ARCHIVE_BATCH = 100;
const MERGED = 'hs_merged_object_ids';

/**
 * Into the bin by batches of 100, or for ever one by one. A former id of a merged contact reaches the one that stays by some
 * calls and not by others (BEHAVIOR.md, "Deleting"): so ids are looked at first, and only an id that a contact has today is sent.
 */
export const hubSpotDeletion = (client: HubSpotClient): Deletion => ({
  delete: async (records, how) => {
    try {
      const seen = await look(client, records);
      // Leads and contacts are one object: an id that stands twice, as either, is one input.
      const once = [...new Map(records.map((one) => [one.id, one])).values()];
      const there = once.filter(({ id }) => seen.get(id) === 'there' || (how === 'forever' && seen.get(id) === 'bin'));
      const told =
        how === 'forever'
          ? await deleteInCalls(there, { perCall: 1, parallel: IN_FLIGHT }, (batch) => erase(client, batch))
          : await deleteInCalls(there, { perCall: ARCHIVE_BATCH }, (batch) => archive(client, batch));
      const outcomes = new Map(there.map(({ id }, index) => [id, told[index]]));
      const asked = new Set(records.map(({ id }) => id));
      return records.map(({ id }) => outcomes.get(id) ?? absent(seen.get(id), asked));
    } catch (error) {
      // Looking failed, and nothing was sent.
      const outcome = deletionOutcomeOf(error);
      return records.map(() => (outcome.kind === 'unknown' ? { kind: 'throttled', retryAt: null } : outcome));
    }
  },
});

/** A contact as it is found by an id: there, in the bin, or as the one that a merge left. */
type Seen = 'there' | 'bin' | { readonly to: string };

const absent = (seen: Seen | undefined, asked: ReadonlySet<string>): DeleteOutcome =>
  typeof seen === 'object' && !asked.has(seen.to) ? { kind: 'moved', to: seen.to, why: 'merged' } : { kind: 'deleted' };

/** Nobody: not in the map. Who is neither read nor in the bin is asked for alone, since that finds a former id for certain. */
async function look(client: HubSpotClient, records: readonly RecordToDelete[]): Promise<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>();
  const ids = [...new Set(records.map(({ id }) => id))];
  const isMissing = (id: string): boolean => IS_ID.test(id) && !seen.has(id);
  // HubSpot says what is wrong with it.
  for (const id of ids) if (!IS_ID.test(id)) seen.set(id, 'there');
  const asked = new Set(ids);
  for (const one of await client.batchRead(ids.filter(isMissing), [MERGED])) {
    // By a former id the one that stays is read.
    for (const id of (one.properties[MERGED] ?? '').split(';')) if (asked.has(id)) seen.set(id, { to: one.id });
    seen.set(one.id, 'there');
  }
  const archived = await client.batchRead(ids.filter(isMissing), [MERGED], { archived: true });
  for (const one of archived) if (isMissing(one.id)) seen.set(one.id, 'bin');
  for (const id of ids.filter(isMissing)) {
    const found = await client.contact(id, [MERGED]);
    if (found !== null) seen.set(id, found.id === id ? 'there' : { to: found.id });
  }
  return seen;
}
const IS_ID = /^\d+$/;

async function archive(client: HubSpotClient, batch: readonly RecordToDelete[]): Promise<readonly DeleteOutcome[]> {
  const answer = await client.http.send({
    method: 'POST',
    path: `${paths.contacts}/batch/archive`,
    json: { inputs: batch.map(({ id }) => ({ id })) },
    // 204 whatever was there before.
    repeatable: true,
    expect: REFUSALS,
  });
  if (answer.status === 400 && batch.length > 1) throw client.failure(answer);
  return batch.map(() => outcomeOf(answer));
}

async function erase(client: HubSpotClient, batch: readonly RecordToDelete[]): Promise<readonly DeleteOutcome[]> {
  const outcomes: DeleteOutcome[] = [];
  for (const { id } of batch)
    outcomes.push(
      outcomeOf(
        await client.http.send({
          method: 'POST',
          path: `${paths.contacts}/gdpr-delete`,
          json: { objectId: id },
          repeatable: true,
          expect: REFUSALS,
        }),
      ),
    );
  return outcomes;
}

/** About the contact, or about what we may do: `RemoteError` for everything else. */
const REFUSALS = [400, 403, 404];

/** A path that is none is a 404 as well, and not a contact that is gone. */
const outcomeOf = (answer: HttpAnswer): DeleteOutcome =>
  answer.status < 300 || (answer.status === 404 && isNotFound(answer.body))
    ? { kind: 'deleted' }
    : { kind: 'refused', faults: [deletionFaultOf(answer)] };
