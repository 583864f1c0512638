import { z } from 'zod';
import { KINDS } from '../../core/model.ts';
import { route } from './route.ts';
import { contact } from './views.ts';

const value = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);

/** One record of an emulated CRM, under the hub's field names. */
export const emulatedRecord = z.object({
  id: z.string(),
  kind: z.enum(KINDS),
  fields: z.record(z.string(), value),
  modifiedAt: z.string(),
});

/**
 * What the demo's race needs: to be sales rep in an emulated CRM. A connection to a real CRM has no such records (404):
 * the server knows the emulators that this product started itself.
 */
export const emulatedRoutes = {
  emulated: route({
    method: 'GET',
    path: '/emulated',
    access: 'sync:read',
    summary: 'Connections to emulated CRMs; none outside the demo',
    response: z.object({
      items: z.array(
        z.object({
          connection: z.string(),
          connectionId: z.string(),
          crm: z.string(),
          crmLabel: z.string(),
          /** Where a person plays sales rep. */
          page: z.string(),
        }),
      ),
    }),
  }),
  emulatedPair: route({
    method: 'GET',
    path: '/emulated/{id}/pair',
    access: 'sync:read',
    summary: 'A contact beside its record in the emulated CRM',
    query: z.strictObject({ contact: z.string().optional() }),
    response: z.object({
      contact,
      record: emulatedRecord,
      /** Fields that a line carries both ways, by their names on either side. */
      fields: z.array(z.object({ hub: z.string(), crm: z.string() })),
    }),
  }),
  editEmulated: route({
    method: 'PATCH',
    path: '/emulated/{id}/records/{record}',
    access: 'sync:write',
    summary: 'Change a record in the emulated CRM, as a sales rep would',
    body: z.strictObject({ fields: z.record(z.string(), z.union([z.string().max(500), z.null()])) }),
    response: emulatedRecord,
  }),
} as const;
