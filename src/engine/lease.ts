import { type RawBuilder, sql } from 'kysely';
import type { Store } from '../store/db.ts';
import { hasLetGo } from '../store/worker-line.ts';
import type { DeadHolders } from './dead-holders.ts';
import type { EngineDeps } from './deps.ts';
import { LeaseLost } from './interruptions.ts';

/** A worker that says nothing for so long is taken for dead, whatever is known of it otherwise (`dead-holders.ts`). */
const LEASE_MS = 60_000;
/** So often a working process says that it lives, whatever its calls take: one may last three minutes. */
const BEAT_MS = 2_000;
/**
 * After a longer silence it looks whether it still has the connection before it calls the CRM again. Shorter than
 * `SILENT_MS`, so that nobody calls who may have been taken for dead.
 */
const SILENCE_MS = 3_000;

/** Takes the connection for this worker, by a number that every commit checks (R35). null: another one has it. */
export async function takeLease(
  deps: EngineDeps,
  connectionId: string,
  owner: string,
  dead?: DeadHolders,
): Promise<number | null> {
  const now = deps.clock.now();
  const take = (isFree: RawBuilder<boolean>) =>
    sql<{ lease_number: number }>`
      update connections set lease_number = lease_number + 1, lease_owner = ${owner}, lease_until = ${now + LEASE_MS}
       where id = ${connectionId} and ${isFree} returning lease_number`.execute(deps.store.db);
  const taken = await take(sql`(lease_owner is null or lease_until < ${now} or lease_owner = ${owner})`);
  if (taken.rows[0] !== undefined) return taken.rows[0].lease_number;
  const left = (await dead?.leftBehind(connectionId)) ?? null;
  if (left === null) return null;
  const inherited = await take(
    sql`lease_number = ${left.number} and lease_until = ${left.until} and ${hasLetGo(sql`lease_owner`)}`,
  );
  return inherited.rows[0]?.lease_number ?? null;
}

/**
 * The embedded database belongs to one process, which has just got it: whoever else had a lease is dead. To be called
 * before anything works.
 */
export async function forgetLeases(store: Store): Promise<void> {
  await sql`update connections set lease_owner = null, lease_until = null where lease_owner is not null`.execute(
    store.db,
  );
  await sql`update imports set lease_owner = null, lease_until = null where lease_until is not null`.execute(store.db);
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
  let isLost = false;
  const ask = async (): Promise<void> => {
    const asked = deps.clock.now();
    if (await renewLease(deps, connectionId, number)) heard = Math.max(heard, asked);
    else isLost = true;
  };
  const beat = setInterval(() => {
    // Whoever lost it finds out at the next call or commit.
    ask().catch((error: unknown) =>
      deps.log.warn({ err: error, connection: connectionId }, 'a lease could not be renewed'),
    );
  }, BEAT_MS);
  beat.unref();
  return {
    beforeCall: async () => {
      if (!isLost && deps.clock.now() - heard >= SILENCE_MS) await ask();
      if (isLost) throw new LeaseLost();
    },
    stop: () => clearInterval(beat),
  };
}
