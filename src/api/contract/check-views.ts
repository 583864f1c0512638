import { z } from 'zod';

/** What a preflight answers. Times are ISO 8601 UTC. */
export const finding = z.object({
  level: z.enum(['error', 'warning', 'info']),
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  message: z.string(),
  /** What to do about it. */
  todo: z.string(),
});
export const checkReport = z.object({
  ok: z.boolean(),
  account: z.object({ id: z.string(), name: z.string(), sandbox: z.boolean().nullable() }).nullable(),
  counts: z.record(z.string(), z.number()),
  findings: z.array(finding),
  missingFields: z.array(z.string()),
});

export const lastCheck = z.object({
  /** null: it has never been checked. */
  at: z.string().nullable(),
  ok: z.boolean().nullable(),
  /** How many records of each kind there were; of the kinds that the CRM counts. */
  counts: z.record(z.string(), z.number()),
  findings: z.array(finding),
  missingFields: z.array(z.string()),
});
