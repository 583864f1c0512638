import { sql } from 'kysely';
import { Conflicted } from '../core/invalid-input.ts';
import { MASS_EFFECTS, type MassCounts, type MassEffect } from '../core/mass-change.ts';
import type { RunDirection, Trigger } from '../core/model.ts';
import type { Queryable } from '../store/db.ts';
import { ensurePartitions } from '../store/partitions.ts';
import type { Approval } from './approval.ts';
import type { EngineDeps } from './deps.ts';
import type { MassChange } from './interruptions.ts';
import type { Run } from './run-context.ts';
import { type RunView, readRun, requestRuns } from './runs.ts';
import { writeSamples } from './samples.ts';
import { approveUndo } from './undo.ts';

const HELD = sql`status = 'paused' and paused_reason in ('breaker', 'mass_deletion')`;

/** R40, R50: the run waits for a person, with what it would do; its connection's schedule waits for that direction. */
export async function holdRun(
  deps: EngineDeps,
  run: Run,
  { report, samples }: MassChange,
  calls: number,
): Promise<void> {
  const at = deps.clock.now();
  const reason = report.reason === 'mass_deletion' ? 'mass_deletion' : 'breaker';
  await ensurePartitions(deps.store.db, 'items', [at]);
  await deps.store.transaction(async (trx) => {
    await writeSamples(trx, run, samples, { at, held: true });
    await sql`update runs set status = 'paused', paused_reason = ${reason}, guard = ${JSON.stringify(report)}::jsonb, ended_at = ${at},
                error = null, api_calls = ${calls} where id = ${run.id}`.execute(trx);
    await pauseForHeldRuns(trx, run.connectionId);
  });
  deps.onProgress?.(run.id);
}

/**
 * A connection with a run that waits for a person is paused and says so; nothing where it is paused for another reason.
 * @param connectionId null: all of them
 */
export async function pauseForHeldRuns(q: Queryable, connectionId: string | null): Promise<void> {
  await sql`
    update connections c set paused_reason = r.paused_reason, paused_at = r.ended_at,
           paused_detail = jsonb_build_object('run', r.id, 'direction', r.direction, 'count', r.guard -> 'count', 'max', r.guard -> 'max', 'linked', r.guard -> 'linked',
             'what', case when r.guard ->> 'reason' = 'differs' then 'differs' else r.guard -> 'effects' ->> 0 end)
      from (select distinct on (connection_id) * from runs where ${HELD} order by connection_id, ended_at desc) r
     where r.connection_id = c.id and (${connectionId}::text is null or c.id = ${connectionId})
       and (c.paused_reason is null or c.paused_reason in ('quota', 'breaker', 'mass_deletion'))`.execute(q);
}

/** Directions in which a run of this connection waits for a person. */
export async function heldDirections(q: Queryable, connectionId: string): Promise<readonly RunDirection[]> {
  const rows = await sql<{ direction: RunDirection }>`
    select distinct direction from runs where connection_id = ${connectionId} and ${HELD}`.execute(q);
  return rows.rows.map((row) => row.direction);
}

/** The pause ends with the last run that waited. */
async function endPause(q: Queryable, connectionId: string): Promise<void> {
  await sql`update connections c set paused_reason = null, paused_detail = null where c.id = ${connectionId}
              and c.paused_reason in ('breaker', 'mass_deletion')
              and not exists (select 1 from runs where connection_id = c.id and ${HELD})`.execute(q);
}

/** Another run has done, in the open, what this direction's held runs waited with: they are over. */
export async function endHeldRuns(
  q: Queryable,
  connectionId: string,
  direction: RunDirection,
  at: number,
): Promise<void> {
  await sql`update runs set status = 'cancelled', ended_at = ${at} where connection_id = ${connectionId} and direction = ${direction} and ${HELD}`.execute(
    q,
  );
  await endPause(q, connectionId);
}

/**
 * Lets a run go on. A finished preview: its numbers are the limit, and records that moved since are decided again (R37).
 * A run that waits (R50): what it stopped at is let through; the rest stays guarded.
 * The plan of an undo (R38) is carried out with what the person ticked.
 * @param leaveOut effects that shall not happen. @throws Conflicted when the run is neither, or the preview is too old.
 */
export async function approveRun(
  deps: EngineDeps,
  id: string,
  leaveOut: readonly MassEffect[] = [],
  {
    deleteCreated = false,
    trigger = 'person',
  }: { readonly deleteCreated?: boolean | undefined; readonly trigger?: Trigger } = {},
): Promise<readonly RunView[]> {
  const run = await readRun(deps.store.db, id);
  if (run.dryRun && run.undo !== null) {
    checkFinished(deps, run);
    return [await approveUndo(deps, { ...run, undo: run.undo }, { deleteCreated, trigger })];
  }
  if (run.dryRun) return approvePlan(deps, run, leaveOut);
  if (run.status !== 'paused' || run.guard === null) throw new Conflicted('not_a_plan');
  const free = run.guard.reason === 'differs' ? MASS_EFFECTS : run.guard.over;
  const earlier = run.approval?.free ?? [];
  return [await goOn(deps, run, { leaveOut, free: [...new Set([...earlier, ...free])] })];
}

function checkFinished(deps: EngineDeps, plan: RunView): void {
  if (plan.expiresAt !== null && plan.expiresAt < deps.clock.now()) throw new Conflicted('plan_expired');
  if (plan.status !== 'succeeded') throw new Conflicted('plan_not_finished');
}

/** Carries out a plan: records that moved since are decided again. */
async function approvePlan(
  deps: EngineDeps,
  plan: RunView,
  leaveOut: readonly MassEffect[],
): Promise<readonly RunView[]> {
  checkFinished(deps, plan);
  // A comparison foresees nothing that could be carried out.
  if (plan.plan === null) throw new Conflicted('not_a_plan');
  const together = await sql<{ direction: RunDirection; plan: { mass?: MassCounts } | null }>`
    select direction, plan from runs where dry_run and batch = (select batch from runs where id = ${plan.id})`.execute(
    deps.store.db,
  );
  const approvals: Partial<Record<RunDirection, Approval>> = {};
  for (const one of together.rows)
    approvals[one.direction] = { leaveOut, ...(one.plan?.mass === undefined ? {} : { plan: one.plan.mass }) };
  return requestRuns(deps, plan.connectionId, {
    mode: plan.mode,
    // A preview of both directions is carried out as one.
    direction: together.rows.length > 1 ? undefined : plan.direction,
    trigger: 'person',
    approvals,
    ...(plan.lines === null ? {} : { lines: plan.lines }),
  });
}

/** Looks again, with the settings of now: goes through if it is within the limits by now. @throws Conflicted */
export async function resumeRun(deps: EngineDeps, id: string): Promise<RunView> {
  const run = await readRun(deps.store.db, id);
  if (run.status !== 'paused' || run.dryRun) throw new Conflicted('not_paused');
  return goOn(deps, run, null);
}

/** The same run, again in the queue, without what it had shown. */
async function goOn(deps: EngineDeps, run: RunView, approval: Approval | null): Promise<RunView> {
  await deps.store.transaction(async (trx) => {
    await sql`update runs set status = 'queued', paused_reason = null, ended_at = null, error = null, guard = null,
                approval = ${JSON.stringify(approval)}::jsonb where id = ${run.id}`.execute(trx);
    if (run.guard !== null)
      await sql`delete from items where run_id = ${run.id} and params @> '{"held": 1}'`.execute(trx);
    await endPause(trx, run.connectionId);
  });
  deps.wake?.(run.connectionId);
  return readRun(deps.store.db, run.id);
}

/** A waiting run ends at once, a running one at its next page (R42); what a held one waited with stays owed. */
export async function cancelRun(deps: EngineDeps, id: string): Promise<RunView> {
  const run = await readRun(deps.store.db, id);
  await deps.store.transaction(async (trx) => {
    await sql`update runs set status = 'cancelled', ended_at = ${deps.clock.now()} where id = ${id} and status in ('queued', 'running', 'paused')`.execute(
      trx,
    );
    await endPause(trx, run.connectionId);
  });
  return readRun(deps.store.db, id);
}
