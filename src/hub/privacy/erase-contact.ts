import { sql } from 'kysely';
import type { Store, Trx } from '../../store/db.ts';
import { noteDepartures } from '../../store/departures.ts';
import { beginErasureList, type ErasureList, rememberErased } from './erasure-list.ts';
import { type PersonKeys, personKeys } from './person.ts';
import { PLACES } from './places.ts';

/**
 * Removes a person and every stored value, history included (R18). What stays are keyed hashes of their addresses and CRM
 * ids, so that no sync brings them back. Records in the CRMs stay unless they are deleted there.
 * @returns the hashes, for the list beside the database. @throws NotFound
 */
export async function eraseContact(trx: Trx, contactId: string, at: number): Promise<readonly string[]> {
  const person = await personKeys(trx, contactId, true);
  const list = await beginErasureList(trx, at);
  const hashes = hashesOf(list, person);
  await rememberErased(trx, hashes, at);
  for (const place of PLACES) if (place.erase !== undefined) await place.erase(person).execute(trx);
  await noteDepartures(trx, [{ id: contactId, why: 'erased' }], at);
  return hashes;
}

const hashesOf = (list: ErasureList, person: PersonKeys): string[] => [
  ...person.emailKeys.map(list.ofEmail),
  ...person.crmIds.map((crmId, index) => list.ofRecord(person.connectionIds[index] ?? '', crmId)),
];

const PIECE = 1_000;

/**
 * R41: after a restore, people erased since the backup was made are erased again, before anything else. The list beside the
 * database tells; addresses and linked records are compared in pieces. @returns how many there were.
 */
export async function eraseAgain(store: Store, list: ErasureList, at: number): Promise<number> {
  const known = new Set((await store.db.selectFrom('erasures').select('hash').execute()).map((row) => row.hash));
  if (known.size === 0) return 0;
  let erased = 0;
  for (let after = ''; ; ) {
    const rows = await sql<{ id: string; email_key: string; connections: string[]; records: string[] }>`
      select c.id, c.email_key, coalesce(array_agg(l.connection_id) filter (where l.id is not null), '{}') as connections,
             coalesce(array_agg(l.crm_id) filter (where l.id is not null), '{}') as records
        from (select id, email_key from contacts where id > ${after} order by id limit ${PIECE}) c
        left join links l on l.contact_id = c.id group by c.id, c.email_key order by c.id`.execute(store.db);
    for (const row of rows.rows) {
      const hit =
        known.has(list.ofEmail(row.email_key)) ||
        row.records.some((crmId, index) => known.has(list.ofRecord(row.connections[index] ?? '', crmId)));
      if (!hit) continue;
      await store.transaction((trx) => eraseContact(trx, row.id, at));
      erased += 1;
    }
    const last = rows.rows.at(-1)?.id;
    if (last === undefined || rows.rows.length < PIECE) return erased;
    after = last;
  }
}
