import { sql } from 'kysely';
import type { Store, Trx } from '../../store/db.ts';
import { noteDepartures } from '../../store/departures.ts';
import type { DeletionWish } from './crm-records.ts';
import { beginErasureList, type ErasureList, rememberErased } from './erasure-list.ts';
import { oweTheirDeletions } from './owe-deletions.ts';
import { type PersonKeys, personKeys } from './person.ts';
import { PLACES } from './places.ts';

/**
 * Removes a person and every stored value, history included (R18). What stays are keyed hashes of their addresses and CRM
 * ids, so that no sync brings them back; and, until the CRM has answered, the ids of records that are to be deleted there.
 * @returns the hashes, for the list beside the database. @throws NotFound; Conflicted when a record is not theirs (any more).
 */
export async function eraseContact(
  trx: Trx,
  contactId: string,
  at: number,
  wish?: DeletionWish,
): Promise<readonly string[]> {
  const person = await personKeys(trx, contactId, true);
  const list = await beginErasureList(trx, at);
  const hashes = hashesOf(list, person);
  await rememberErased(trx, hashes, at);
  if (wish !== undefined && wish.records.length > 0) await oweTheirDeletions(trx, { person, list, wish, at });
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
 * R41: after a restore, people erased since the backup was made are erased again, before anything else. `missing`: what only
 * the list beside the database knows. Addresses and linked records are compared in pieces. @returns how many there were.
 */
export async function eraseAgain(
  store: Store,
  list: ErasureList,
  { missing, at }: { readonly missing: ReadonlySet<string>; readonly at: number },
): Promise<number> {
  if (missing.size === 0) return 0;
  const marked = await store.db.selectFrom('erasures').select('hash').where('deletes', 'is', true).execute();
  const deleting = new Set(marked.map((row) => row.hash));
  let erased = 0;
  for (let after = ''; ; ) {
    const page = await sql<{ id: string; email_key: string; connections: string[]; records: string[] }>`
      select c.id, c.email_key, coalesce(array_agg(l.connection_id) filter (where l.id is not null), '{}') as connections,
             coalesce(array_agg(l.crm_id) filter (where l.id is not null), '{}') as records
        from (select id, email_key from contacts where id > ${after} order by id limit ${PIECE}) c
        left join links l on l.contact_id = c.id group by c.id, c.email_key order by c.id`.execute(store.db);
    for (const row of page.rows) {
      const hit =
        missing.has(list.ofEmail(row.email_key)) ||
        row.records.some((crmId, index) => missing.has(list.ofRecord(row.connections[index] ?? '', crmId)));
      if (!hit) continue;
      // It was asked of the CRM, too: whether that was done nobody here knows any more, and once more does no harm.
      const asked = row.records.flatMap((crmId, index) => {
        const connectionId = row.connections[index] ?? '';
        return deleting.has(list.ofRecord(connectionId, crmId)) ? [{ connectionId, crmId }] : [];
      });
      await store.transaction((trx) => eraseContact(trx, row.id, at, { records: asked, by: 'restore' }));
      erased += 1;
    }
    const last = page.rows.at(-1)?.id;
    if (last === undefined || page.rows.length < PIECE) return erased;
    after = last;
  }
}
