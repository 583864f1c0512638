import { z } from 'zod';
import { route } from './route.ts';
import * as view from './views.ts';

const side = z.enum(['hub', 'crm']);

/** Something left different on both sides on purpose, that neither repeats until one of them changes or a person releases it. */
export const heldValue = z.object({
  link: z.string(),
  connection: z.string(),
  /** The CRM's id. */
  crm: z.string(),
  crmLabel: z.string(),
  /** null: the record as a whole, which an undo deleted. */
  line: z.string().nullable(),
  hubField: z.string().nullable(),
  crmField: z.string().nullable(),
  hub: view.value,
  crmValue: view.value,
  /** The undo that holds it; null: a person left it out of a run. */
  run: z.string().nullable(),
});
/** Values, and persons or records, that an undo holds. */
const held = z.object({ fields: z.number(), people: z.number() });

/** R38: takes back what a run wrote, previewed, and lets go of what is held since. */
export const undoRoutes = {
  undoRun: route({
    method: 'POST',
    path: '/runs/{id}/undo',
    access: 'sync:write',
    summary: 'The plan of taking back what this run wrote; nothing is written before it is approved',
    query: z.strictObject({ wait: z.coerce.number().min(0).max(120).optional() }),
    response: view.run,
  }),
  heldByRun: route({
    method: 'GET',
    path: '/runs/{id}/held',
    access: 'sync:read',
    summary: 'How much an undo still holds',
    response: held,
  }),
  releaseRun: route({
    method: 'POST',
    path: '/runs/{id}/release',
    access: 'sync:write',
    summary: 'Release all that an undo holds; `counts`: the side whose values count from now on',
    body: z.strictObject({ counts: side }),
    response: held,
  }),
  goOn: route({
    method: 'POST',
    path: '/connections/{id}/go-on',
    access: 'sync:write',
    summary: 'Let the schedule go on after an undo',
    response: view.ok,
  }),
  heldOfContact: route({
    method: 'GET',
    path: '/contacts/{id}/held',
    access: 'contacts:read',
    summary: 'What is left different on both sides on purpose, and not repeated',
    response: z.object({ items: z.array(heldValue) }),
  }),
  releaseHeld: route({
    method: 'POST',
    path: '/contacts/{id}/held/release',
    access: 'sync:write',
    summary:
      'Release one of them; `counts`: the side whose value counts from now on; without a line: the record is made again',
    body: z.strictObject({ link: z.string(), line: z.string().nullable(), counts: side }),
    response: z.object({ items: z.array(heldValue) }),
  }),
} as const;
