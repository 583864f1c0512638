import { applySubmissions } from '../hub/forms/apply-submissions.ts';
import { isRetryable } from '../store/db.ts';
import { markExpress } from '../store/express.ts';
import type { EngineDeps } from './deps.ts';

const TRIES = 5;

/**
 * Applies every accepted submission that waits, and owes those people to the CRMs by the express lane, in one transaction a
 * batch. Called right after an answer was given, and by the worker for whatever a crash left over. @returns how many.
 */
export async function applyWaiting(deps: EngineDeps): Promise<number> {
  deps.checkpoint?.('submissions:before-apply');
  let total = 0;
  for (let failures = 0; ; ) {
    try {
      const { count, connections } = await deps.store.transaction(async (trx) => {
        const now = deps.clock.now();
        const applied = await applySubmissions(trx, { ids: deps.ids, now, phoneKey: deps.phoneKey });
        return {
          count: applied.count,
          connections: await markExpress(trx, applied.contactIds, { reason: 'form', at: now }),
        };
      });
      if (count === 0) return total;
      total += count;
      failures = 0;
      for (const id of connections) deps.wake?.(id);
    } catch (error) {
      // Somebody else made the same contact at the same moment: from the reads, once more.
      failures += 1;
      if (!isRetryable(error) || failures >= TRIES) throw error;
    }
  }
}

/** Owes these people to their CRMs by the express lane: an opt-out does not wait for the next run. */
export async function sendSoon(deps: EngineDeps, contactIds: readonly string[], reason: string): Promise<void> {
  const at = deps.clock.now();
  const connections = await deps.store.transaction((trx) => markExpress(trx, contactIds, { reason, at }));
  for (const id of connections) deps.wake?.(id);
}
