import { z } from 'zod';
import { route } from './route.ts';

export const findRoutes = {
  find: route({
    method: 'GET',
    path: '/find',
    access: 'contacts:read',
    summary:
      "Where something that was pasted is: a link to a CRM's record, an e-mail address, an id of a contact or a run",
    query: z.strictObject({ q: z.string().min(1).max(2_000) }),
    response: z.object({
      kind: z.enum(['contact', 'run', 'record', 'search']),
      /** Of the page in the product, with its query. */
      path: z.string(),
      label: z.string(),
    }),
  }),
} as const;
