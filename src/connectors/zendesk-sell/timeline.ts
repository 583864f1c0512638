import { z } from 'zod';
import type { WriteOutcome } from '../kit/connector.ts';
import { idText, read } from '../kit/read.ts';
import { addInCalls, bodyOf, keyIn, type Timeline, type TimelineEntry, type TimelinePlace } from '../kit/timeline.ts';
import type { SellClient } from './client.ts';
import { vendorId } from './codec.ts';
import { faultsOf } from './faults.ts';

const LIST_PAGE = 100;
/** A note's resource is a lead or a contact, named in the singular. */
const resourceOf = ({ kind }: Pick<TimelinePlace, 'kind'>): 'lead' | 'contact' =>
  kind === 'contact' ? 'contact' : 'lead';

const oneSchema = z.object({ data: z.object({ id: idText }) });
const listSchema = z.object({
  items: z.array(z.object({ data: z.object({ id: idText, content: z.string().nullish() }) })),
});

/** Notes, one a call: there are no batches, and no time of their own can be given. */
export const sellTimeline = (client: SellClient): Timeline => ({
  add: (entries) =>
    addInCalls(entries, 1, async ([entry]) => (entry === undefined ? [] : [await addNote(client, entry)])),
  find: (places) => findNotes(client, places),
});

async function addNote(client: SellClient, entry: TimelineEntry): Promise<WriteOutcome> {
  const data = {
    resource_type: resourceOf(entry),
    resource_id: vendorId(entry.recordId),
    content: `${entry.title}\n${bodyOf(entry)}`,
  };
  const answer = await client.http.send({ method: 'POST', path: '/v2/notes', json: { data }, expect: [404, 422] });
  if (answer.status === 404) return { kind: 'gone' };
  if (answer.status === 422) {
    const faults = faultsOf(answer, (pointer) => pointer.replace(/^\//, '') || null);
    // The record that it is about is not there any more.
    return faults.some(({ field }) => field === 'resource_id') ? { kind: 'gone' } : { kind: 'refused', faults };
  }
  return { kind: 'stored', id: read(oneSchema, answer.body, 'Zendesk Sell note').data.id, record: null, certain: true };
}

async function findNotes(client: SellClient, places: readonly TimelinePlace[]): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(places.map(({ key }) => key));
  const found = new Map<string, string>();
  const records = new Map(places.map((place) => [`${resourceOf(place)}:${place.recordId}`, place]));
  for (const place of records.values()) {
    for (let page = 1, isLast = false; !isLast; page += 1) {
      const query = new URLSearchParams({
        resource_type: resourceOf(place),
        resource_id: String(vendorId(place.recordId)),
        per_page: String(LIST_PAGE),
        page: String(page),
      });
      const answer = await client.http.send({ method: 'GET', path: `/v2/notes?${query.toString()}` });
      const { items } = read(listSchema, answer.body, 'Zendesk Sell notes');
      for (const { data } of items) {
        const key = keyIn(data.content ?? '');
        if (key !== null && wanted.has(key)) found.set(key, data.id);
      }
      isLast = items.length < LIST_PAGE;
    }
  }
  return found;
}
