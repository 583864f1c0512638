import { sql } from 'kysely';
import { dropPartitionsBefore } from '../store/partitions.ts';
import type { EngineDeps } from './deps.ts';

/** How long things are kept, in days (R39). Field history stays as long as its contact. */
export interface Retention {
  readonly runs: number;
  readonly events: number;
  readonly outbox: number;
  readonly audit: number;
}

export const RETENTION: Retention = { runs: 400, events: 400, outbox: 90, audit: 730 };
const DAY_MS = 24 * 60 * 60 * 1000;
/** Rows deleted by one statement: short locks, so that cleaning never blocks writing. */
const PIECE = 5_000;

/** What the instance keeps: its own setting where there is one, else the defaults. */
export async function readRetention(deps: EngineDeps): Promise<Retention> {
  const row = await deps.store.db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', 'retention')
    .executeTakeFirst();
  // Written through the settings' own schema only.
  return { ...RETENTION, ...((row?.value ?? {}) as Partial<Retention>) };
}

/**
 * R39: drops what is older than the instance keeps. Items and events go by whole months (a table dropped, at once);
 * runs go when their last items have gone. @returns how many months and rows went.
 */
export async function cleanOld(deps: EngineDeps): Promise<{ readonly months: number; readonly rows: number }> {
  const { db } = deps.store;
  const now = deps.clock.now();
  const keep = await readRetention(deps);
  const before = (days: number): number => now - days * DAY_MS;
  const items = await dropPartitionsBefore(db, 'items', before(keep.runs));
  const events = await dropPartitionsBefore(db, 'events', before(keep.events));
  let rows = 0;
  rows += await inPieces(
    deps,
    'runs',
    'id',
    sql`coalesce(ended_at, created_at) < ${before(keep.runs)} and status not in ('queued', 'running')`,
  );
  rows += await inPieces(deps, 'outbox', 'id', sql`created_at < ${before(keep.outbox)} and status <> 'queued'`);
  rows += await inPieces(deps, 'audit', 'id', sql`at < ${before(keep.audit)}`);
  rows += await inPieces(deps, 'idempotency', 'key', sql`at < ${now - DAY_MS}`);
  return { months: items.length + events.length, rows };
}

async function inPieces(
  deps: EngineDeps,
  table: 'runs' | 'outbox' | 'audit' | 'idempotency',
  key: string,
  old: ReturnType<typeof sql>,
): Promise<number> {
  for (let total = 0; ; ) {
    const gone =
      await sql`delete from ${sql.ref(table)} where ${sql.ref(key)} in (select ${sql.ref(key)} from ${sql.ref(table)} where ${old} limit ${PIECE}) returning 1 as one`.execute(
        deps.store.db,
      );
    total += gone.rows.length;
    if (gone.rows.length < PIECE) return total;
  }
}
