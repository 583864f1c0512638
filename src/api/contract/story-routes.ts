import { z } from 'zod';
import { route } from './route.ts';
import * as view from './views.ts';

/** One thing that happened between a person and a CRM: what waits for somebody first. */
export const storyEntry = z.object({
  at: z.string(),
  fact: z.string(),
  tone: z.enum(['todo', 'note', 'good']),
  connection: z.string(),
  crm: z.string(),
  crmLabel: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  field: z.string().nullable(),
  rule: z.string().nullable(),
  run: z.string().nullable(),
  /** Of an open rejection: what happened and what to do, in the reader's language. */
  rejection: z
    .object({
      id: z.string(),
      reason: z.string(),
      message: z.string(),
      todo: z.string(),
      /** Who has the address that was refused. */
      other: view.otherContact.nullable(),
    })
    .nullable(),
  conflict: z
    .object({
      id: z.string(),
      hubValue: view.value,
      crmValue: view.value,
      winner: z.string().nullable(),
      why: z.string(),
      status: z.string(),
    })
    .nullable(),
});

export const gate = z.object({
  gate: z.string(),
  passed: z.boolean(),
  message: z.string(),
  /** The smallest change that would let the person through. */
  fix: z.string().nullable(),
});

/** What happened to a person, and what stands between them and each CRM. */
export const storyRoutes = {
  story: route({
    method: 'GET',
    path: '/contacts/{id}/story',
    access: 'contacts:read',
    summary: 'What happened to a person in each CRM, and why',
    response: z.object({ items: z.array(storyEntry) }),
  }),
  why: route({
    method: 'GET',
    path: '/contacts/{id}/why',
    access: 'contacts:read',
    summary: 'Each gate with its verdict',
    query: z.strictObject({ connection: z.string().optional() }),
    response: z.object({
      /** Of the connection that was asked for. */
      gates: z.array(gate),
      /** Of every connection that is on, where none was named. */
      items: z.array(z.object({ connection: z.string(), crm: z.string(), crmLabel: z.string(), gates: z.array(gate) })),
    }),
  }),
} as const;
