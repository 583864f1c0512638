import { sql } from 'kysely';
import type { LeftWhy } from '../core/undo.ts';
import { takeOutContacts } from '../hub/take-out-contacts.ts';
import type { Trx } from '../store/db.ts';

/** Contacts that a run made and that stay, with why; who is not in it goes. */
export type MadeVerdicts = ReadonlyMap<string, LeftWhy>;

/**
 * R38: a contact that a run made goes only where nobody but this run gave it a value (what we calculate aside), nothing
 * happened to it, no other CRM has it or is about to, and it did not opt out (R8).
 */
export async function whoMayGo(
  trx: Trx,
  asked: {
    readonly of: string;
    readonly connectionId: string;
    readonly contactIds: readonly string[];
    readonly optOuts: ReadonlySet<string>;
  },
): Promise<MadeVerdicts> {
  const { of, connectionId, contactIds } = asked;
  if (contactIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; why: LeftWhy | null }>`
    select c.id, case
      when exists (select 1 from unnest(${[...asked.optOuts]}::text[]) as f(key) where c.fields ->> f.key = 'true')
        or exists (select 1 from consents k where k.contact_id = c.id and not k.given) then 'opted_out'
      when exists (select 1 from merged_contacts m where m.to_id = c.id) then 'merged'
      when exists (select 1 from links l where l.contact_id = c.id and l.connection_id <> ${connectionId}) then 'linked_elsewhere'
      when exists (select 1 from intents n where n.contact_id = c.id) then 'on_its_way'
      when exists (select 1 from events e where e.contact_id = c.id)
        or exists (select 1 from submissions s where s.contact_id = c.id)
        or exists (select 1 from consents k where k.contact_id = c.id and k.how <> 'crm') then 'used'
      when c.archived_at is not null
        or exists (select 1 from jsonb_object_keys(c.origins) as o(field)
                    where o.field not in ('', 'consent', 'medium', 'last_medium') and origin_of(c.origins, o.field) ->> 'run' is distinct from ${of}) then 'touched'
      end as why
      from contacts c where c.id = any(${contactIds as string[]}::text[])`.execute(trx);
  return new Map(rows.flatMap(({ id, why }) => (why === null ? [] : [[id, why] as const])));
}

/**
 * Takes contacts out of the hub that a run made, without a tombstone: their records in the CRM stay, and bring them in
 * again as soon as somebody changes them there, or a person releases them.
 */
export async function removeMade(
  trx: Trx,
  made: { readonly connectionId: string; readonly contactIds: readonly string[]; readonly at: number },
): Promise<void> {
  const { connectionId, at } = made;
  const ids = made.contactIds as string[];
  if (ids.length === 0) return;
  // Our own last write is no change of somebody's.
  await sql`update directory d set undone_at = greatest(coalesce(d.modified_at, 0), coalesce(l.crm_modified_at, 0))
              from links l where l.connection_id = ${connectionId} and l.contact_id = any(${ids}::text[])
               and d.connection_id = ${connectionId} and d.crm_id = l.crm_id`.execute(trx);
  await takeOutContacts(trx, ids, at);
}
