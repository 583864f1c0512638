import { sql } from 'kysely';
import type { Queryable } from '../../store/db.ts';

const HOUR_MS = 60 * 60 * 1000;
/** A file waits so long for somebody to go on with it. */
const FILE_MS = 7 * 24 * HOUR_MS;

/** Uploads that broke off, lists nobody went on with, files of stopped imports, and reports from before `before`. @returns how many lists went */
export async function cleanImports(q: Queryable, before: number, now: number): Promise<number> {
  const gone = await sql`
    delete from imports
     where (status = 'uploading' and created_at < ${now - HOUR_MS})
        or (status in ('draft', 'counted') and created_at < ${now - FILE_MS})
        or (status not in ('counting', 'running', 'undoing') and coalesce(ended_at, created_at) < ${before})
    returning id`.execute(q);
  await sql`
    delete from import_parts p using imports i
     where p.import_id = i.id and i.status in ('stopped', 'failed') and coalesce(i.ended_at, i.created_at) < ${now - FILE_MS}`.execute(
    q,
  );
  return gone.rows.length;
}
