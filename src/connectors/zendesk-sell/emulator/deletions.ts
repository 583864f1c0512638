import type { Hono } from 'hono';
import type { Resource } from '../client.ts';
import { idOf, type SellState } from './state.ts';

/** One record a call, for ever; companies go the same way. `refuse` answers as this vendor does. */
export function addDeletions(
  api: Hono,
  state: SellState,
  resource: Resource,
  refuse: (http: string, error: { code: string; details?: string }) => Record<string, unknown>,
): void {
  api.delete(`/v2/${resource}/:id`, (c) => {
    if (!state.scopes.includes('write')) return c.json(refuse('403 Forbidden', { code: 'insufficient_scope' }), 403);
    const object = state.objects[resource].get(Number(c.req.param('id')));
    if (object === undefined || object.deleted) return c.json(refuse('404 Not Found', { code: 'not_found' }), 404);
    if (state.undeletable.has(idOf(resource, object)))
      return c.json(refuse('403 Forbidden', { code: 'forbidden', details: 'You are not allowed to delete it.' }), 403);
    state.remove(object);
    return c.body(null, 204);
  });
}
