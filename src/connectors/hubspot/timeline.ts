import { z } from 'zod';
import type { WriteOutcome } from '../kit/connector.ts';
import { chunks, idText, read } from '../kit/read.ts';
import { addInCalls, htmlOf, keyIn, type Timeline, type TimelineEntry, type TimelinePlace } from '../kit/timeline.ts';
import type { HubSpotClient } from './client.ts';
import { faultsOf, type HubSpotError, isNotFound, traceIds } from './faults.ts';
import { paths } from './version.ts';

export const NOTES_BATCH = 100;
/** Inputs of one read of associations (BEHAVIOR.md, "Timeline"). */
const ASSOCIATIONS = 1_000;
/** From a note to a contact, as HubSpot numbers it. */
const NOTE_TO_CONTACT = 202;

const notesSchema = z.object({
  results: z.array(
    z.object({
      id: idText,
      objectWriteTraceId: z.string().nullish(),
      properties: z.record(z.string(), z.string().nullable()).nullish(),
    }),
  ),
  errors: z.array(z.looseObject({})).nullish(),
});
const associationsSchema = z.object({
  results: z.array(
    z.object({
      from: z.object({ id: idText }),
      to: z.array(z.object({ toObjectId: idText })),
      paging: z.object({ next: z.object({ after: idText }).nullish() }).nullish(),
    }),
  ),
});

/** Notes on contacts, 100 a call, each made together with its association. */
export const hubSpotTimeline = (client: HubSpotClient): Timeline => ({
  add: (entries) => addInCalls(entries, NOTES_BATCH, (batch) => addNotes(client, batch)),
  find: (places) => findNotes(client, places),
});

async function addNotes(client: HubSpotClient, batch: readonly TimelineEntry[]): Promise<readonly WriteOutcome[]> {
  const inputs = batch.map((entry) => ({
    objectWriteTraceId: entry.key,
    properties: { hs_timestamp: new Date(entry.at).toISOString(), hs_note_body: htmlOf(entry) },
    associations: [
      {
        to: { id: entry.recordId },
        types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: NOTE_TO_CONTACT }],
      },
    ],
  }));
  const answer = await client.http.send({
    method: 'POST',
    path: `${paths.notes}/batch/create`,
    json: { inputs },
    expect: [207, ...(batch.length === 1 ? [400, 404] : [])],
  });
  // One entry that is refused alone.
  if (answer.status >= 400) return [refusal(answer.body)];
  const body = read(notesSchema, answer.body, 'HubSpot notes');
  const stored = new Map<string, string>();
  for (const one of body.results) {
    const key = one.objectWriteTraceId ?? keyIn(one.properties?.['hs_note_body'] ?? '');
    if (key !== null) stored.set(key, one.id);
  }
  const refused = new Map<string, WriteOutcome>();
  // The schema lets every part be absent; these are the documented ones.
  for (const error of (body.errors ?? []) as HubSpotError[])
    for (const key of traceIds(error)) refused.set(key, refusal(error));
  return batch.map(({ key }): WriteOutcome => {
    const id = stored.get(key);
    if (id !== undefined) return { kind: 'stored', id, record: null, certain: true };
    return refused.get(key) ?? { kind: 'unknown' };
  });
}

const refusal = (body: unknown): WriteOutcome =>
  isNotFound(body) ? { kind: 'gone' } : { kind: 'refused', faults: faultsOf(body) };

/** The notes of these contacts, by their associations: no search index stands between, so nothing lags. */
async function findNotes(
  client: HubSpotClient,
  places: readonly TimelinePlace[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(places.map(({ key }) => key));
  const noteIds = await notesOf(client, [...new Set(places.map(({ recordId }) => recordId))]);
  const found = new Map<string, string>();
  for (const ids of chunks([...noteIds], NOTES_BATCH)) {
    const answer = await client.http.send({
      method: 'POST',
      path: `${paths.notes}/batch/read`,
      json: { properties: ['hs_note_body'], inputs: ids.map((id) => ({ id })) },
      repeatable: true,
      expect: [207],
    });
    for (const note of read(notesSchema, answer.body, 'HubSpot notes').results) {
      const key = keyIn(note.properties?.['hs_note_body'] ?? '');
      if (key !== null && wanted.has(key)) found.set(key, note.id);
    }
  }
  return found;
}

async function notesOf(client: HubSpotClient, contactIds: readonly string[]): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  let inputs: { id: string; after?: string }[] = contactIds.map((id) => ({ id }));
  while (inputs.length > 0) {
    const next: typeof inputs = [];
    for (const part of chunks(inputs, ASSOCIATIONS)) {
      const answer = await client.http.send({
        method: 'POST',
        path: paths.noteAssociations,
        json: { inputs: part },
        repeatable: true,
        expect: [207],
      });
      for (const { from, to, paging } of read(associationsSchema, answer.body, 'HubSpot associations').results) {
        for (const { toObjectId } of to) ids.add(toObjectId);
        const after = paging?.next?.after;
        if (after !== undefined) next.push({ id: from.id, after });
      }
    }
    inputs = next;
  }
  return ids;
}
