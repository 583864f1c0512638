import { z } from 'zod';
import type { WriteOutcome } from '../kit/connector.ts';
import { idText, read } from '../kit/read.ts';
import { addInCalls, bodyOf, keyIn, type Timeline, type TimelineEntry, type TimelinePlace } from '../kit/timeline.ts';
import type { ZohoClient } from './client.ts';
import { moduleOf } from './codec.ts';
import { classify, refusalOf, resultOf } from './faults.ts';

export const NOTES_BATCH = 100;
const LIST_PAGE = 200;
/** A title takes 120 characters (BEHAVIOR.md, "Timeline"). */
const TITLE_MAX = 120;

const resultsSchema = z.object({
  data: z.array(
    z.looseObject({
      code: z.string().optional(),
      status: z.string().optional(),
      message: z.string().optional(),
      details: z.looseObject({ id: idText.optional(), api_name: z.string().optional() }).optional(),
    }),
  ),
});
const listSchema = z.object({
  data: z.array(z.object({ id: idText, Note_Content: z.string().nullish() })).nullish(),
  info: z.looseObject({ more_records: z.boolean().nullish() }).nullish(),
});

/** Notes, 100 a call. */
export const zohoTimeline = (client: ZohoClient, now: () => number): Timeline => ({
  add: (entries) => addInCalls(entries, NOTES_BATCH, (batch) => addNotes(client, batch, now)),
  find: (places) => findNotes(client, places),
});

async function addNotes(
  client: ZohoClient,
  batch: readonly TimelineEntry[],
  now: () => number,
): Promise<readonly WriteOutcome[]> {
  const data = batch.map((entry) => ({
    Parent_Id: { id: entry.recordId, module: { api_name: moduleOf(entry.kind) } },
    Note_Title: entry.title.slice(0, TITLE_MAX),
    Note_Content: bodyOf(entry),
  }));
  const answer = await client.http.send({
    method: 'POST',
    path: '/crm/v8/Notes',
    json: { data },
    expect: [207, 400, 403],
  });
  const hasResults = typeof answer.body === 'object' && answer.body !== null && 'data' in answer.body;
  if (!hasResults && answer.status === 400 && batch.length === 1) return [outcomeOf({ ...resultOf(answer.body) })];
  if (!hasResults) throw classify(answer, now());
  const results = read(resultsSchema, answer.body, 'Zoho notes').data;
  return batch.map((_entry, index) => outcomeOf(results[index]));
}

function outcomeOf(result: z.infer<typeof resultsSchema>['data'][number] | undefined): WriteOutcome {
  if (result === undefined) return { kind: 'unknown' };
  const { code, details } = result;
  if (code === 'SUCCESS' && details?.id !== undefined)
    return { kind: 'stored', id: details.id, record: null, certain: true };
  // The record that it is about is not there any more.
  if (code === 'INVALID_DATA' && /^(Parent_Id|id)$/.test(details?.api_name ?? '')) return { kind: 'gone' };
  return refusalOf(resultOf(result));
}

/** By the notes of each record. */
async function findNotes(client: ZohoClient, places: readonly TimelinePlace[]): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(places.map(({ key }) => key));
  const found = new Map<string, string>();
  const records = new Map(places.map((place) => [`${moduleOf(place.kind)}/${place.recordId}`, place]));
  for (const [path] of records) {
    for (let page = 1, isMore = true; isMore; page += 1) {
      const query = new URLSearchParams({ fields: 'Note_Content', per_page: String(LIST_PAGE), page: String(page) });
      const answer = await client.http.send({
        method: 'GET',
        path: `/crm/v8/${path}/Notes?${query.toString()}`,
        // A record that is gone has none.
        expect: [400, 404],
      });
      // 204: no notes.
      if (answer.body === null || answer.status >= 400) break;
      const list = read(listSchema, answer.body, 'Zoho notes');
      for (const note of list.data ?? []) {
        const key = keyIn(note.Note_Content ?? '');
        if (key !== null && wanted.has(key)) found.set(key, note.id);
      }
      isMore = list.info?.more_records === true;
    }
  }
  return found;
}
