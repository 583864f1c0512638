import { z } from 'zod';
import { DIFFERENCE_WHYS } from '../../core/difference.ts';
import { KINDS } from '../../core/model.ts';
import { route } from './route.ts';
import * as view from './views.ts';

const why = z.enum(DIFFERENCE_WHYS);
const byWhy = z.partialRecord(why, z.number());

/** A comparison of both sides. */
export const parityView = z.object({
  id: z.string(),
  connection: z.string(),
  status: view.runStatus,
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Only so many linked people, drawn by lot; null: all of them. */
  sample: z.number().nullable(),
  linked: z.number(),
  compared: z.number(),
  equal: z.number(),
  /** The share of the compared people who are the same on both sides, 0 to 1; null: nobody was compared. */
  parity: z.number().nullable(),
  /** People who differ, by the gravest of their reasons, and differing values by reason. */
  people: byWhy,
  values: byWhy,
  apiCalls: z.number(),
  error: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
});

export const difference = z.object({
  id: z.number(),
  contactId: z.string().nullable(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  kind: z.enum(KINDS),
  crmId: z.string().nullable(),
  crmUrl: z.string().nullable(),
  why,
  values: z.array(z.object({ field: z.string(), hub: view.value, crm: view.value, why })),
});

/** R90: are both sides the same, and if not, why? */
export const parityRoutes = {
  compare: route({
    method: 'POST',
    path: '/connections/{id}/parity',
    access: 'sync:write',
    summary: 'Read the linked records again and compare them with what stands here; nothing is written',
    query: z.strictObject({ wait: z.coerce.number().min(0).max(120).optional() }),
    body: z.strictObject({ sample: z.int().min(1).max(100_000).optional() }),
    response: parityView,
  }),
  comparisons: route({
    method: 'GET',
    path: '/connections/{id}/parity',
    access: 'sync:read',
    summary: 'The latest comparisons, newest first, and what one of everybody costs',
    response: z.object({ items: z.array(parityView), linked: z.number(), calls: z.number() }),
  }),
  differences: route({
    method: 'GET',
    path: '/connections/{id}/parity/{comparison}/differences',
    access: 'sync:read',
    summary: 'Who is not the same on both sides, with each differing value and why',
    query: z.strictObject({
      why: why.optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      cursor: z.string().optional(),
    }),
    response: view.page(difference),
  }),
  repairMissed: route({
    method: 'POST',
    path: '/connections/{id}/parity/{comparison}/repair',
    access: 'sync:write',
    summary: 'Let the next synchronisation look at everybody whose difference nothing explains',
    response: z.object({ people: z.number() }),
  }),
} as const;
