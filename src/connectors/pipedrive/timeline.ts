import { z } from 'zod';
import type { WriteOutcome } from '../kit/connector.ts';
import { idText, read } from '../kit/read.ts';
import { addInCalls, htmlOf, keyIn, type Timeline, type TimelineEntry, type TimelinePlace } from '../kit/timeline.ts';
import { nextStartOf, offsetPages } from './answers.ts';
import { isPage, type PipedriveClient } from './client.ts';
import { faultsOf, isScopeMissing } from './faults.ts';

const LIST_PAGE = 500;

const oneSchema = z.object({ data: z.object({ id: idText }) });
const listSchema = z.object({
  data: z.array(z.object({ id: idText, content: z.string().nullish() })).nullish(),
  additional_data: offsetPages,
});

/**
 * Notes on persons, one a call: there are no batches. Their own time is left to Pipedrive, because only an administrator's
 * token may set one (BEHAVIOR.md, "Timeline"); when it happened stands in the text.
 */
export const pipedriveTimeline = (client: PipedriveClient): Timeline => ({
  add: (entries) =>
    addInCalls(entries, 1, async ([entry]) => (entry === undefined ? [] : [await addNote(client, entry)])),
  find: (places) => findNotes(client, places),
});

async function addNote(client: PipedriveClient, entry: TimelineEntry): Promise<WriteOutcome> {
  const answer = await client.v1({
    method: 'POST',
    path: '/notes',
    json: { content: htmlOf(entry), person_id: Number(entry.recordId) },
    expect: [400, 403, 404, 410],
  });
  if (isPage(answer) || (answer.status === 403 && isScopeMissing(answer.body))) throw client.failure(answer);
  if (answer.status === 404 || answer.status === 410) return { kind: 'gone' };
  if (answer.status >= 400) return { kind: 'refused', faults: faultsOf(answer, []) };
  return { kind: 'stored', id: read(oneSchema, answer.body, 'Pipedrive note').data.id, record: null, certain: true };
}

async function findNotes(
  client: PipedriveClient,
  places: readonly TimelinePlace[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(places.map(({ key }) => key));
  const found = new Map<string, string>();
  for (const personId of new Set(places.map(({ recordId }) => recordId))) {
    for (let start: number | null = 0; start !== null; ) {
      const query = new URLSearchParams({ person_id: personId, start: String(start), limit: String(LIST_PAGE) });
      const answer = await client.v1({ method: 'GET', path: `/notes?${query.toString()}` });
      const page: z.infer<typeof listSchema> = read(listSchema, answer.body, 'Pipedrive notes');
      for (const note of page.data ?? []) {
        const key = keyIn(note.content ?? '');
        if (key !== null && wanted.has(key)) found.set(key, note.id);
      }
      start = nextStartOf(page.additional_data?.pagination, start, page.data?.length ?? 0);
    }
  }
  return found;
}
