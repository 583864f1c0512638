import { z } from 'zod';
import { route } from './route.ts';

export const owner = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  active: z.boolean(),
  records: z.number(),
  values: z.array(z.string()),
});

/** Who owns records in a connection's CRM, and whose people would go to nobody in particular. */
export const ownerRoutes = {
  owners: route({
    method: 'GET',
    path: '/connections/{id}/owners',
    access: 'sync:read',
    summary: "The CRM's owners, and the values of the owner map's field that lead to nobody",
    response: z.object({
      items: z.array(owner),
      unmapped: z.array(z.object({ value: z.string(), contacts: z.number() })),
      next: z.null(),
    }),
  }),
} as const;
