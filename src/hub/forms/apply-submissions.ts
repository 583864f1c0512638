import { sql } from 'kysely';
import { decideSubmission, type FormDefinition, type TickedConsent } from '../../core/form.ts';
import type { FieldSchema, Fields, Origin, Value } from '../../core/model.ts';
import { type StoredOrigins, unpackOrigins } from '../../core/origins.ts';
import { type PhoneKey, sameValue } from '../../core/same.ts';
import { type Touch, touchFields } from '../../core/traffic.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Trx } from '../../store/db.ts';
import { hubFields } from '../fields.ts';
import { liftTombstones } from '../lift-tombstones.ts';
import { recordEvents } from '../record-events.ts';
import { rescore } from '../score.ts';
import { attachVisitors } from '../tracking/attach-visitors.ts';
import { type ContactWrite, writeContacts } from '../write-contacts.ts';
import { type ConsentRecord, consentFields, recordConsents } from './consents.ts';

export interface ApplyContext {
  readonly ids: Ids;
  readonly now: number;
  readonly phoneKey: PhoneKey;
}

export interface Applied {
  /** Contacts that submissions were applied to. */
  readonly contactIds: readonly string[];
  /** How many submissions were applied. */
  readonly count: number;
}

const BATCH = 200;

interface Waiting {
  id: string;
  form_id: string;
  form_version: number;
  form_name: string;
  definition: FormDefinition;
  email: string;
  email_key: string;
  fields: Fields;
  consents: readonly TickedConsent[];
  proven: string | null;
  proven_at: number | null;
  browser_contact: string | null;
  /** Whom it was applied to before its confirmation. */
  contact_id: string | null;
  visitor: string | null;
  /** Whose browser it was before, and where it first came from. */
  visitor_contact: string | null;
  first_touch: Touch | null;
  touch: Touch | null;
  at: number;
}

/** A contact as submissions change it, one after the other. */
interface Person {
  readonly id: string;
  readonly isNew: boolean;
  fields: Record<string, Value>;
  origins: Record<string, Origin>;
  readonly write: Record<string, Value>;
  readonly writeOrigins: Record<string, Origin>;
  liftOptOut: boolean;
}

/**
 * Applies accepted submissions that wait, at most 200, by about a dozen statements whatever their number (R45). Known and
 * new people go the same way; nobody waits for this with an answer. The caller repeats it until none is left.
 */
export async function applySubmissions(trx: Trx, context: ApplyContext): Promise<Applied> {
  const waiting = await takeWaiting(trx);
  if (waiting.length === 0) return { contactIds: [], count: 0 };
  const schema = new Map((await hubFields(trx)).map((field) => [field.key, field]));
  const people = await lockPeople(trx, waiting);
  const done = waiting.map((one) => applyOne(one, people, schema, context));
  const touched = [...new Map(done.map(({ person }) => [person.id, person])).values()];
  const consents = done.flatMap(({ one, person, proven }) => consentRecords(one, person, proven));
  const created = touched.filter((person) => person.isNew);
  await liftTombstones(
    trx,
    done.filter(({ created: isNew }) => isNew).map(({ one }) => one.email_key),
    context.now,
  );
  await writeContacts(trx, created.map(toWrite), { at: context.now, reason: 'form' });
  await recordConsents(trx, consents);
  await addConsentFields(trx, touched, consents, context.now);
  const changed = touched.filter((person) => !person.isNew && Object.keys(person.write).length > 0);
  await writeContacts(trx, changed.map(toWrite), { at: context.now, reason: 'form' });
  await liftOptOuts(trx, touched, context.now);
  await recordEvents(trx, done.map(toEvent), context.now);
  await attachVisitors(
    trx,
    done.flatMap(({ one, person }) => (one.visitor === null ? [] : [{ visitor: one.visitor, contactId: person.id }])),
    context.now,
  );
  await rescore(
    trx,
    touched.map((person) => person.id),
    context.now,
  );
  await markApplied(trx, done, context.now);
  return { contactIds: touched.map((person) => person.id), count: waiting.length };
}

/** Whoever else applies them at this moment is waited for, so that they are applied when the caller goes on. */
async function takeWaiting(trx: Trx): Promise<readonly Waiting[]> {
  const rows = await sql<Waiting>`
    select s.id, s.form_id, s.form_version, f.name as form_name, f.definition, s.email, s.email_key, s.fields, s.consents, s.proven, s.proven_at,
           s.contact_id, b.contact_id as browser_contact, s.visitor, v.contact_id as visitor_contact, v.first_touch, s.touch, s.at
      from submissions s join forms f on f.id = s.form_id left join proven_browsers b on b.hash = s.browser
           left join visitors v on v.id = s.visitor
     where s.status = 'accepted' and s.applied_at is null order by s.at, s.id limit ${BATCH} for update of s`.execute(
    trx,
  );
  return rows.rows;
}

/** By main address and by further ones (R10), and by id. */
async function lockPeople(trx: Trx, waiting: readonly Waiting[]): Promise<Map<string, Person>> {
  const keys = waiting.map((one) => one.email_key);
  const ids = waiting.flatMap((one) => one.contact_id ?? []);
  const rows = await sql<{
    id: string;
    email_key: string;
    others: readonly string[];
    fields: Fields;
    origins: StoredOrigins;
  }>`
    select c.id, c.email_key, c.fields, c.origins,
           array(select e.email_key from contact_emails e where e.contact_id = c.id) as others
      from contacts c
     where c.email_key = any(${keys}::text[]) or c.id = any(${ids}::text[])
        or c.id in (select contact_id from contact_emails where email_key = any(${keys}::text[]))
     order by c.id for update of c`.execute(trx);
  const byKey = new Map<string, Person>();
  const people = rows.rows.map((row) => ({ row, person: knownPerson(row) }));
  for (const { row, person } of people) for (const key of row.others) byKey.set(key, person);
  // A main address goes before somebody else's further one.
  for (const { row, person } of people) byKey.set(row.email_key, person);
  for (const { row, person } of people) byKey.set(row.id, person);
  return byKey;
}

const knownPerson = (row: { id: string; fields: Fields; origins: StoredOrigins }): Person => ({
  id: row.id,
  isNew: false,
  fields: { ...row.fields },
  origins: { ...unpackOrigins(row.origins) },
  write: {},
  writeOrigins: {},
  liftOptOut: false,
});

interface Done {
  readonly one: Waiting;
  readonly person: Person;
  readonly proven: 'link' | 'browser' | null;
  readonly said: Fields;
  readonly created: boolean;
}

function applyOne(
  one: Waiting,
  people: Map<string, Person>,
  schema: ReadonlyMap<string, FieldSchema>,
  context: ApplyContext,
): Done {
  const known = (one.contact_id === null ? undefined : people.get(one.contact_id)) ?? people.get(one.email_key);
  const person = known ?? newPerson(context.ids.next('ct'));
  people.set(one.email_key, person);
  if (known === undefined) put(person, { email: one.email }, { by: 'form', at: one.at, source: one.form_id });
  // The colleague in the same browser has another address, so another contact: the cookie proves nothing for him (R45).
  const proven =
    one.proven === 'link' ? 'link' : one.browser_contact === person.id && known !== undefined ? 'browser' : null;
  const { write, said } = decideSubmission({
    known: known === undefined ? null : person.fields,
    entered: one.fields,
    at: one.at,
    strong: known === undefined || proven !== null || one.definition.overwrite,
    enteredAt: (field) => person.origins[field]?.at ?? null,
    same: (field, a, b) => {
      const type = schema.get(field);
      return type === undefined ? a === b : sameValue(type, a, b, context.phoneKey);
    },
  });
  put(person, write, { by: 'form', at: one.at, source: one.form_id, rule: 'R45' });
  if (one.touch !== null && one.contact_id === null) {
    const isTheirs = one.visitor_contact === null || one.visitor_contact === person.id;
    const fields = touchFields(person.fields, (isTheirs ? one.first_touch : null) ?? one.touch, one.touch);
    if (fields !== null) put(person, changedOnly(person.fields, fields), { by: 'system', at: one.at, rule: 'touch' });
  }
  const wantsMails = one.consents.some((consent) => consent.mail);
  if (proven !== null && wantsMails && person.fields['opt_out'] === true) {
    // R46: the only way in which a form lifts an opt-out.
    put(person, { opt_out: false }, { by: 'form', at: one.at, source: one.form_id, rule: 'R46' });
    person.liftOptOut = true;
  }
  return { one, person, proven, said, created: known === undefined };
}

const newPerson = (id: string): Person => ({
  id,
  isNew: true,
  fields: {},
  origins: {},
  write: {},
  writeOrigins: {},
  liftOptOut: false,
});

function put(person: Person, fields: Fields, origin: Origin): void {
  for (const [field, value] of Object.entries(fields)) {
    person.write[field] = value;
    person.writeOrigins[field] = origin;
    person.fields[field] = value;
    person.origins[field] = origin;
  }
}

const changedOnly = (known: Fields, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([field, value]) => (known[field] ?? null) !== value));

const toWrite = (person: Person): ContactWrite => ({
  id: person.id,
  create: person.isNew,
  fields: person.write,
  origins: person.writeOrigins,
});

/** With double opt-in a box counts once the link was confirmed; without it at once, as unproven. */
function consentRecords(one: Waiting, person: Person, proven: Done['proven']): ConsentRecord[] {
  if (one.definition.doubleOptIn && one.proven === null) return [];
  return one.consents.map((consent) => ({
    contactId: person.id,
    purpose: consent.purpose,
    given: true,
    at: one.proven_at ?? one.at,
    how: 'form',
    source: one.form_id,
    sourceVersion: one.form_version,
    textId: consent.text,
    textVersion: consent.version,
    words: consent.words,
    language: consent.language,
    proven: proven !== null,
    ground: null,
    submissionId: one.id,
  }));
}

/** The calculated field follows the records; a new contact gets it by an update, since records name the contact. */
async function addConsentFields(
  trx: Trx,
  touched: readonly Person[],
  consents: readonly ConsentRecord[],
  now: number,
): Promise<void> {
  const concerned = new Set(consents.map((record) => record.contactId));
  const fields = await consentFields(trx, [...concerned]);
  const late: ContactWrite[] = [];
  for (const person of touched) {
    const value = fields.get(person.id);
    if (value === undefined || value === (person.fields['consent'] ?? null)) continue;
    const origin: Origin = { by: 'system', at: now, rule: 'R8a' };
    if (person.isNew)
      late.push({ id: person.id, create: false, fields: { consent: value }, origins: { consent: origin } });
    else put(person, { consent: value }, origin);
  }
  await writeContacts(trx, late, { at: now, reason: 'form' });
}

async function liftOptOuts(trx: Trx, touched: readonly Person[], now: number): Promise<void> {
  const lifted = touched.filter((person) => person.liftOptOut).map((person) => person.id);
  if (lifted.length === 0) return;
  await sql`update contacts set opt_out_lifted_at = ${now} where id = any(${lifted}::text[])`.execute(trx);
}

/** Id and time are the submission's own: applied again after its confirmation, it counts once. */
const toEvent = ({ one, person }: Done) => ({
  id: one.id,
  type: 'form',
  contactId: person.id,
  at: one.at,
  data: {
    form: one.form_id,
    name: one.form_name,
    ...(one.definition.phase === null ? {} : { phase: one.definition.phase }),
  },
});

async function markApplied(trx: Trx, done: readonly Done[], now: number): Promise<void> {
  const rows = done.map(({ one, person, proven, said, created }) => ({
    id: one.id,
    contact_id: person.id,
    proven,
    said,
    created,
  }));
  await sql`
    update submissions s set contact_id = n.contact_id, said = n.said, applied_at = ${now},
           created_contact = s.created_contact or n.created,
           proven = coalesce(s.proven, n.proven), proven_at = coalesce(s.proven_at, case when n.proven is null then null else ${now}::bigint end)
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, contact_id text, proven text, said jsonb, created boolean) where s.id = n.id`.execute(
    trx,
  );
}
