import { sql } from 'kysely';
import { Conflicted } from '../../core/invalid-input.ts';
import { oweDeletions } from '../../store/crm-deletions.ts';
import type { Trx } from '../../store/db.ts';
import { crmRecordsOf, type DeletionWish } from './crm-records.ts';
import type { ErasureList } from './erasure-list.ts';
import type { PersonKeys } from './person.ts';

/**
 * R18: owes the deletion of these records in their CRMs, in the transaction that erases the person. Their ids wait until the
 * CRM has answered; the hashes beside them tell, if a record was merged meanwhile, whether what it became is theirs, too.
 * @throws Conflicted('record_not_theirs') when one is not, or has just gone.
 */
export async function oweTheirDeletions(
  trx: Trx,
  {
    person,
    list,
    wish,
    at,
  }: { readonly person: PersonKeys; readonly list: ErasureList; readonly wish: DeletionWish; readonly at: number },
): Promise<void> {
  const theirs = (await crmRecordsOf(trx, person.contactId)).filter((record) => !record.isGone);
  const going = wish.records.flatMap(({ connectionId, crmId }) => {
    const record = theirs.find((one) => one.connectionId === connectionId && one.crmId === crmId);
    // A restored copy may know that it is gone: then there is nothing to ask for.
    if (record === undefined && wish.by !== 'restore') throw new Conflicted('record_not_theirs');
    return record ?? [];
  });
  const formerOf = await readFormer(trx, person.contactId);
  const recordHashes = going.flatMap(({ connectionId, crmId }) =>
    crmId === null
      ? []
      : [crmId, ...(formerOf.get(`${connectionId} ${crmId}`) ?? [])].map((id) => list.ofRecord(connectionId, id)),
  );
  const owed = going.map(({ connectionId, kind, crmId, crmUrl }) => ({
    connectionId,
    kind,
    crmId,
    crmUrl,
    madeFor: crmId === null ? person.contactId : null,
  }));
  await oweDeletions(trx, owed, { by: wish.by, at, hashes: [...person.emailKeys.map(list.ofEmail), ...recordHashes] });
  // R41: what was asked of the CRM is asked again after a restore, by the list beside the database.
  await sql`update erasures set deletes = true where hash = any(${recordHashes}::text[])`.execute(trx);
}

async function readFormer(trx: Trx, contactId: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await trx
    .selectFrom('links')
    .select(['connection_id', 'crm_id', 'former_ids'])
    .where('contact_id', '=', contactId)
    .execute();
  return new Map(rows.map((row) => [`${row.connection_id} ${row.crm_id}`, row.former_ids]));
}
