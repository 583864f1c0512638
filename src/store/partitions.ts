import { sql } from 'kysely';
import type { Queryable } from './db.ts';

export type Partitioned = 'items' | 'events';

/** The month that holds `at`: `2026_11`, from its first ms to the next month's. */
export function monthOf(at: number): { readonly name: string; readonly from: number; readonly to: number } {
  const date = new Date(at);
  const from = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  const to = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  return { name: `${date.getUTCFullYear()}_${String(date.getUTCMonth() + 1).padStart(2, '0')}`, from, to };
}

let created = new WeakMap<object, Set<string>>();

/** Makes the monthly partitions that these times fall into, and remembers it, so that a page costs no statement. */
export async function ensurePartitions(db: Queryable, table: Partitioned, times: readonly number[]): Promise<void> {
  const known = created.get(db) ?? new Set<string>();
  created.set(db, known);
  for (const month of new Map(times.map((at) => [monthOf(at).name, monthOf(at)])).values()) {
    const name = `${table}_${month.name}`;
    if (known.has(name)) continue;
    await sql`create table if not exists ${sql.ref(name)} partition of ${sql.ref(table)}
                for values from (${sql.lit(month.from)}) to (${sql.lit(month.to)})`.execute(db);
    known.add(name);
  }
}

/** Drops the months that lie wholly before `before` (R39): instant, whatever they hold. @returns their names. */
export async function dropPartitionsBefore(
  db: Queryable,
  table: Partitioned,
  before: number,
): Promise<readonly string[]> {
  const limit = monthOf(before).name;
  const found = await sql<{ name: string }>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
     where p.relname = ${table}`.execute(db);
  const old = found.rows.map((row) => row.name).filter((name) => name.slice(table.length + 1) < limit);
  for (const name of old) await sql`drop table ${sql.ref(name)}`.execute(db);
  // What was made may be gone now, whoever remembers it.
  if (old.length > 0) created = new WeakMap();
  return old;
}
