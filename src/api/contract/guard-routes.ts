import { z } from 'zod';
import { REPAIRS } from '../../core/schema-diff.ts';
import * as view from './guard-views.ts';
import { route } from './route.ts';

/** What watches over a connection. */
export const guardRoutes = {
  schemaChanges: route({
    method: 'GET',
    path: '/connections/{id}/schema-changes',
    access: 'sync:read',
    summary: "What changed in the CRM's fields and waits for a repair",
    response: z.object({ items: z.array(view.schemaChange) }),
  }),
  repairSchemaChange: route({
    method: 'POST',
    path: '/connections/{id}/schema-changes/{change}/repair',
    access: 'sync:write',
    summary: 'Repair the mapping after a change of a field in the CRM',
    body: z.strictObject({
      action: z.enum(REPAIRS),
      to: z.string().optional(),
      default: z.union([z.string(), z.number(), z.boolean()]).optional(),
      hub: z.string().optional(),
    }),
    response: z.object({ items: z.array(view.schemaChange) }),
  }),
} as const;
