import type { Hono } from 'hono';
import type { PipedriveState } from './state.ts';

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** Notes of v1: made one by one, listed by person. */
export function addNotes(api: Hono, prefix: string, state: PipedriveState): void {
  api.post(`${prefix}/notes`, async (c) => {
    const { content, person_id } = await c.req.json<{ content?: string; person_id?: number }>();
    if (typeof content !== 'string' || content === '')
      return c.json({ success: false, error: 'content is required', error_info: '', data: null }, 400);
    const person = state.persons.get(Number(person_id));
    if (person === undefined || person.deletedAt !== null)
      return c.json({ success: false, error: 'Person not found', error_info: '', data: null }, 404);
    const entry = state.timeline.add({ recordId: String(person.id), text: content, at: state.clock.now() });
    return c.json({ success: true, data: present(entry) }, 201);
  });
  api.get(`${prefix}/notes`, (c) => {
    const [start, limit] = [Number(c.req.query('start') ?? 0), Number(c.req.query('limit') ?? 100)];
    const all = state.timeline.of(c.req.query('person_id') ?? '');
    const data = all.slice(start, start + limit).map(present);
    const isMore = all.length > start + limit;
    return c.json({
      success: true,
      data,
      additional_data: {
        pagination: {
          start,
          limit,
          more_items_in_collection: isMore,
          ...(isMore ? { next_start: start + limit } : {}),
        },
      },
    });
  });
}

const present = (entry: { id: string; recordId: string; text: string; at: number }): Record<string, unknown> => ({
  id: Number(entry.id),
  user_id: 1,
  person_id: Number(entry.recordId),
  deal_id: null,
  org_id: null,
  lead_id: null,
  content: entry.text,
  add_time: time(entry.at),
  update_time: time(entry.at),
  active_flag: true,
});
