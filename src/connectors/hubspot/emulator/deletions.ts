import type { Hono } from 'hono';
import { type Body, objects, problem } from './answers.ts';
import type { HubSpotState } from './state.ts';

const WRITE = 'crm.objects.contacts.write';

/** Archiving, one by one and in batches, and erasing for privacy: 204 without a body, whatever was there before. */
export function addDeletions(api: Hono, state: HubSpotState): void {
  for (const path of objects('/batch/archive'))
    api.post(path, async (c) => {
      const { inputs } = await c.req.json<{ inputs: { id: string }[] }>();
      const refused = refusalOf(
        state,
        inputs.map(({ id }) => id),
      );
      if (refused !== null) return c.json(refused.body, refused.status);
      for (const { id } of inputs) archive(state, id);
      return c.body(null, 204);
    });
  for (const path of objects('/gdpr-delete'))
    api.post(path, async (c) => {
      const { objectId, idProperty } = await c.req.json<{ objectId: string; idProperty?: string }>();
      const byEmail = idProperty === 'email';
      const refused = refusalOf(state, byEmail ? [] : [objectId]);
      if (refused !== null) return c.json(refused.body, refused.status);
      const contact = byEmail ? state.holderOf(objectId) : state.follow(objectId);
      // An address that nobody has is blocked for imports and people's hands, and that is a success, too.
      if (contact === undefined && !byEmail)
        return c.json(problem('OBJECT_NOT_FOUND', `Contact with id ${objectId} was not found`), 404);
      if (contact !== undefined) state.erase(contact);
      return c.body(null, 204);
    });
  for (const path of objects('/:id{[^/]+}'))
    api.delete(path, (c) => {
      const id = c.req.param('id') ?? '';
      const refused = refusalOf(state, [id]);
      if (refused !== null) return c.json(refused.body, refused.status);
      archive(state, id);
      return c.body(null, 204);
    });
}

/** A batch is refused as a whole, for its first bad input. */
function refusalOf(state: HubSpotState, ids: readonly string[]): { body: Body; status: 400 | 403 } | null {
  if (!state.scopes.has(WRITE))
    return {
      body: problem('MISSING_SCOPES', 'This app hasn’t been granted all required scopes to make this call.', {
        errors: [{ message: 'One or more of the scopes are required.', context: { requiredGranularScopes: [WRITE] } }],
      }),
      status: 403,
    };
  if (ids.length > 100)
    return {
      body: problem('VALIDATION_ERROR', 'The maximum number of inputs supported in a batch request is 100.'),
      status: 400,
    };
  const malformed = ids.find((id) => !/^\d+$/.test(id));
  if (malformed !== undefined)
    return { body: problem('VALIDATION_ERROR', `Invalid input: ${malformed} is not a valid id`), status: 400 };
  const kept = ids.find((id) => state.kept.has(id));
  return kept === undefined
    ? null
    : { body: problem('VALIDATION_ERROR', `Contact ${kept} cannot be deleted`), status: 400 };
}

/** A former id reaches the contact that a merge left, as GET does: whoever sends one deletes that. */
function archive(state: HubSpotState, id: string): void {
  const contact = state.follow(id);
  if (contact !== undefined && contact.archivedAt === null) state.archive(contact);
}
