import { sql } from 'kysely';
import type { Outcome } from '../core/model.ts';
import { isSame } from '../core/value.ts';
import type { Trx } from '../store/db.ts';
import type { Counts } from './counts.ts';
import type { Effects, ItemEffect } from './page-effects.ts';
import type { PageState } from './page-state.ts';

/** What was done to somebody outweighs what was refused, and that what was left alone. */
const WEIGHT = {
  created: 4,
  updated: 3,
  rejected: 2,
  unchanged: 1,
  filtered: 1,
  deferred: 0,
} as const satisfies Record<Outcome | 'deferred', number>;

/** Of two outcomes of one record within one run the weightier; of two alike the later. */
const heavier = (before: Outcome, after: Outcome): Outcome => (WEIGHT[after] >= WEIGHT[before] ? after : before);

/**
 * R43: a record that a run meets again is one record with one outcome, the weightiest. What it was before, in an earlier page
 * too, stands in the directory; what it is now is written with the page.
 */
export function countOnce(
  { state, effects, added }: { readonly state: PageState; readonly effects: Effects; readonly added: Counts },
  crmId: string,
  outcome: Outcome,
): void {
  const before = state.outcomes.get(crmId);
  const now = before === undefined ? outcome : heavier(before, outcome);
  state.outcomes.set(crmId, now);
  effects.outcomes.set(crmId, now);
  if (before === undefined) added.seen += 1;
  else {
    added[before] -= 1;
    effects.again.add(crmId);
  }
  added[now] += 1;
}

type Earlier = Pick<ItemEffect, 'outcome' | 'reason' | 'params' | 'changes' | 'conflicts'> & {
  readonly crm_id: string;
};

/** R39, R43: one record is one item of a run: an earlier one is taken back and told together with what came after it. */
export async function joinItems(trx: Trx, effects: Effects, runId: string): Promise<void> {
  const again = effects.items.flatMap(({ crmId }) => (crmId !== null && effects.again.has(crmId) ? [crmId] : []));
  if (again.length === 0) return;
  const earlier = await sql<Earlier>`
    delete from items where run_id = ${runId} and crm_id = any(${again}::text[])
    returning crm_id, outcome, reason, params, changes, conflicts`.execute(trx);
  const told = new Map<string, ItemEffect>();
  for (const { crm_id: crmId, ...item } of earlier.rows) {
    const later = effects.items.find((one) => one.crmId === crmId);
    if (later !== undefined) told.set(crmId, { ...later, ...item });
  }
  const single = effects.items.filter(({ crmId }) => crmId === null || !effects.again.has(crmId));
  for (const item of effects.items) {
    if (item.crmId === null || !effects.again.has(item.crmId)) continue;
    const first = told.get(item.crmId);
    told.set(item.crmId, first === undefined ? item : together(first, item));
  }
  effects.items.splice(0, effects.items.length, ...single, ...told.values());
}

function together(first: ItemEffect, then: ItemEffect): ItemEffect {
  const outcome = heavier(first.outcome, then.outcome);
  const teller = outcome === then.outcome && (then.reason !== null || outcome !== first.outcome) ? then : first;
  return {
    ...then,
    outcome,
    reason: teller.reason,
    params: teller.params,
    changes: joined(first.changes, then.changes),
    conflicts: first.conflicts + then.conflicts,
  };
}

/** From what a field was at first to what it is at last; what is as before is no change. */
function joined(first: ItemEffect['changes'], then: ItemEffect['changes']): ItemEffect['changes'] {
  const changes = new Map(first.map((change) => [change.field, change]));
  for (const change of then) {
    const { from } = changes.get(change.field) ?? change;
    changes.set(change.field, { ...change, from });
  }
  return [...changes.values()].filter((change) => !isSame(change.from, change.to));
}
