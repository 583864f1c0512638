import { z } from 'zod';
import { route } from './route.ts';

export const owner = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  active: z.boolean(),
  /** Linked records that they own today. */
  records: z.number(),
  /** Values that the map gives them. */
  values: z.array(z.string()),
  /** Contacts whose new record would be theirs. */
  contacts: z.number(),
  isFallback: z.boolean(),
});

const report = z.object({
  items: z.array(owner),
  /** The field's values, the most frequent first: whose people go to whom. */
  values: z.array(
    z.object({
      value: z.string(),
      contacts: z.number(),
      owner: z.string().nullable(),
      how: z.enum(['map', 'address', 'fallback', 'nobody']),
    }),
  ),
  unmapped: z.array(z.object({ value: z.string(), contacts: z.number() })),
  /** Contacts that have no value in the field. */
  withoutValue: z.number(),
  /** When the CRM's users were read last; null: never. */
  readAt: z.string().nullable(),
  next: z.null(),
});

/** Who owns records in a connection's CRM, and whose people would go to nobody in particular. */
export const ownerRoutes = {
  owners: route({
    method: 'GET',
    path: '/connections/{id}/owners',
    access: 'sync:read',
    summary: "The CRM's owners, who gets whose people by the owner map, and the values that lead to nobody",
    query: z.strictObject({
      /** Another hub field than the saved one. */
      field: z.string().optional(),
    }),
    response: report,
  }),
  readOwners: route({
    method: 'POST',
    path: '/connections/{id}/owners/read',
    access: 'sync:write',
    summary: "Read the CRM's users anew",
    response: report,
  }),
} as const;
