import { sql } from 'kysely';
import type { Queryable } from '../store/db.ts';
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

/** Ends one connection's pause, that after an undo too; a run that waits for a person has to be decided itself. @throws NotFound */
export async function resumeConnection(deps: EngineDeps, idOrName: string): Promise<void> {
  const { id } = await loadConnection(deps.store.db, idOrName);
  await deps.store.transaction((trx) => endPauseOf(trx, id));
  deps.wake?.(id);
}

async function endPauseOf(q: Queryable, id: string): Promise<void> {
  await sql`update connections set paused_reason = null, paused_detail = null, held_by_undo = null where id = ${id}`.execute(
    q,
  );
  await pauseForHeldRuns(q, id);
}
