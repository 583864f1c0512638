import { z } from 'zod';
import { FILTER_OPS } from '../../core/contact-filter.ts';
import { route } from './route.ts';
import * as view from './views.ts';

const condition = z.strictObject({
  field: z.string().min(1).max(60),
  op: z.enum(FILTER_OPS),
  value: z.union([z.string().max(200), z.number(), z.boolean()]).optional(),
});
/** All conditions hold together; at most twenty. */
export const contactFilter = z.array(condition).max(20);
const segment = z.object({
  id: z.string(),
  name: z.string(),
  filter: z.array(
    z.object({
      field: z.string(),
      op: z.enum(FILTER_OPS),
      value: z.union([z.string(), z.number(), z.boolean()]).optional(),
    }),
  ),
});

/** Contacts by filter, filters kept as segments, and what can be done with all of them at once. */
export const segmentRoutes = {
  findContacts: route({
    method: 'POST',
    path: '/contacts/search',
    access: 'contacts:read',
    summary: 'Contacts by filter, with how many there are',
    asks: true,
    body: z.strictObject({
      filter: contactFilter.default([]),
      search: z.string().max(200).optional(),
      sort: z.enum(['updated', 'created', 'score', 'email']).optional(),
      order: z.enum(['asc', 'desc']).optional(),
      limit: z.int().min(1).max(500).default(50),
      cursor: z.string().optional(),
    }),
    response: view.page(view.contact).extend({ total: z.number() }),
  }),
  segments: route({
    method: 'GET',
    path: '/segments',
    access: 'contacts:read',
    summary: 'Filters that were kept',
    response: z.object({ items: z.array(segment) }),
  }),
  saveSegment: route({
    method: 'POST',
    path: '/segments',
    access: 'contacts:write',
    summary: 'Keep a filter under a name, or change it',
    body: z.strictObject({ id: z.string().optional(), name: z.string().trim().min(1).max(80), filter: contactFilter }),
    response: segment,
  }),
  deleteSegment: route({
    method: 'DELETE',
    path: '/segments/{id}',
    access: 'contacts:write',
    summary: 'Forget a segment; its contacts stay',
    response: view.ok,
  }),
  changeMany: route({
    method: 'POST',
    path: '/contacts/change',
    access: 'contacts:write',
    summary: 'Archive, delete or set one field of up to 500 contacts',
    body: z.strictObject({
      ids: z.array(z.string()).min(1).max(500),
      action: z.enum(['archive', 'unarchive', 'delete', 'set']),
      field: z.string().optional(),
      value: z.unknown().optional(),
    }),
    response: z.object({
      changed: z.number(),
      /** Contacts that stay as they are, each for a reason of its own; `reason` is the first one's. */
      refused: z.number(),
      reason: z.string().nullable(),
    }),
  }),
};
