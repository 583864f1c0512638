import { z } from 'zod';
import { route } from './route.ts';
import * as view from './views.ts';

/** One of two contacts, and what becomes of the other's values if this one stays. */
const mergeSide = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  score: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
  connections: z.array(z.object({ connection: z.string(), crm: z.string(), crmLabel: z.string() })),
  /** What it would take of the other, because it has nothing there. */
  takes: z.record(z.string(), view.value),
  /** What of the other would give way, and stay in the history. */
  drops: z.record(z.string(), z.object({ dropped: view.value, stays: view.value })),
});

export const mergeProposal = z.object({
  id: z.string(),
  why: z.enum(['records_merged', 'converted', 'both_addresses', 'address_taken']),
  connection: z.string().nullable(),
  crm: z.string().nullable(),
  crmLabel: z.string().nullable(),
  crmId: z.string().nullable(),
  crmUrl: z.string().nullable(),
  foundAt: z.string(),
  sides: z.tuple([mergeSide, mergeSide]),
  /** The id of the one that would stay if nobody says otherwise. */
  keep: z.string(),
});

/** Two contacts that seem to be one person. `POST /contacts/merge` merges them. */
export const mergeRoutes = {
  mergeProposals: route({
    method: 'GET',
    path: '/merge-proposals',
    access: 'contacts:read',
    summary: 'Contacts that seem to be one person, and what a merge would keep',
    query: z.strictObject({
      connection: z.string().optional(),
      contact: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      cursor: z.string().optional(),
    }),
    response: view.page(mergeProposal),
  }),
  declineMerge: route({
    method: 'POST',
    path: '/merge-proposals/{id}/decline',
    access: 'contacts:write',
    summary: 'They are two people: the pair is not proposed again',
    response: view.ok,
  }),
} as const;
