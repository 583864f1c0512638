import { sql } from 'kysely';
import type { Queryable } from './db.ts';

const KEY = 'quiet';

/**
 * R41: after a restore, and in a copy (`TANDEM_QUIET=1`), nothing leaves: every connection is paused, no mail and no webhook
 * goes out, until an administrator says that this is the live instance.
 */
export async function beQuiet(q: Queryable, at: number): Promise<void> {
  await sql`insert into settings (key, value, updated_at) values (${KEY}, 'true'::jsonb, ${at})
    on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`.execute(q);
  await sql`update connections set paused_reason = 'restored', paused_at = ${at} where paused_reason is distinct from 'restored'`.execute(
    q,
  );
}

export async function isQuiet(q: Queryable): Promise<boolean> {
  const row = await q.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirst();
  return row?.value === true;
}

/** This is the live one: mail and webhooks go out again. Connections are told apart: `resume`. */
export async function endQuiet(q: Queryable): Promise<void> {
  await q.deleteFrom('settings').where('key', '=', KEY).execute();
}
