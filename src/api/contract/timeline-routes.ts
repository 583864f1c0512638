import { z } from 'zod';
import { route } from './route.ts';

/** How a connection writes what people did to the CRM (R80). */
export const timelineState = z.object({
  /** null: this CRM takes none. */
  as: z.enum(['note', 'task']).nullable(),
  enabled: z.boolean(),
  /** Entries in one call. */
  perCall: z.number(),
  /** Entries a day at most, and whether the settings say so or it follows from the quota's share. */
  dailyCap: z.number(),
  capIsSet: z.boolean(),
  today: z.number(),
  /** Owed to linked people, and to people who are not linked (yet). */
  waiting: z.number(),
  waitingForLink: z.number(),
  /** Sent, and the answer is still sought. */
  open: z.number(),
  stored: z.number(),
  refused: z.number(),
  /** The newest words in which the CRM refused one. */
  refusedBecause: z.string().nullable(),
  /** Entries of linked people from before it was switched on, which nobody has asked for. */
  earlier: z.number(),
  since: z.string().nullable(),
  /** Why the CRM takes none at the moment. */
  problem: z.string().nullable(),
});

export const timelineRoutes = {
  timelineState: route({
    method: 'GET',
    path: '/connections/{id}/timeline',
    access: 'sync:read',
    summary: 'How far what people did is written to the CRM, and at what cost',
    response: timelineState,
  }),
  timelineEarlier: route({
    method: 'POST',
    path: '/connections/{id}/timeline',
    access: 'sync:write',
    summary: 'Write entries from before the option was switched on, too',
    body: z.strictObject({ since: z.iso.datetime().optional() }),
    response: z.object({ added: z.number() }),
  }),
} as const;
