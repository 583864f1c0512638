import { z } from 'zod';
import { route } from './route.ts';
import { contactFilter } from './segment-routes.ts';

/** Who is meant: everybody who meets filter and search. */
const meant = {
  filter: contactFilter.default([]),
  search: z.string().max(200).optional(),
};
const action = z.enum(['archive', 'unarchive', 'delete', 'set']);
const bulkChange = z.object({
  id: z.string(),
  action,
  field: z.string().nullable(),
  status: z.enum(['running', 'stopped', 'done']),
  total: z.number(),
  left: z.number(),
  changed: z.number(),
  /** Contacts that stay as they are, each for a reason of its own; `reason` is the first one's. */
  refused: z.number(),
  reason: z.string().nullable(),
  createdBy: z.string(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
});
export type BulkChangeView = z.output<typeof bulkChange>;

/** One change of everybody who meets a filter, in the background; and everybody who meets it as a file. */
export const bulkRoutes = {
  bulkChanges: route({
    method: 'GET',
    path: '/bulk-changes',
    access: 'contacts:write',
    summary: 'Changes of everybody who met a filter, the newest first',
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(10) }),
    response: z.object({ items: z.array(bulkChange), next: z.string().nullable() }),
  }),
  beginBulkChange: route({
    method: 'POST',
    path: '/bulk-changes',
    access: 'contacts:write',
    summary: 'Archive, delete or set one field of everybody who meets a filter now, in the background',
    body: z.strictObject({
      ...meant,
      action,
      field: z.string().optional(),
      value: z.unknown().optional(),
      /** How many were seen to meet it: when by now more than 5 % (and 20) others do, it is refused. */
      expected: z.int().min(0),
    }),
    response: bulkChange,
  }),
  bulkChange: route({
    method: 'GET',
    path: '/bulk-changes/{id}',
    access: 'contacts:write',
    summary: 'How far a change of many contacts is',
    response: bulkChange,
  }),
  stopBulkChange: route({
    method: 'POST',
    path: '/bulk-changes/{id}/stop',
    access: 'contacts:write',
    summary: 'Stop it at once; what is done stays',
    response: bulkChange,
  }),
  resumeBulkChange: route({
    method: 'POST',
    path: '/bulk-changes/{id}/resume',
    access: 'contacts:write',
    summary: 'Go on with whoever is left',
    response: bulkChange,
  }),
  exportContacts: route({
    method: 'POST',
    path: '/contacts/export',
    access: 'contacts:write',
    summary: 'Everybody who meets a filter, or up to 500 by id, as CSV (UTF-8); brought in again it changes nothing',
    body: z.strictObject({ ...meant, ids: z.array(z.string()).min(1).max(500).optional() }),
    answers: 'text/csv',
    response: z.string(),
  }),
} as const;
