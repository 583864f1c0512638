import { z } from 'zod';

/** How a connection stands with its vendor: what was authorised, and how changes come. Times are ISO 8601 UTC. */

/** Are changes told as they happen (webhooks), or only polled. */
export const hooksView = z.object({
  state: z.enum(['none', 'off', 'live', 'byHand', 'failed']),
  lastEventAt: z.string().nullable(),
  error: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
});

/** Of the method `oauth`; null with every other one. */
export const authorizationView = z
  .object({
    state: z.enum(['none', 'authorised', 'refused']),
    at: z.string().nullable(),
    by: z.string().nullable(),
    refusedAt: z.string().nullable(),
    refusedCode: z.string().nullable(),
  })
  .nullable();
