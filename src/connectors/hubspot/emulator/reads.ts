import type { Hono } from 'hono';
import { inBatch, objects, problem } from './answers.ts';
import { search } from './search.ts';
import { type HubSpotState, present, type StoredContact } from './state.ts';

export function addReads(api: Hono, state: HubSpotState): void {
  for (const path of objects('')) {
    api.get(path, (c) => {
      const archived = c.req.query('archived') === 'true';
      const limit = Number(c.req.query('limit') ?? 10);
      if (limit > 100) return c.json(problem('VALIDATION_ERROR', 'limit must be 100 or less'), 400);
      const after = Number(c.req.query('after') ?? 0);
      const asked = c.req.queries('properties')?.flatMap((names) => names.split(','));
      const start = state.inOrder.findIndex(
        (contact) =>
          Number(contact.id) > after && (contact.archivedAt !== null) === archived && contact.mergedInto === null,
      );
      const results: StoredContact[] = [];
      let more = false;
      for (let index = start; index >= 0 && index < state.inOrder.length; index += 1) {
        const contact = state.inOrder[index];
        if (contact === undefined || (contact.archivedAt !== null) !== archived || contact.mergedInto !== null)
          continue;
        if (results.length === limit) {
          more = true;
          break;
        }
        results.push(contact);
      }
      const last = results.at(-1);
      return c.json({
        results: results.map((contact) => present(contact, asked)),
        ...(more && last ? { paging: { next: { after: last.id } } } : {}),
      });
    });
  }
  for (const path of objects('/search')) {
    api.post(path, async (c) => {
      const answer = search(state, await c.req.text());
      return 'problem' in answer ? c.json(answer.problem, 400) : c.json(answer);
    });
  }
  for (const path of objects('/batch/read')) {
    api.post(path, async (c) => {
      const { inputs, properties, idProperty } = await c.req.json<{
        inputs: { id: string }[];
        properties?: string[];
        idProperty?: string;
      }>();
      if (inputs.length > 100)
        return c.json(
          problem('VALIDATION_ERROR', 'The maximum number of inputs supported in a batch request is 100.'),
          400,
        );
      const archived = c.req.query('archived') === 'true';
      const found = new Map<string, StoredContact>();
      const missing: string[] = [];
      for (const { id } of inputs) {
        const contact = idProperty === 'email' ? state.holderOf(id) : state.follow(id);
        if (contact === undefined || (contact.archivedAt !== null) !== archived) missing.push(id);
        else found.set(contact.id, contact);
      }
      // In any order, as the vendor does.
      const results = [...found.values()].reverse().map((contact) => present(contact, properties));
      const errors =
        missing.length === 0
          ? {}
          : {
              numErrors: 1,
              errors: [
                inBatch(
                  problem('OBJECT_NOT_FOUND', 'Could not get some CONTACT objects, they may be deleted or not exist.', {
                    context: { ids: missing },
                  }),
                ),
              ],
            };
      return c.json(
        {
          status: 'COMPLETE',
          results,
          ...errors,
          startedAt: new Date().toISOString(),
          completedAt: new Date().toISOString(),
        },
        missing.length === 0 ? 200 : 207,
      );
    });
  }
  for (const path of objects('/:id{[^/]+}')) {
    api.get(path, (c) => {
      const id = decodeURIComponent(c.req.param('id') ?? '');
      const contact = c.req.query('idProperty') === 'email' ? state.holderOf(id) : state.follow(id);
      // An archived one only if asked for.
      if (contact === undefined || (contact.archivedAt !== null) !== (c.req.query('archived') === 'true'))
        return c.json(problem('OBJECT_NOT_FOUND', 'resource not found'), 404);
      return c.json(
        present(
          contact,
          c.req.queries('properties')?.flatMap((names) => names.split(',')),
        ),
      );
    });
  }
}
