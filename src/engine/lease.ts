import { sql } from 'kysely';
import type { EngineDeps } from './deps.ts';

/** A worker that says nothing for so long is taken for dead; each page renews. */
const LEASE_MS = 60_000;

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
