import { type RawBuilder, sql } from 'kysely';
import { NotFound } from '../../core/invalid-input.ts';
import type { Queryable, Trx } from '../../store/db.ts';

/** Everything by which rows can be about one person. */
export interface PersonKeys {
  readonly contactId: string;
  /** Ids that were merged into it, its own included. */
  readonly contactIds: readonly string[];
  /** Normalised addresses: the main one, further ones, those of linked records. */
  readonly emailKeys: readonly string[];
  readonly linkIds: readonly string[];
  /** Records of theirs in each CRM, former ids included, pair by pair. */
  readonly connectionIds: readonly string[];
  readonly crmIds: readonly string[];
}

/** Gathers the keys; locks the contact when it is about to go. @throws NotFound */
export async function personKeys(q: Queryable | Trx, contactId: string, lock = false): Promise<PersonKeys> {
  const contact = await sql<{ email_key: string }>`
    select email_key from contacts where id = ${contactId} ${lock ? sql`for update` : sql``}`.execute(q);
  const [row] = contact.rows;
  if (row === undefined) throw new NotFound('contact');
  const links = await q
    .selectFrom('links')
    .select(['id', 'connection_id', 'crm_id', 'former_ids'])
    .where('contact_id', '=', contactId)
    .execute();
  const pairs = links.flatMap((link) =>
    [link.crm_id, ...link.former_ids].map((crmId) => [link.connection_id, crmId] as const),
  );
  const further = await sql<{ key: string }>`
    select email_key as key from contact_emails where contact_id = ${contactId}
    union select unnest(d.emails) from directory d join unnest(${pairs.map(([one]) => one)}::text[], ${pairs.map(([, one]) => one)}::text[]) as p(connection_id, crm_id)
      on d.connection_id = p.connection_id and d.crm_id = p.crm_id`.execute(q);
  const merged = await q.selectFrom('merged_contacts').select('from_id').where('to_id', '=', contactId).execute();
  return {
    contactId,
    contactIds: [contactId, ...merged.map((one) => one.from_id)],
    emailKeys: [...new Set([row.email_key, ...further.rows.map((one) => one.key)])],
    linkIds: links.map((link) => link.id),
    connectionIds: pairs.map(([one]) => one),
    crmIds: pairs.map(([, one]) => one),
  };
}

/** Conditions that the places of `places.ts` are made of. */
export const isContact = (column: string, person: PersonKeys): RawBuilder<boolean> =>
  sql`${sql.ref(column)} = any(${person.contactIds as string[]}::text[])`;
export const isEmail = (column: string, person: PersonKeys): RawBuilder<boolean> =>
  sql`lower(${sql.ref(column)}) = any(${person.emailKeys as string[]}::text[])`;
export const isLink = (column: string, person: PersonKeys): RawBuilder<boolean> =>
  sql`${sql.ref(column)} = any(${person.linkIds as string[]}::text[])`;
/** The table has `connection_id` beside `column`. */
export const isRecord = (column: string, person: PersonKeys): RawBuilder<boolean> =>
  sql`(connection_id, ${sql.ref(column)}) in (select * from unnest(${person.connectionIds as string[]}::text[], ${person.crmIds as string[]}::text[]))`;
/** A text that names the person somewhere: a mail, an answer that was kept. */
export const names = (text: RawBuilder<unknown>, person: PersonKeys): RawBuilder<boolean> =>
  sql`exists (select 1 from unnest(${[...person.emailKeys, ...person.contactIds]}::text[]) as k(word) where position(k.word in lower(${text})) > 0)`;
