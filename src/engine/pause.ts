import { sql } from 'kysely';
import type { Trx } from '../store/db.ts';
import { endQuiet } from '../store/quiet.ts';
import { loadConnection } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { pauseForHeldRuns } from './held-runs.ts';
import { pauseForUndo } from './undo.ts';

/** One switch that stops all writing to all CRMs and survives a restart (R42), whatever else a connection waits for. */
export async function pauseEverything(deps: EngineDeps): Promise<void> {
  await sql`update connections set paused_reason = 'person', paused_detail = null, paused_at = ${deps.clock.now()}
             where enabled and (paused_reason is null or paused_reason in ('quota', 'auth', 'breaker', 'mass_deletion', 'undone'))`.execute(
    deps.store.db,
  );
}

/**
 * Ends what a person or a restore has paused; runs that wait for a person still do. It says that this is the live instance
 * (R41): mail leaves again, too.
 */
export async function resumeEverything(deps: EngineDeps): Promise<void> {
  await deps.store.transaction(async (trx) => {
    await endQuiet(trx);
    await sql`update connections set paused_reason = null, paused_detail = null where paused_reason in ('person', 'restored')`.execute(
      trx,
    );
    await pauseForHeldRuns(trx, null);
    await pauseForUndo(trx, null, deps.clock.now());
  });
}

/**
 * Ends the pause that one connection shows, that after an undo too; a run that waits for a person has to be decided itself.
 * @throws NotFound
 */
export async function resumeConnection(deps: EngineDeps, idOrName: string): Promise<void> {
  const { id } = await loadConnection(deps.store.db, idOrName);
  await deps.store.transaction((trx) => endPauseOf(deps, trx, id));
  deps.wake?.(id);
}

/** What else it waits for it says now: an undo that another pause had hidden, a run that waits for a person. */
async function endPauseOf(deps: EngineDeps, trx: Trx, id: string): Promise<void> {
  await sql`update connections set held_by_undo = case when paused_reason = 'undone' then null else held_by_undo end,
                   paused_reason = null, paused_detail = null where id = ${id}`.execute(trx);
  await pauseForHeldRuns(trx, id);
  await pauseForUndo(trx, id, deps.clock.now());
}

/**
 * R38: a person says go on after an undo; what is held stays held until somebody changes or releases it, and another pause
 * stays. @throws NotFound
 */
export async function goOnAfterUndo(deps: EngineDeps, idOrName: string): Promise<void> {
  const { id } = await loadConnection(deps.store.db, idOrName);
  await deps.store.transaction(async (trx) => {
    await sql`update connections set held_by_undo = null,
                     paused_detail = case when paused_reason = 'undone' then null else paused_detail end,
                     paused_reason = case when paused_reason = 'undone' then null else paused_reason end where id = ${id}`.execute(
      trx,
    );
    await pauseForHeldRuns(trx, id);
  });
  deps.wake?.(id);
}
