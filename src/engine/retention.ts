import { sql } from 'kysely';
import { cleanPublic } from '../hub/forms/clean.ts';
import { cleanImports } from '../hub/imports/clean-imports.ts';
import { carryPoints } from '../hub/score.ts';
import { DEPARTURES_KEPT_MS } from '../store/departures.ts';
import { readInstanceSettings } from '../store/instance-settings.ts';
import { dropPartitionsBefore, monthOf } from '../store/partitions.ts';
import type { EngineDeps } from './deps.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Vendors send an event again for a day (HubSpot); nobody does for longer. */
const HEARD_MS = 3 * DAY_MS;
/** Rows deleted by one statement: short locks, so that cleaning never blocks writing. */
const PIECE = 5_000;

/**
 * R39: drops what is older than the instance keeps. Items and events go by whole months (a table dropped, at once);
 * runs go when their last items have gone. @returns how many months and rows went.
 */
export async function cleanOld(deps: EngineDeps): Promise<{ readonly months: number; readonly rows: number }> {
  const { db } = deps.store;
  const now = deps.clock.now();
  const { retention: keep } = await readInstanceSettings(db);
  const before = (days: number): number => now - days * DAY_MS;
  const items = await dropPartitionsBefore(db, 'items', before(keep.runs));
  const events = await deps.store.transaction(async (trx) => {
    await carryPoints(trx, monthOf(before(keep.events)).from, now);
    return dropPartitionsBefore(trx, 'events', before(keep.events));
  });
  let rows = 0;
  rows += await inPieces(
    deps,
    'runs',
    'id',
    sql`coalesce(ended_at, created_at) < ${before(keep.runs)} and status not in ('queued', 'running')`,
  );
  // Their events have gone; what is on its way is still settled.
  rows += (
    await sql`delete from timeline_entries where at < ${monthOf(before(keep.events)).from} and state <> 'sent' returning 1 as one`.execute(
      db,
    )
  ).rows.length;
  rows += await inPieces(deps, 'outbox', 'id', sql`created_at < ${before(keep.outbox)}`);
  rows += await inPieces(
    deps,
    'webhook_events',
    'id',
    sql`
    coalesce(fanned_at, at) < ${before(keep.outbox)} and not exists (
      select 1 from webhook_deliveries d where d.event_id = webhook_events.id and d.status in ('queued', 'sending'))`,
  );
  rows += await inPieces(deps, 'departures', 'id', sql`at < ${now - DEPARTURES_KEPT_MS}`);
  rows += await inPieces(deps, 'audit', 'id', sql`at < ${before(keep.audit)}`);
  rows += await cleanPublic(db, keep, now);
  rows += await cleanImports(db, before(keep.runs), now);
  rows += await inPieces(deps, 'bulk_changes', 'id', sql`status <> 'running' and ended_at < ${before(keep.runs)}`);
  rows += await inPieces(deps, 'idempotency', 'key', sql`at < ${now - DAY_MS}`);
  rows += await inPieces(deps, 'hook_events', 'event', sql`at < ${now - HEARD_MS}`);
  return { months: items.length + events.length, rows };
}

async function inPieces(
  deps: EngineDeps,
  table: 'runs' | 'outbox' | 'audit' | 'webhook_events' | 'departures' | 'idempotency' | 'hook_events' | 'bulk_changes',
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
