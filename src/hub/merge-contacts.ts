import { sql } from 'kysely';
import { Conflicted, InvalidInput, NotFound } from '../core/invalid-input.ts';
import type { Fields, Origins } from '../core/model.ts';
import { isEmpty } from '../core/value.ts';
import type { Trx } from '../store/db.ts';
import { noteDepartures } from '../store/departures.ts';
import { writeConsentFields } from './forms/consent-fields.ts';
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
 * it and when. The other address becomes a further one, found by R13. Links, events, submissions and consents move; where
 * both were linked in one CRM the second record becomes a duplicate (R14). Opt-out on either is opt-out on both (R8). The
 * old address of the contact's page leads to the new one.
 * @throws InvalidInput, NotFound; Conflicted('on_its_way') while something sent for `from` has no answer yet
 */
export async function mergeContacts(
  trx: Trx,
  pair: { readonly into: string; readonly from: string },
  at: number,
): Promise<void> {
  if (pair.into === pair.from) throw new InvalidInput([{ path: 'from', code: 'same_contact', params: {} }]);
  const rows = await sql<Row>`
    select id, email, email_key, fields, origins from contacts where id = any(${[pair.into, pair.from]}::text[]) order by id for update`.execute(
    trx,
  );
  const into = rows.rows.find((row) => row.id === pair.into);
  const from = rows.rows.find((row) => row.id === pair.from);
  if (into === undefined || from === undefined) throw new NotFound('contact');
  const onTheWay = await trx.selectFrom('intents').select('id').where('contact_id', '=', from.id).executeTakeFirst();
  // What was sent for it must be settled first, or its record in the CRM would be made twice (R31).
  if (onTheWay !== undefined) throw new Conflicted('on_its_way', { email: from.email });
  await moveRows(trx, into.id, from, at);
  const taken = valuesToTake(into, from);
  await writeContacts(trx, [{ id: into.id, create: false, ...taken }], { at, reason: 'merged' });
  await writeConsentFields(trx, [into.id], { at, reason: 'merged' });
  await sql`update contacts i set carried_points = i.carried_points + f.carried_points,
                   opt_out_lifted_at = case when ${taken.fields['opt_out'] === true} then null else i.opt_out_lifted_at end
              from contacts f where i.id = ${into.id} and f.id = ${from.id}`.execute(trx);
  await trx.deleteFrom('contacts').where('id', '=', from.id).execute();
  await rescore(trx, [into.id], at);
  await markDue(trx, [into.id], { at, reason: 'merged' });
  await noteDepartures(trx, [{ id: from.id, why: 'merged', into: into.id }], at);
}

function valuesToTake(into: Row, from: Row): { fields: Fields; origins: Origins } {
  const keys = Object.keys(from.fields).filter(
    (key) =>
      key !== 'consent' &&
      ((isEmpty(into.fields[key]) && !isEmpty(from.fields[key])) ||
        (key === 'opt_out' && from.fields[key] === true && into.fields[key] !== true)),
  );
  const unknown = { by: 'system', at: null } as const;
  return {
    fields: Object.fromEntries(keys.map((key) => [key, from.fields[key] ?? null])),
    origins: Object.fromEntries(keys.map((key) => [key, { ...(from.origins[key] ?? unknown), rule: 'merge' }])),
  };
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
  // The second record of one CRM is demoted before it moves: one primary link a contact and connection.
  await sql`update links f set role = 'duplicate', shadow = '{}', holds = '{}', updated_at = ${at}
             where f.contact_id = ${from.id} and f.role = 'primary'
               and exists (select 1 from links i where i.contact_id = ${into} and i.connection_id = f.connection_id and i.role = 'primary')`.execute(
    trx,
  );
  await sql`update links set contact_id = ${into}, updated_at = ${at} where contact_id = ${from.id}`.execute(trx);
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
