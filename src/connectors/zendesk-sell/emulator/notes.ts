import type { Hono } from 'hono';
import { idOf, type SellState } from './state.ts';

type Body = Record<string, unknown>;

/** Notes of leads and contacts; `refuse` answers as this vendor does. */
export function addNotes(
  api: Hono,
  state: SellState,
  refuse: (http: string, error: { code: string; field?: string; resource?: string }) => Body,
): void {
  const idIn = (type: unknown, id: unknown): string | null => {
    const resource = type === 'lead' ? 'leads' : type === 'contact' ? 'contacts' : null;
    const object = resource === null ? undefined : state.objects[resource].get(Number(id));
    return resource === null || object === undefined || object.deleted ? null : idOf(resource, object);
  };
  api.post('/v2/notes', async (c) => {
    const { data } = await c.req.json<{ data: Body }>();
    const recordId = idIn(data['resource_type'], data['resource_id']);
    const bad = recordId === null ? '/resource_id' : (data['content'] ?? '') === '' ? '/content' : null;
    if (recordId === null || bad !== null)
      return c.json(
        refuse('422 Unprocessable Entity', { code: 'incorrect_value', field: bad ?? '', resource: 'note' }),
        422,
      );
    const entry = state.timeline.add({ recordId, text: String(data['content']), at: state.clock.now() });
    return c.json({ data: { ...data, id: Number(entry.id), creator_id: 1 }, meta: { type: 'note' } });
  });
  api.get('/v2/notes', (c) => {
    const recordId = idIn(c.req.query('resource_type'), c.req.query('resource_id'));
    const [page, size] = [Number(c.req.query('page') ?? 1), Number(c.req.query('per_page') ?? 25)];
    const all = recordId === null ? [] : state.timeline.of(recordId);
    const items = all.slice((page - 1) * size, page * size).map((entry) => ({
      data: { id: Number(entry.id), content: entry.text, creator_id: 1, created_at: new Date(entry.at).toISOString() },
      meta: { type: 'note' },
    }));
    return c.json({ items, meta: { type: 'collection', count: items.length, links: {} } });
  });
}
