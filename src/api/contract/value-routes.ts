import { z } from 'zod';
import { KINDS } from '../../core/model.ts';
import { route } from './route.ts';

const direction = z.enum(['toHub', 'toCrm']);
const valueCause = z.object({
  connection: z.string(),
  crm: z.string(),
  crmLabel: z.string(),
  direction,
  reason: z.enum(['not_in_list', 'unmapped_value']),
  line: z.string(),
  kind: z.enum(KINDS),
  hubField: z.string(),
  crmField: z.string(),
  crmFieldLabel: z.string(),
  people: z.number(),
  values: z.array(z.object({ value: z.string(), people: z.number(), wasRemoved: z.boolean() })),
  /** What the list has that does not know them. */
  choices: z.array(z.string()),
  /** They can be added to that list from here; else `byHand` says how an administrator of the CRM does it. */
  canCreate: z.boolean(),
  byHand: z.string().nullable(),
});
const label = z.string().trim().min(1).max(200);

/** Choices of lists: made in a CRM, and decided for everybody whom an unknown one holds up. */
export const valueRoutes = {
  createOptions: route({
    method: 'POST',
    path: '/connections/{id}/options',
    access: 'connections:write',
    summary: 'Add choices to a list of the CRM; one that is there already is not added again',
    body: z.strictObject({ kind: z.enum(KINDS), field: z.string().min(1), labels: z.array(label).min(1).max(50) }),
    response: z.object({
      items: z.array(
        z.object({
          label: z.string(),
          ok: z.boolean(),
          /** The CRM's own id of it. */
          id: z.string().nullable(),
          reason: z.string().nullable(),
          message: z.string().nullable(),
        }),
      ),
    }),
  }),
  valueCauses: route({
    method: 'GET',
    path: '/rejections/values',
    access: 'sync:read',
    summary: 'Values that a list does not have, by mapping line, with how many people each holds up',
    query: z.strictObject({ connection: z.string().optional() }),
    response: z.object({ items: z.array(valueCause) }),
  }),
  decideValues: route({
    method: 'POST',
    path: '/rejections/values',
    access: 'sync:write',
    summary:
      'Say what such values are: another one, a new one (in a CRM: with the right connections:write), or not carried; then try everybody again',
    body: z.strictObject({
      connection: z.string(),
      direction,
      line: z.string().min(1),
      decisions: z
        .array(
          z.strictObject({
            value: z.string().min(1),
            map: z.string().min(1).optional(),
            create: z.literal(true).optional(),
            leaveOut: z.literal(true).optional(),
          }),
        )
        .min(1)
        .max(500),
    }),
    response: z.object({
      retried: z.number(),
      created: z.number(),
      failed: z.array(z.object({ value: z.string(), reason: z.string(), message: z.string() })),
    }),
  }),
} as const;
