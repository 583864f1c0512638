import { sql } from 'kysely';
import type { Store } from './db.ts';

/** Rows written by this process before the first look; then whenever there are so many times more. */
const FIRST = 2_000;
const TIMES = 4;

/** A tenth of the usual sample: it tells a rare value from a common one, and nobody waits for it. Everybody shares one connection. */
const TARGET = 10;
/** The columns by which pages are found. */
const LOOKED_AT = [
  'contacts (id, email_key)',
  'links (connection_id, crm_id, contact_id, role)',
  'directory (connection_id, crm_id)',
  'due (connection_id, side, subject, express, not_before)',
  'intents (connection_id, contact_id)',
] as const;

const written = new WeakMap<Store, { rows: number; next: number }>();

/**
 * The embedded database has nobody who keeps its statistics (PostgreSQL has autovacuum). Without them the planner takes
 * every condition for a rare one, and may go through all rows of a connection to find a page of them. Called after a page
 * has been committed, outside of transactions; looks at samples of the columns by which pages are found, some times in a
 * first import, hardly ever later.
 */
export async function keepStatistics(store: Store, rows: number): Promise<void> {
  if (store.kind !== 'embedded') return;
  const state = written.get(store) ?? { rows: 0, next: FIRST };
  written.set(store, state);
  state.rows += rows;
  if (state.rows < state.next) return;
  state.next = state.rows * TIMES;
  for (const table of LOOKED_AT)
    await store.transaction(async (trx) => {
      await sql`set local default_statistics_target = ${sql.lit(TARGET)}`.execute(trx);
      await sql`analyze ${sql.raw(table)}`.execute(trx);
    });
}
