import { sql } from 'kysely';
import type { Queryable } from '../store/db.ts';

/**
 * What people call whoever or whatever set values: a user, an API key, an imported list, a form. By the id that stands in
 * `Origin.source`; who is no more is left out. One statement, whatever their number.
 */
export async function originNames(q: Queryable, sources: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(sources)];
  if (ids.length === 0) return new Map();
  const rows = await sql<{ id: string; name: string }>`
    select id, coalesce(nullif(name, ''), email) as name from "user" where id = any(${ids}::text[])
    union all select id, name from api_keys where id = any(${ids}::text[])
    union all select id, name from imports where id = any(${ids}::text[])
    union all select id, name from forms where id = any(${ids}::text[])`.execute(q);
  return new Map(rows.rows.map((row) => [row.id, row.name]));
}
