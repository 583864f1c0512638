import { sql } from 'kysely';
import type { Fields, Origin, Origins, Value } from '../../core/model.ts';
import type { Trx } from '../../store/db.ts';
import { tellGone } from '../../store/webhook-events.ts';
import { writeConsentFields } from '../forms/consent-fields.ts';
import { rescore } from '../score.ts';
import { type ContactWrite, writeContacts } from '../write-contacts.ts';
import type { UndoCounts } from './import-settings.ts';

/**
 * Takes back what an import did to up to `limit` of its contacts, by a handful of statements. Whom it made goes, without a
 * tombstone, unless somebody changed them since or a CRM has them. Of the others only those values go back which still are
 * the import's. An opt-out stays (R8). @returns null: nobody is left.
 */
export async function undoRows(
  trx: Trx,
  importId: string,
  options: { readonly at: number; readonly limit: number },
): Promise<UndoCounts | null> {
  const taken = await sql<{ contact_id: string; created: boolean }>`
    delete from import_contacts where import_id = ${importId} and contact_id in (
      select contact_id from import_contacts where import_id = ${importId} order by contact_id limit ${options.limit})
    returning contact_id, created`.execute(trx);
  if (taken.rows.length === 0) return null;
  const ids = taken.rows.map((row) => row.contact_id);
  await sql`select id from contacts where id = any(${ids}::text[]) order by id for update`.execute(trx);
  const created = taken.rows.filter((row) => row.created).map((row) => row.contact_id);
  const removed = await removeUntouched(trx, importId, created, options.at);
  const stay = ids.filter((id) => !removed.has(id));
  const consents = await sql<{ contact_id: string }>`
    delete from consents where how = 'import' and source = ${importId} and contact_id = any(${stay}::text[]) returning contact_id`.execute(
    trx,
  );
  await writeConsentFields(trx, [...new Set(consents.rows.map((row) => row.contact_id))], {
    at: options.at,
    reason: 'import',
  });
  const updated = taken.rows.filter((row) => !row.created).map((row) => row.contact_id);
  const { fields, keptFields } = await putBack(trx, importId, updated, options.at);
  await rescore(trx, stay, options.at);
  const here = await sql<{ id: string }>`select id from contacts where id = any(${created}::text[])`.execute(trx);
  return { removed: removed.size, kept: here.rows.length, fields, keptFields };
}

/** Nobody but the import gave them a value (what we calculate aside: a visit is an event, too), nothing happened to them, they did not opt out, and no CRM has them or is about to. */
async function removeUntouched(
  trx: Trx,
  importId: string,
  ids: readonly string[],
  at: number,
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const gone = await sql<{ id: string }>`
    select c.id from contacts c
     where c.id = any(${ids as string[]}::text[]) and coalesce(c.fields ->> 'opt_out', '') <> 'true'
       and not exists (select 1 from jsonb_each(c.origins) as o(field, origin)
                        where origin_of(c.origins, o.field) ->> 'source' is distinct from ${importId} and o.field not in ('', 'consent', 'medium', 'last_medium'))
       and not exists (select 1 from links l where l.contact_id = c.id)
       and not exists (select 1 from intents n where n.contact_id = c.id)
       and not exists (select 1 from events e where e.contact_id = c.id)
       and not exists (select 1 from consents k where k.contact_id = c.id and (k.how <> 'import' or k.source is distinct from ${importId}))
       and not exists (select 1 from merged_contacts m where m.to_id = c.id)`.execute(trx);
  const removed = gone.rows.map((row) => row.id);
  await sql`delete from due where side = 'crm' and subject = any(${removed}::text[])`.execute(trx);
  await sql`delete from contacts where id = any(${removed}::text[])`.execute(trx);
  await tellGone(
    trx,
    removed.map((id) => ({ id, why: 'deleted' })),
    at,
  );
  return new Set(removed);
}

interface Change {
  contact_id: string;
  field: string;
  from: Value;
  from_origin: Origin | null;
  still: boolean;
}

async function putBack(
  trx: Trx,
  importId: string,
  ids: readonly string[],
  at: number,
): Promise<Pick<UndoCounts, 'fields' | 'keptFields'>> {
  if (ids.length === 0) return { fields: 0, keptFields: 0 };
  // Of a person who stood in the list twice the oldest change knows what was there before.
  const changes = await sql<Change>`
    select distinct on (h.contact_id, h.field) h.contact_id, h.field, h."from", h.from_origin,
           coalesce(origin_of(c.origins, h.field) ->> 'source', '') = ${importId} as still
      from contact_history h join contacts c on c.id = h.contact_id
     where h.contact_id = any(${ids as string[]}::text[]) and h.origin ->> 'source' = ${importId} and h.origin ->> 'by' = 'import' and h.field <> 'opt_out'
     order by h.contact_id, h.field, h.at, h.id`.execute(trx);
  const back = new Map<string, { fields: Record<string, Value>; origins: Record<string, Origin> }>();
  for (const change of changes.rows.filter((one) => one.still)) {
    const entry = back.get(change.contact_id) ?? { fields: {}, origins: {} };
    entry.fields[change.field] = change.from;
    entry.origins[change.field] = { ...(change.from_origin ?? { by: 'system', at: null }), rule: 'undo' };
    back.set(change.contact_id, entry);
  }
  const writes = [...back].map(
    ([id, entry]): ContactWrite => ({
      id,
      create: false,
      fields: entry.fields satisfies Fields,
      origins: entry.origins satisfies Origins,
    }),
  );
  await writeContacts(trx, writes, { at, reason: 'undo' });
  const fields = changes.rows.filter((one) => one.still).length;
  return { fields, keptFields: changes.rows.length - fields };
}
