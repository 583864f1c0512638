import { sql } from 'kysely';
import type { EngineDeps } from './deps.ts';
import { LeaseLost } from './interruptions.ts';

/** A worker that says nothing for so long is taken for dead. */
const LEASE_MS = 60_000;
/** So often a working process says that it lives, whatever its calls take: one may last three minutes. */
const BEAT_MS = 15_000;
/** After a longer silence it looks whether it still has the connection before it calls the CRM again. */
const SILENCE_MS = 20_000;

/** Takes the connection for this worker, by a number that every commit checks (R35). null: another one has it. */
export async function takeLease(deps: EngineDeps, connectionId: string, owner: string): Promise<number | null> {
  const now = deps.clock.now();
  const taken = await sql<{ lease_number: number }>`
    update connections set lease_number = lease_number + 1, lease_owner = ${owner}, lease_until = ${now + LEASE_MS}
     where id = ${connectionId} and (lease_owner is null or lease_until < ${now} or lease_owner = ${owner})
    returning lease_number`.execute(deps.store.db);
  return taken.rows[0]?.lease_number ?? null;
}

/** @returns false when it was taken over. */
export async function renewLease(deps: EngineDeps, connectionId: string, number: number): Promise<boolean> {
  const renewed = await sql<{
    id: string;
  }>`update connections set lease_until = ${deps.clock.now() + LEASE_MS} where id = ${connectionId} and lease_number = ${number} returning id`.execute(
    deps.store.db,
  );
  return renewed.rows.length > 0;
}

export async function releaseLease(deps: EngineDeps, connectionId: string, number: number): Promise<void> {
  await sql`update connections set lease_owner = null, lease_until = null where id = ${connectionId} and lease_number = ${number}`.execute(
    deps.store.db,
  );
}

export interface LeaseKeeper {
  /** To be awaited before each call to the CRM. @throws LeaseLost when another worker has the connection by now. */
  readonly beforeCall: () => Promise<void>;
  readonly stop: () => void;
}

/**
 * Keeps a lease for as long as its process works. The beat is a timer of the process, not of the clock that is passed: it
 * must not stop while a call is waited for. A machine that slept, or a process that stood still, finds out by `beforeCall`
 * before it writes what another worker may have written meanwhile (R35).
 */
export function keepLease(deps: EngineDeps, connectionId: string, number: number): LeaseKeeper {
  let heard = deps.clock.now();
  const beat = setInterval(() => {
    // Whoever lost it finds out at the next call or commit.
    renewLease(deps, connectionId, number).catch((error: unknown) =>
      deps.log.warn({ err: error, connection: connectionId }, 'a lease could not be renewed'),
    );
  }, BEAT_MS);
  beat.unref();
  return {
    beforeCall: async () => {
      if (deps.clock.now() - heard < SILENCE_MS) return;
      if (!(await renewLease(deps, connectionId, number))) throw new LeaseLost();
      heard = deps.clock.now();
    },
    stop: () => clearInterval(beat),
  };
}
