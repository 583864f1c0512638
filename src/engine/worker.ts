import { sql } from 'kysely';
import type { LineKey, RunDirection, Trigger } from '../core/model.ts';
import { decayScores } from '../hub/score.ts';
import { refreshScores } from '../hub/score-rules.ts';
import { connectionsWithDeletions } from '../store/crm-deletions.ts';
import { connectionsWithExpress } from '../store/express.ts';
import type { Approval } from './approval.ts';
import { listConnections } from './connection.ts';
import { DeadHolders } from './dead-holders.ts';
import type { EngineDeps } from './deps.ts';
import { EventListeners } from './event-listeners.ts';
import { heldDirections } from './held-runs.ts';
import { maintainHooks } from './hook-subscriptions.ts';
import { LeaseLost } from './interruptions.ts';
import { createLane } from './lane.ts';
import { keepLease, releaseLease, takeLease } from './lease.ts';
import type { ParityFound } from './parity.ts';
import { runPreflights } from './preflight.ts';
import { cleanOld } from './retention.ts';
import { runBulkChanges } from './run-bulk-changes.ts';
import type { Run } from './run-context.ts';
import { runImports } from './run-imports.ts';
import { runSync } from './run-sync.ts';
import { requestRuns } from './runs.ts';
import { serveDeletions } from './serve-deletions.ts';
import { applyWaiting } from './submissions.ts';
import { pauseForUndo, type UndoWork, wakeUndos } from './undo.ts';

/**
 * Does everything that waits for one connection: what erasures have asked to be deleted there, runs left over by a dead
 * worker, then the queued ones, oldest first, towards the hub before towards the CRM. @returns how many runs it carried out; 0 also when another worker has it.
 */
export async function drainConnection(
  deps: EngineDeps,
  connectionId: string,
  owner: string,
  dead?: DeadHolders,
): Promise<number> {
  const lease = await takeLease(deps, connectionId, owner, dead);
  if (lease === null) return 0;
  const keeper = keepLease(deps, connectionId, lease);
  const { beforeCall } = keeper;
  const lane = createLane(deps, connectionId, { leaseNumber: lease, beforeCall });
  let done = 0;
  try {
    await endLeftOverExpress(deps, connectionId);
    for (;;) {
      await lane.serve();
      await serveDeletions(deps, connectionId, { leaseNumber: lease, beforeCall, lane });
      const run = await nextRun(deps, connectionId);
      if (run === null) return done;
      await runSync(deps, run, { leaseNumber: lease, lane, beforeCall });
      done += 1;
    }
  } catch (error) {
    if (error instanceof LeaseLost) return done;
    throw error;
  } finally {
    keeper.stop();
    await releaseLease(deps, connectionId, lease);
  }
}

/** A line of the express lane whose worker died: its people are still marked, and the lane serves them again. */
async function endLeftOverExpress(deps: EngineDeps, connectionId: string): Promise<void> {
  await sql`update runs set status = 'cancelled', ended_at = ${deps.clock.now()}
             where connection_id = ${connectionId} and status = 'running' and trigger = 'form' and emails is null and direction = 'toCrm'`.execute(
    deps.store.db,
  );
}

async function nextRun(deps: EngineDeps, connectionId: string): Promise<Run | null> {
  const rows = await sql<{
    id: string;
    direction: RunDirection;
    trigger: Trigger;
    mode: 'changes' | 'full';
    dry_run: boolean;
    emails: readonly string[] | null;
    approval: Approval | null;
    parity: ParityFound | null;
    lines: readonly LineKey[] | null;
    undo: UndoWork | null;
  }>`
    select id, direction, trigger, mode, dry_run, emails, approval, parity, lines, undo from runs where connection_id = ${connectionId} and status in ('running', 'queued')
     order by (status = 'running') desc, (trigger = 'form') desc, created_at, (direction = 'toHub') desc, id limit 1`.execute(
    deps.store.db,
  );
  const [row] = rows.rows;
  if (row === undefined) return null;
  return {
    id: row.id,
    connectionId,
    direction: row.direction,
    trigger: row.trigger,
    mode: row.mode,
    dryRun: row.dry_run,
    emails: row.emails,
    approval: row.approval,
    parity: row.parity,
    lines: row.lines,
    undo: row.undo,
  };
}

/**
 * R35: asks for the runs whose stored time has come, and stores the next time before anything runs: a restart neither
 * skips nor doubles a run, and a machine that slept runs once on waking. A pause for quota ends when its time has come.
 */
export async function scheduleDue(deps: EngineDeps): Promise<void> {
  const now = deps.clock.now();
  await sql`update connections set paused_reason = null, paused_detail = null where paused_reason = 'quota' and coalesce((paused_detail ->> 'resumesAt')::bigint, 0) <= ${now}`.execute(
    deps.store.db,
  );
  await wakeUndos(deps.store.db, now);
  await pauseForUndo(deps.store.db, null, now);
  // R50: while one direction waits for a person the other one goes on.
  const due = await sql<{ id: string; approved: boolean }>`
    with ready as (
      select id, first_run_approved as approved from connections
       where enabled and disconnected_at is null and held_by_undo is null and (paused_reason is null or paused_reason in ('breaker', 'mass_deletion'))
         and coalesce(next_due_at, 0) <= ${now} for update
    )
    update connections c set first_run_approved = false,
           next_due_at = ${now} + coalesce((c.settings -> 'schedule' ->> 'everyMinutes')::bigint, 120) * 60000
      from ready where ready.id = c.id returning c.id, ready.approved`.execute(deps.store.db);
  for (const { id, approved } of due.rows) {
    const held = await heldDirections(deps.store.db, id);
    // Saving by file or API is the approval of the first run.
    const wish = { mode: 'changes', trigger: approved ? 'api' : 'schedule' } as const;
    if (held.length === 0) await requestRuns(deps, id, wish);
    else if (held.length === 1)
      await requestRuns(deps, id, { ...wish, direction: held[0] === 'toHub' ? 'toCrm' : 'toHub' });
  }
}

export interface Worker {
  stop(): Promise<void>;
}

const TICK_MS = 1_000;
/** Settings that were saved, and subscriptions that end: soon enough for both. */
const HOOKS_EVERY_MS = 10_000;
/** Whether some connection's daily check is due. */
const PREFLIGHT_EVERY_MS = 60_000;
const CLEAN_EVERY_MS = 24 * 60 * 60 * 1000;

/** Serves the schedule and all connections until it is stopped. Many may run on one PostgreSQL: leases keep them apart. */
export function startWorker(deps: EngineDeps, owner: string): Worker {
  const busy = new Map<string, Promise<unknown>>();
  const abort = new AbortController();
  let cleanAt = 0;
  let cleaning: Promise<unknown> = Promise.resolve();
  let refreshing: Promise<unknown> | null = null;
  let hooksAt = 0;
  let maintaining: Promise<unknown> | null = null;
  const listeners = new EventListeners(deps);
  const dead = new DeadHolders(deps);
  let preflightAt = 0;
  let checking: Promise<unknown> | null = null;
  let importing: Promise<unknown> | null = null;
  let changing: Promise<unknown> | null = null;
  const serve = async (): Promise<void> => {
    if (deps.clock.now() >= cleanAt) {
      cleanAt = deps.clock.now() + CLEAN_EVERY_MS;
      cleaning = Promise.all([cleanOld(deps), decayScores(deps.store, deps.clock.now())]).catch((error: unknown) =>
        deps.log.error({ err: error }, 'the daily upkeep failed'),
      );
    }
    refreshing ??= refreshScores(deps.store, deps.clock.now())
      .catch((error: unknown) => deps.log.error({ err: error }, 'scores could not be computed again'))
      .finally(() => {
        refreshing = null;
      });
    if (deps.clock.now() >= hooksAt) {
      hooksAt = deps.clock.now() + HOOKS_EVERY_MS;
      maintaining ??= maintainHooks(deps, listeners)
        .catch((error: unknown) => deps.log.error({ err: error }, 'webhooks could not be looked after'))
        .finally(() => {
          maintaining = null;
        });
    }
    if (deps.clock.now() >= preflightAt) {
      preflightAt = deps.clock.now() + PREFLIGHT_EVERY_MS;
      checking ??= runPreflights(deps)
        .catch((error: unknown) => deps.log.error({ err: error }, 'the daily checks failed'))
        .finally(() => {
          checking = null;
        });
    }
    importing ??= runImports(deps, { signal: abort.signal, owner })
      .catch((error: unknown) => deps.log.error({ err: error }, 'an import stumbled'))
      .finally(() => {
        importing = null;
      });
    changing ??= runBulkChanges(deps, { signal: abort.signal, owner })
      .catch((error: unknown) => deps.log.error({ err: error }, 'a change of many contacts stumbled'))
      .finally(() => {
        changing = null;
      });
    // What a crash left between storing a submission and applying it.
    await applyWaiting(deps);
    await scheduleDue(deps);
    const waiting = await sql<{
      connection_id: string;
    }>`select distinct connection_id from runs where status in ('queued', 'running')`.execute(deps.store.db);
    const known = new Set((await listConnections(deps.store.db)).map((connection) => connection.id));
    const express = await connectionsWithExpress(deps.store.db, deps.clock.now());
    const deleting = await connectionsWithDeletions(deps.store.db, deps.clock.now());
    for (const id of new Set([...express, ...deleting, ...waiting.rows.map((row) => row.connection_id)])) {
      if (busy.has(id) || !known.has(id)) continue;
      const work = drainConnection(deps, id, owner, dead)
        .catch((error: unknown) =>
          deps.log.error({ err: error, connection: id }, 'the worker could not serve a connection'),
        )
        .finally(() => busy.delete(id));
      busy.set(id, work);
    }
  };
  // Woken while it looks, it looks again; woken while it sleeps, it gets up. Lost or doubled, it changes nothing.
  let isWoken = false;
  let nap = new AbortController();
  const unlisten = deps.onWake?.(() => {
    isWoken = true;
    nap.abort();
  });
  const loop = (async () => {
    while (!abort.signal.aborted) {
      isWoken = false;
      nap = new AbortController();
      await serve().catch((error: unknown) => deps.log.error({ err: error }, 'the worker stumbled'));
      if (isWoken) continue;
      await deps.clock.sleep(TICK_MS, AbortSignal.any([abort.signal, nap.signal])).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      unlisten?.();
      abort.abort();
      await loop;
      await maintaining;
      await listeners.stop();
      await Promise.all([...busy.values(), cleaning, refreshing, maintaining, importing, changing]);
    },
  };
}
