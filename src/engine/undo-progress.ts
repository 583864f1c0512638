import { sql } from 'kysely';
import type { LeftWhy, UndoFound } from '../core/undo.ts';
import { addFound, type BackField, type LeftField, UNDO_RULE } from '../core/undo.ts';
import type { Trx } from '../store/db.ts';
import { type Counts, noCounts, sumCounts } from './counts.ts';
import type { ItemEffect } from './page-effects.ts';
import type { Run } from './run-context.ts';
import { writeItemRows } from './samples.ts';
import type { UndoWork } from './undo.ts';
import type { RunDeed } from './undo-items.ts';

/** Of a plan so many people are kept by name; all are counted. */
const PLAN_ITEMS = 5_000;

/** What becomes of one person, in a plan or in earnest. */
export interface Undone {
  readonly deed: RunDeed;
  readonly back: readonly BackField[];
  readonly left: readonly LeftField[];
  /** As a whole: the person or record that the run made goes, or stays and why; null: it made none. */
  readonly made: 'goes' | LeftWhy | null;
}

/** How far an undo is; the pages add to it. */
export interface Progress {
  counts: Counts;
  work: UndoWork;
}

export const progressOf = (work: UndoWork, counts: Partial<Counts>): Progress => ({
  work,
  counts: { ...noCounts(), ...counts },
});

const whysOf = (one: Undone): readonly LeftWhy[] => [
  ...(one.made === null || one.made === 'goes' ? [] : [one.made]),
  ...one.left.map((field) => field.why),
];

/** What was taken back of somebody: made (`created`) or changed (`updated`) by the run; of whom nothing is, `filtered`. */
export const outcomeOf = (one: Undone): 'created' | 'updated' | 'filtered' | 'unchanged' =>
  one.made === 'goes' ? 'created' : one.back.length > 0 ? 'updated' : whysOf(one).length > 0 ? 'filtered' : 'unchanged';

/** What one person's part adds to the numbers. */
export function countUndone(progress: Progress, one: Undone): Progress {
  const added = noCounts();
  added.seen = 1;
  added[outcomeOf(one)] = 1;
  const found: UndoFound = addFound(progress.work.found, {
    fields: one.back.length,
    removed: one.made === 'goes' ? 1 : 0,
    left: whysOf(one),
  });
  return { counts: sumCounts(progress.counts, added), work: { ...progress.work, found } };
}

/** What is told of one person: what goes back, and, as an item of its own, what is left alone. */
export function itemsOf(one: Undone): readonly ItemEffect[] {
  const { deed } = one;
  const item = (outcome: ItemEffect['outcome'], reason: string | null, changes: ItemEffect['changes']): ItemEffect => ({
    contactId: deed.contactId,
    email: deed.email,
    name: deed.name,
    kind: deed.kind,
    crmId: deed.crmId,
    crmUrl: deed.crmUrl,
    outcome,
    reason,
    params: {},
    changes,
    conflicts: 0,
  });
  const outcome = outcomeOf(one);
  const told = one.back.map(({ field, now, old }) => ({ field, from: now, to: old, rule: UNDO_RULE }));
  const left = one.left.map(({ field, now, old, why }) => ({ field, from: now, to: old, rule: why }));
  const whys = whysOf(one);
  return [
    ...(outcome === 'created' || outcome === 'updated' ? [item(outcome, null, told)] : []),
    ...(whys.length === 0 ? [] : [item('filtered', whys[0] ?? null, left)]),
  ];
}

/** The page's items, numbers and place, in the transaction that did its work. */
export async function keepProgress(
  trx: Trx,
  run: Run,
  progress: Progress,
  kept: { readonly items: readonly ItemEffect[]; readonly at: number; readonly calls: number },
): Promise<void> {
  const { rows } = run.dryRun
    ? await sql<{ n: number }>`select count(*)::int as n from items where run_id = ${run.id}`.execute(trx)
    : { rows: [] };
  const room = run.dryRun ? Math.max(0, PLAN_ITEMS - (rows[0]?.n ?? 0)) : kept.items.length;
  const items = kept.items.slice(0, room);
  if (items.length > 0) await writeItemRows(trx, run, items, kept.at, true);
  await sql`update runs set counts = ${JSON.stringify(progress.counts)}::jsonb, undo = ${JSON.stringify(progress.work)}::jsonb,
                   api_calls = ${kept.calls} where id = ${run.id}`.execute(trx);
}
