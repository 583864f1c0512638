import { sql } from 'kysely';
import { CHECK_EVERY_MS, checkConnection } from './check-connection.ts';
import type { EngineDeps } from './deps.ts';

/**
 * The daily preflight of connections that are on, each by one process: the next time is stored before the CRM is asked, so
 * that a restart neither skips nor doubles one. @returns how many were checked.
 */
export async function runPreflights(deps: EngineDeps): Promise<number> {
  const now = deps.clock.now();
  const due = await sql<{ id: string }>`
    update connections set check_due_at = ${now + CHECK_EVERY_MS}
     where enabled and disconnected_at is null and account_id is not null and coalesce(check_due_at, 0) <= ${now}
       and paused_reason is distinct from 'restored' returning id`.execute(deps.store.db);
  for (const { id } of due.rows)
    await checkConnection(deps, id).catch((error: unknown) =>
      deps.log.error({ err: error, connection: id }, 'a connection could not be checked'),
    );
  return due.rows.length;
}
