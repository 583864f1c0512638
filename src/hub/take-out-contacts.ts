import { sql } from 'kysely';
import type { Trx } from '../store/db.ts';
import { noteDepartures } from '../store/departures.ts';

/**
 * Takes contacts out of the hub with what is owed to them, waits for them or was found about them, by a handful of statements
 * whatever their number. Their CRM records stay. Who shall not be imported again is the caller's to note first (R18c).
 */
export async function takeOutContacts(trx: Trx, contactIds: readonly string[], at: number): Promise<void> {
  if (contactIds.length === 0) return;
  const ids = contactIds as string[];
  await sql`delete from due where side = 'crm' and subject = any(${ids}::text[])`.execute(trx);
  await sql`delete from links where contact_id = any(${ids}::text[])`.execute(trx);
  await sql`update rejections set resolved_at = ${at} where contact_id = any(${ids}::text[]) and resolved_at is null`.execute(
    trx,
  );
  await sql`update conflicts set status = 'closed', closed_at = ${at} where contact_id = any(${ids}::text[]) and status = 'held'`.execute(
    trx,
  );
  await sql`delete from contacts where id = any(${ids}::text[])`.execute(trx);
  await noteDepartures(
    trx,
    ids.map((id) => ({ id, why: 'deleted' })),
    at,
  );
}
