import { sql } from 'kysely';
import { hasLetGo } from '../store/worker-line.ts';
import type { EngineDeps } from './deps.ts';

/**
 * A lease whose holder has let go of its lock, and that nobody has renewed for so long, is a dead worker's. A living one
 * whose line to the database broke renews it oftener (`BEAT_MS`), or makes no call to the CRM any more (`SILENCE_MS`).
 */
export const SILENT_MS = 6_000;

interface Lease {
  readonly number: number;
  readonly until: number;
}

/**
 * Watches the leases of others (R35). Two proofs together say that a holder is dead: its session's lock is gone, and by our
 * own clock nothing has renewed its lease since we first saw that. The lock alone would not do, since a session may break
 * under a living worker; nor would silence, since a worker may stand still between its last look and its call.
 */
export class DeadHolders {
  readonly #deps: EngineDeps;
  readonly #silent = new Map<string, Lease & { readonly since: number }>();

  constructor(deps: EngineDeps) {
    this.#deps = deps;
  }

  /** @returns the lease of this connection that a dead worker left; null: there is none, or that is not known yet. */
  async leftBehind(connectionId: string): Promise<Lease | null> {
    const { store, clock } = this.#deps;
    if (store.kind === 'embedded') return null;
    const rows = await sql<Lease>`
      select lease_number as number, lease_until as until from connections
       where id = ${connectionId} and ${hasLetGo(sql`lease_owner`)}`.execute(store.db);
    const [lease] = rows.rows;
    const before = this.#silent.get(connectionId);
    if (lease === undefined) {
      this.#silent.delete(connectionId);
      return null;
    }
    if (before?.number !== lease.number || before.until !== lease.until) {
      this.#silent.set(connectionId, { ...lease, since: clock.now() });
      return null;
    }
    return clock.now() - before.since < SILENT_MS ? null : lease;
  }
}
