import type { Outcome } from '../core/model.ts';

/** How many records of a run came to which end (R43), and how many fields were in conflict. */
export type Counts = Record<Outcome | 'seen' | 'conflicts', number>;
export const noCounts = (): Counts => ({
  seen: 0,
  created: 0,
  updated: 0,
  rejected: 0,
  unchanged: 0,
  filtered: 0,
  deferred: 0,
  conflicts: 0,
});

export const sumCounts = (a: Counts, b: Counts): Counts => {
  const total = { ...a };
  for (const key of Object.keys(b) as (keyof Counts)[]) total[key] += b[key];
  return total;
};
