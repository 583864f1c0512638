import { z } from 'zod';
import type { InstancePatch } from '../../core/instance.ts';
import { SCORE_MAX } from '../../core/score.ts';

const days = z.int().min(1).max(36_500);

const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const isOrigin = (text: string): boolean => {
  try {
    // The host is a name or an address: URLs also take `a;b`, which would be words of a content policy.
    return new URL(text).origin === text && /^https?:\/\/(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d+)?$/.test(text);
  } catch {
    return false;
  }
};

const phase = z.int().min(1).max(SCORE_MAX);

/** `PATCH /settings`: what is absent stays as it is. */
export const instancePatch = z.strictObject({
  company: z.string().trim().max(80).optional(),
  timeZone: z.string().refine(isZone, { error: 'unknown_time_zone' }).optional(),
  locale: z.enum(['en', 'fr']).optional(),
  retention: z
    .strictObject({
      runs: days,
      events: days,
      visitors: days,
      cookieMonths: z.int().min(1).max(13),
      outbox: days,
      audit: days,
    })
    .partial()
    .optional(),
  sites: z
    .array(z.string().refine(isOrigin, { error: 'not_an_origin' }))
    .max(50)
    .optional(),
  score: z
    .strictObject({
      phases: z
        .strictObject({ evaluation: phase, purchase: phase })
        .refine((one) => one.evaluation < one.purchase, { error: 'phases_in_order', path: ['purchase'] }),
      decay: z.strictObject({ days, percent: z.int().min(1).max(100) }).nullable(),
    })
    .partial()
    .optional(),
}) satisfies z.ZodType<InstancePatch>;

export const instance = z.object({
  company: z.string(),
  timeZone: z.string(),
  locale: z.enum(['en', 'fr']),
  retention: z.object({
    runs: z.number(),
    events: z.number(),
    visitors: z.number(),
    cookieMonths: z.number(),
    outbox: z.number(),
    audit: z.number(),
  }),
  sites: z.array(z.string()),
  score: z.object({
    phases: z.object({ evaluation: z.number(), purchase: z.number() }),
    decay: z.object({ days: z.number(), percent: z.number() }).nullable(),
  }),
});
