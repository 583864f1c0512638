import { sql } from 'kysely';
import { Conflicted, NotFound } from '../../core/invalid-input.ts';
import type { Fields, Origin } from '../../core/model.ts';
import type { Trx } from '../../store/db.ts';
import { writeContacts } from '../write-contacts.ts';
import { type ConsentRecord, consentFields, recordConsents, WITHOUT_WORDS } from './consents.ts';

/** What a person's own preference page says. */
export interface Preferences {
  readonly contactId: string;
  readonly email: string;
  readonly optedOut: boolean;
  /** Purposes that stand as given, with the words agreed to. */
  readonly given: readonly { readonly purpose: string; readonly words: string | null; readonly at: number }[];
}

/** null: nobody has that link (any more). */
export async function readPreferences(q: Trx, token: string): Promise<Preferences | null> {
  const people = await sql<{ id: string; email: string; fields: Fields }>`
    select c.id, c.email, c.fields from preference_links l join contacts c on c.id = l.contact_id where l.token = ${token}`.execute(
    q,
  );
  const [person] = people.rows;
  if (person === undefined) return null;
  const records = await sql<{ purpose: string; given: boolean; words: string | null; at: number }>`
    select distinct on (purpose) purpose, given, words, at from consents where contact_id = ${person.id}
     order by purpose, at desc, id desc`.execute(q);
  return {
    contactId: person.id,
    email: person.email,
    optedOut: person.fields['opt_out'] === true,
    given: records.rows.filter((row) => row.given).map(({ purpose, words, at }) => ({ purpose, words, at })),
  };
}

export interface PreferenceChange {
  /** Purposes to take back. */
  readonly withdraw: readonly string[];
  /** true: no mails at all any more; false: mails again (R46); absent: as it is. */
  readonly optOut?: boolean;
}

/** The person's own word: a withdrawal and an opt-out count at once, and only here without further proof a lift (R46). */
export async function changePreferences(
  trx: Trx,
  token: string,
  change: PreferenceChange,
  at: number,
): Promise<string | null> {
  const now = await readPreferences(trx, token);
  if (now === null) return null;
  await sql`select id from contacts where id = ${now.contactId} for update`.execute(trx);
  const withdrawn = now.given.filter((one) => change.optOut === true || change.withdraw.includes(one.purpose));
  await recordConsents(
    trx,
    withdrawn.map((one) => withdrawal(now.contactId, one.purpose, at)),
  );
  const origin: Origin = { by: 'person', at, source: 'preferences', rule: 'R46' };
  const fields: Record<string, Fields[string]> = {};
  if (change.optOut !== undefined && change.optOut !== now.optedOut) fields['opt_out'] = change.optOut;
  if (withdrawn.length > 0) fields['consent'] = (await consentFields(trx, [now.contactId])).get(now.contactId) ?? null;
  if (Object.keys(fields).length === 0) return now.contactId;
  await writeContacts(
    trx,
    [
      {
        id: now.contactId,
        create: false,
        fields,
        origins: Object.fromEntries(Object.keys(fields).map((key) => [key, origin])),
      },
    ],
    { at, reason: 'preferences' },
  );
  if (fields['opt_out'] !== undefined)
    await sql`update contacts set opt_out_lifted_at = ${fields['opt_out'] === false ? at : null}::bigint where id = ${now.contactId}`.execute(
      trx,
    );
  return now.contactId;
}

const withdrawal = (contactId: string, purpose: string, at: number): ConsentRecord => ({
  contactId,
  purpose,
  given: false,
  at,
  ...WITHOUT_WORDS,
  how: 'preferences',
  source: null,
  proven: true,
});

/** R46: an administrator lifts an opt-out, with a reason that the audit log keeps. @throws NotFound, Conflicted */
export async function liftOptOut(
  trx: Trx,
  contactId: string,
  act: { readonly by: string; readonly at: number },
): Promise<void> {
  const row = await trx
    .selectFrom('contacts')
    .select('fields')
    .where('id', '=', contactId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new NotFound('contact');
  if (row.fields['opt_out'] !== true) throw new Conflicted('not_opted_out');
  const origin: Origin = { by: 'person', at: act.at, source: act.by, rule: 'R46' };
  await writeContacts(
    trx,
    [{ id: contactId, create: false, fields: { opt_out: false }, origins: { opt_out: origin } }],
    {
      at: act.at,
      reason: 'opt_out',
    },
  );
  await sql`update contacts set opt_out_lifted_at = ${act.at} where id = ${contactId}`.execute(trx);
}
