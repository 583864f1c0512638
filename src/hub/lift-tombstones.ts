import { sql } from 'kysely';
import type { Trx } from '../store/db.ts';
import { liftErasure } from './privacy/erasure-list.ts';

/** R18c: a person's act lifts a tombstone, never a sync: who was deleted or erased here and comes back is a contact again. */
export async function liftTombstones(trx: Trx, keys: readonly string[], at: number): Promise<void> {
  if (keys.length === 0) return;
  await liftErasure(trx, keys, at);
  await sql`
    delete from tombstones t where t.email_key = any(${keys as string[]}::text[])
        or t.contact_id in (select contact_id from tombstones where email_key = any(${keys as string[]}::text[]))`.execute(
    trx,
  );
}
