import { sql } from 'kysely';
import type { EngineDeps } from './deps.ts';
import { retryRejections } from './rejections.ts';

/**
 * A list was changed: runs take it up at their next page (R36), and whoever was refused for a value that the list did not
 * have is tried again (R17).
 */
export async function listChanged(deps: EngineDeps, listId: string): Promise<void> {
  const { db } = deps.store;
  const rows = await sql<{ id: string }>`
    update connections c set settings_version = settings_version + 1
     where disconnected_at is null and exists (select 1 from jsonb_array_elements(c.mappings) as line join fields f on f.key = line ->> 'hub' where f.list_id = ${listId})
    returning id`.execute(db);
  for (const { id } of rows.rows) await retryRejections(deps, { connectionId: id, reason: 'unmapped_value' });
}
