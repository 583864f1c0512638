import { sql } from 'kysely';
import { Conflicted, InvalidInput, NotFound } from '../core/invalid-input.ts';
import type { Fields, Origins } from '../core/model.ts';
import { type StoredOrigins, unpackOrigins } from '../core/origins.ts';
import type { Trx } from '../store/db.ts';
import { noteDepartures } from '../store/departures.ts';
import { moveMergeProposals } from '../store/merge-proposals.ts';
import { writeConsentFields } from './forms/consent-fields.ts';
import { planMerge } from './merge-plan.ts';
import { rescore } from './score.ts';
import { markDue, writeContacts } from './write-contacts.ts';

interface Row {
  id: string;
  email: string;
  email_key: string;
  fields: Fields;
  origins: Origins;
}

/**
 * Two contacts become one. `into` keeps its address and what it has; what it lacks it takes from `from`, with who entered
 * it and when; what gives way stands in its history. The other address becomes a further one, found by R13. Links, events,
 * submissions and consents move; where both were linked in one CRM the record that lives stays in step, that of `into`
 * before that of `from`, and the second becomes a duplicate (R14). Opt-out on either is opt-out on both (R8). The old
 * address of the contact's page leads to the new one. What a CRM holds of either is looked at again.
 * @throws InvalidInput, NotFound; Conflicted('on_its_way') while something sent for `from` has no answer yet
 */
export async function mergeContacts(
  trx: Trx,
  pair: { readonly into: string; readonly from: string },
  at: number,
): Promise<void> {
  if (pair.into === pair.from) throw new InvalidInput([{ path: 'from', code: 'same_contact', params: {} }]);
  const rows = await sql<Omit<Row, 'origins'> & { origins: StoredOrigins }>`
    select id, email, email_key, fields, origins from contacts where id = any(${[pair.into, pair.from]}::text[]) order by id for update`.execute(
    trx,
  );
  const both = rows.rows.map((row) => ({ ...row, origins: unpackOrigins(row.origins) }));
  const into = both.find((row) => row.id === pair.into);
  const from = both.find((row) => row.id === pair.from);
  if (into === undefined || from === undefined) throw new NotFound('contact');
  const onTheWay = await trx.selectFrom('intents').select('id').where('contact_id', '=', from.id).executeTakeFirst();
  // What was sent for it must be settled first, or its record in the CRM would be made twice (R31).
  if (onTheWay !== undefined) throw new Conflicted('on_its_way', { email: from.email });
  await moveMergeProposals(trx, from.id, into.id);
  await moveRows(trx, into.id, from, at);
  const plan = planMerge(into.fields, from.fields);
  await writeContacts(trx, [{ id: into.id, create: false, fields: plan.takes, origins: originsOf(plan.takes, from) }], {
    at,
    reason: 'merged',
  });
  await keepDropped(trx, { into, from, dropped: Object.keys(plan.drops), at });
  await writeConsentFields(trx, [into.id], { at, reason: 'merged' });
  await sql`update contacts i set carried_points = i.carried_points + f.carried_points,
                   opt_out_lifted_at = case when ${plan.takes['opt_out'] === true} then null else i.opt_out_lifted_at end
              from contacts f where i.id = ${into.id} and f.id = ${from.id}`.execute(trx);
  await trx.deleteFrom('contacts').where('id', '=', from.id).execute();
  await rescore(trx, [into.id], at);
  await markDue(trx, [into.id], { at, reason: 'merged' });
  await lookAgain(trx, into.id, at);
  await noteDepartures(trx, [{ id: from.id, why: 'merged', into: into.id }], at);
}

function originsOf(taken: Fields, from: Row): Origins {
  return Object.fromEntries(
    Object.keys(taken).map((key) => [key, { ...(from.origins[key] ?? UNKNOWN), rule: 'merge' }]),
  );
}

const UNKNOWN = { by: 'system', at: null } as const;

/** Whatever somebody entered is found again: what gave way, the address too, stands in the history as what was replaced. */
async function keepDropped(
  trx: Trx,
  merge: { readonly into: Row; readonly from: Row; readonly dropped: readonly string[]; readonly at: number },
): Promise<void> {
  const { into, from, dropped, at } = merge;
  const value = (row: Row, field: string) => (field === 'email' ? row.email : (row.fields[field] ?? null));
  const rows = ['email', ...dropped].map((field) => ({
    field,
    dropped: value(from, field),
    stays: value(into, field),
    origin: { ...(into.origins[field] ?? UNKNOWN), rule: 'merge' },
    from_origin: from.origins[field] ?? UNKNOWN,
  }));
  await sql`
    insert into contact_history (contact_id, field, "from", "to", origin, from_origin, at)
    select ${into.id}::text, field, dropped, stays, origin, from_origin, ${at}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(field text, dropped jsonb, stays jsonb, origin jsonb, from_origin jsonb)`.execute(
    trx,
  );
}

/** A record that was refused because the other contact had its address may have it now: each is read once more (R30b). */
async function lookAgain(trx: Trx, contactId: string, at: number): Promise<void> {
  await sql`
    insert into due (connection_id, side, subject, reason, created_at)
    select l.connection_id, 'hub', l.crm_id, 'merged', ${at}::bigint from links l join connections c on c.id = l.connection_id
     where l.contact_id = ${contactId} and l.role = 'primary' and l.state in ('active', 'frozen') and c.disconnected_at is null
    on conflict (connection_id, side, subject) do update set version = due.version + 1, not_before = 0, tries = 0`.execute(
    trx,
  );
}

/** Tables whose rows simply belong to the other contact from now on. */
const MOVED = [
  'events',
  'submissions',
  'consents',
  'contact_history',
  'items',
  'proven_browsers',
  'preference_links',
  'visitors',
  'timeline_entries',
] as const;

async function moveRows(trx: Trx, into: string, from: Row, at: number): Promise<void> {
  for (const table of MOVED)
    await sql`update ${sql.ref(table)} set contact_id = ${into} where contact_id = ${from.id}`.execute(trx);
  await sql`insert into contact_emails (contact_id, email_key)
    select ${into}, email_key from contact_emails where contact_id = ${from.id} union select ${into}, ${from.email_key}
    on conflict do nothing`.execute(trx);
  await keepOnePrimary(trx, into, from.id, at);
  // Its address and that of the contact that stays meet for the first time, and both are this person's: neither gives way (R10c).
  await sql`update links set contact_id = ${into}, updated_at = ${at}, shadow_version = shadow_version + 1,
                   shadow = coalesce((select jsonb_object_agg(s.key, s.value) from jsonb_each(shadow) s where split_part(s.key, ':', 2) <> 'email'), '{}')
             where contact_id = ${from.id}`.execute(trx);
  await sql`update conflicts set contact_id = ${into} where contact_id = ${from.id}`.execute(trx);
  await sql`update conflicts c set status = 'closed', closed_at = ${at} from links l
             where c.link_id = l.id and l.contact_id = ${into} and l.role = 'duplicate' and c.status = 'held'`.execute(
    trx,
  );
  await sql`update rejections set resolved_at = ${at} where contact_id = ${from.id} and resolved_at is null`.execute(
    trx,
  );
  await trx.deleteFrom('due').where('side', '=', 'crm').where('subject', '=', from.id).execute();
  await sql`update merged_contacts set to_id = ${into} where to_id = ${from.id}`.execute(trx);
  await sql`insert into merged_contacts (from_id, to_id, at) values (${from.id}, ${into}, ${at})`.execute(trx);
}

/**
 * One record of a CRM stays in step, and the other is demoted before it moves: one primary link a contact and connection. One
 * that lives there stays before one that was converted or is gone; of two alike, that of the contact that stays.
 */
async function keepOnePrimary(trx: Trx, into: string, from: string, at: number): Promise<void> {
  await sql`
    with ranked as (
      select id, row_number() over (partition by connection_id
               order by case state when 'deleted' then 2 when 'converted' then 1 else 0 end, contact_id <> ${into}) as place
        from links where contact_id in (${into}, ${from}) and role = 'primary'
    )
    update links l set role = 'duplicate', shadow = '{}', holds = '{}', shadow_version = l.shadow_version + 1, updated_at = ${at}
      from ranked r where r.id = l.id and r.place > 1`.execute(trx);
}
