import { sql } from 'kysely';
import { emailKey } from '../core/email.ts';
import { Conflicted, type InputProblem, InvalidInput, NotFound } from '../core/invalid-input.ts';
import type { FieldSchema, Fields, Origin, Origins, Value } from '../core/model.ts';
import type { Trx } from '../store/db.ts';
import { hubFields } from './fields.ts';
import { liftTombstones } from './lift-tombstones.ts';
import { parseValue } from './parse-value.ts';
import { findErased } from './privacy/erasure-list.ts';
import { rescore } from './score.ts';
import { takeOutContacts } from './take-out-contacts.ts';
import { type ContactWrite, writeContacts } from './write-contacts.ts';

export interface ContactInput {
  /** Of an update; without it the e-mail says who is meant. */
  readonly id?: string;
  /** Hub fields as given by a person, a file or a program; null clears, absent leaves. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Values for fields that are empty, and that `fields` does not name. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** When a person entered these values, ms; null: not known (R9). Default: the act's time. */
  readonly enteredAt?: number | null;
  /** The version seen (If-Match). */
  readonly ifVersion?: number;
}

export interface SaveOptions {
  /** Who saves, for the origin of each value. */
  readonly by: Origin['by'];
  readonly source?: string;
  readonly at: number;
  readonly newId: () => string;
  /** `create`: a known e-mail is refused. `update`: an unknown one is. `upsert`: either. */
  readonly mode: 'create' | 'update' | 'upsert';
}

export interface Saved {
  readonly id: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

/** One row of an input that cannot be saved, beside those that can. */
export interface Unsaved {
  readonly problems: readonly InputProblem[];
}

interface Known {
  id: string;
  email: string;
  email_key: string;
  fields: Fields;
  version: number;
}

/**
 * Saves up to 1,000 contacts in one transaction, by a handful of statements. Same length and order as the inputs; a bad
 * row does not hold up the others. The same person twice: the later row is applied on top of the earlier one.
 */
export async function saveContacts(
  trx: Trx,
  inputs: readonly ContactInput[],
  options: SaveOptions,
): Promise<readonly (Saved | Unsaved)[]> {
  const schema = new Map((await hubFields(trx)).map((field) => [field.key, field]));
  const parsed = inputs.map((input) => parseFields(input, schema));
  const known = await lockKnown(trx, inputs, parsed);
  const keys = parsed.flatMap((row) => ('fields' in row ? (keyOf(row.fields) ?? []) : []));
  const erased =
    options.by === 'import' ? await findErased(trx, { emailKeys: keys, connectionId: '', crmIds: [] }) : NOBODY;
  const pending = new Map<string, PendingWrite>();
  const results = inputs.map((input, index) => {
    const row = parsed[index];
    if (row === undefined || 'problems' in row) return { problems: row?.problems ?? [] };
    return plan(input, row, { known, pending, options, erased });
  });
  const writes = [...pending.values()].filter((write) => Object.keys(write.fields).length > 0).map(toWrite(options));
  await writeContacts(trx, writes, { at: options.at, reason: options.by });
  // A list is no act of the person's (R18c): it neither lifts a tombstone nor brings back who was erased.
  if (options.by !== 'import')
    await liftTombstones(
      trx,
      writes.flatMap((write) => (write.create ? (keyOf(write.fields) ?? []) : [])),
      options.at,
    );
  await rescore(
    trx,
    writes.map((write) => write.id),
    options.at,
  );
  return results;
}

/** Saves one contact or throws. @throws InvalidInput, NotFound, Conflicted (version seen is old). */
export async function saveContact(trx: Trx, input: ContactInput, options: SaveOptions): Promise<Saved> {
  const [result] = await saveContacts(trx, [input], options);
  if (result === undefined) throw new NotFound('contact');
  if (!('problems' in result)) return result;
  const [first] = result.problems;
  if (first?.code === 'not_found') throw new NotFound('contact');
  if (first?.code === 'changed_meanwhile') throw new Conflicted('changed_meanwhile');
  throw new InvalidInput(result.problems);
}

interface PendingWrite {
  id: string;
  create: boolean;
  fields: Record<string, Value>;
  enteredAt: number | null;
}

interface ParsedRow {
  readonly fields: Fields;
  readonly defaults: Fields;
}

/** Reads what a row gives for each field, without looking at whom it is about. */
export function parseFields(input: ContactInput, schema: ReadonlyMap<string, FieldSchema>): ParsedRow | Unsaved {
  const problems: InputProblem[] = [];
  const parse = (values: Readonly<Record<string, unknown>>): Fields => {
    const fields: Record<string, Value> = {};
    for (const [key, given] of Object.entries(values)) {
      const field = schema.get(key);
      const path = `fields.${key}`;
      if (field === undefined) problems.push({ path, code: 'unknown_field', params: { field: key } });
      else {
        const result = parseValue(field, given);
        if ('problem' in result) problems.push({ path, ...result.problem });
        else fields[key] = result.value;
      }
    }
    return fields;
  };
  const row = { fields: parse(input.fields), defaults: parse(input.defaults ?? {}) };
  if ('email' in row.fields && row.fields['email'] === null)
    problems.push({ path: 'fields.email', code: 'missing_email', params: {} });
  return problems.length > 0 ? { problems } : row;
}

async function lockKnown(trx: Trx, inputs: readonly ContactInput[], parsed: readonly (ParsedRow | Unsaved)[]) {
  const ids = inputs.flatMap((input) => input.id ?? []);
  const keys = parsed.flatMap((row) => ('fields' in row ? (keyOf(row.fields) ?? []) : []));
  const further = await sql<{ email_key: string; contact_id: string }>`
    select email_key, contact_id from contact_emails where email_key = any(${keys}::text[]) order by contact_id desc`.execute(
    trx,
  );
  const others = further.rows.map((row) => row.contact_id);
  const rows = await sql<Known>`
    select id, email, email_key, fields, version from contacts
     where id = any(${[...ids, ...others]}::text[]) or email_key = any(${keys}::text[])
     order by id for update`.execute(trx);
  const byId = new Map(rows.rows.map((row) => [row.id, row]));
  return {
    byId,
    byEmail: new Map(rows.rows.map((row) => [row.email_key, row])),
    byOtherEmail: new Map(
      further.rows.flatMap((row) => {
        const contact = byId.get(row.contact_id);
        return contact === undefined ? [] : [[row.email_key, contact] as const];
      }),
    ),
  };
}

const keyOf = (fields: Fields): string | null => {
  const email = fields['email'];
  return typeof email === 'string' ? emailKey(email) : null;
};

const NOBODY: ReadonlySet<string> = new Set();

interface PlanContext {
  readonly known: {
    readonly byId: Map<string, Known>;
    readonly byEmail: Map<string, Known>;
    /** By an address beside the main one; of several the oldest. */
    readonly byOtherEmail: ReadonlyMap<string, Known>;
  };
  readonly pending: Map<string, PendingWrite>;
  readonly options: SaveOptions;
  /** Addresses of people who were erased, where that matters. */
  readonly erased: ReadonlySet<string>;
}

function plan(input: ContactInput, row: ParsedRow, context: PlanContext): Saved | Unsaved {
  const { known, options } = context;
  const key = keyOf(row.fields);
  const owner = key === null ? undefined : (known.byEmail.get(key) ?? known.byOtherEmail.get(key));
  const target = input.id === undefined ? owner : known.byId.get(input.id);
  const problem = refusal(input, { target, owner, key, mode: options.mode });
  if (problem !== null) return { problems: [problem] };
  if (target === undefined && key !== null && context.erased.has(key))
    return { problems: [{ path: 'fields.email', code: 'erased_person', params: {} }] };
  let fields = withDefaults(row, target);
  if (target === undefined) return planCreate(fields, key ?? '', input, context);
  // R10c: who is meant by a further address keeps the main one.
  if (input.id === undefined && key !== target.email_key) {
    const { email: _found, ...rest } = fields;
    fields = rest;
  }
  if (target.fields['opt_out'] === true && 'opt_out' in fields && fields['opt_out'] !== true) {
    // R46: a person's own proven act or an administrator's with a reason, never a list and nobody's edit.
    if (options.by !== 'import') return { problems: [{ path: 'fields.opt_out', code: 'opt_out_lift', params: {} }] };
    fields = { ...fields, opt_out: true };
  }

  const changed = Object.entries(fields).filter(
    ([name, value]) => !isSame(name === 'email' ? target.email : (target.fields[name] ?? null), value),
  );
  const waiting = context.pending.get(target.id);
  if (changed.length === 0) return { id: target.id, outcome: waiting?.create === true ? 'created' : 'unchanged' };
  target.fields = { ...target.fields, ...Object.fromEntries(changed.filter(([name]) => name !== 'email')) };
  if ('email' in fields && key !== null && key !== target.email_key) {
    known.byEmail.delete(target.email_key);
    known.byEmail.set(key, target);
    target.email_key = key;
  }
  const write = waiting ?? { id: target.id, create: false, fields: {}, enteredAt: null };
  Object.assign(write.fields, Object.fromEntries(changed));
  write.enteredAt = input.enteredAt === undefined ? options.at : input.enteredAt;
  context.pending.set(target.id, write);
  return { id: target.id, outcome: write.create ? 'created' : 'updated' };
}

const withDefaults = ({ fields, defaults }: ParsedRow, target: Known | undefined): Fields => {
  const wanted = Object.entries(defaults).filter(([key]) => !(key in fields) && (target?.fields[key] ?? null) === null);
  return wanted.length === 0 ? fields : { ...Object.fromEntries(wanted), ...fields };
};

function refusal(
  input: ContactInput,
  found: { target: Known | undefined; owner: Known | undefined; key: string | null; mode: SaveOptions['mode'] },
): InputProblem | null {
  const { target, owner, key, mode } = found;
  if (input.id !== undefined && target === undefined) return { path: 'id', code: 'not_found', params: {} };
  if (target === undefined && key === null) return { path: 'fields.email', code: 'missing_email', params: {} };
  if (target === undefined && mode === 'update') return { path: 'fields.email', code: 'not_found', params: {} };
  if (target !== undefined && input.id === undefined && mode === 'create')
    return { path: 'fields.email', code: 'email_taken', params: {} };
  if (input.id !== undefined && owner !== undefined && owner.id !== input.id)
    return { path: 'fields.email', code: 'email_taken', params: {} };
  if (target !== undefined && input.ifVersion !== undefined && target.version !== input.ifVersion)
    return { path: 'version', code: 'changed_meanwhile', params: {} };
  return null;
}

function planCreate(fields: Fields, key: string, input: ContactInput, context: PlanContext): Saved {
  const id = context.options.newId();
  const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  context.pending.set(id, {
    id,
    create: true,
    fields: filled,
    enteredAt: input.enteredAt === undefined ? context.options.at : input.enteredAt,
  });
  const row: Known = { id, email: String(fields['email']), email_key: key, fields: filled, version: 1 };
  context.known.byId.set(id, row);
  context.known.byEmail.set(key, row);
  return { id, outcome: 'created' };
}

const isSame = (a: Value, b: Value): boolean => JSON.stringify(a) === JSON.stringify(b);

const toWrite =
  (options: SaveOptions) =>
  (write: PendingWrite): ContactWrite => {
    const origin: Origin = {
      by: options.by,
      at: write.enteredAt,
      ...(options.source === undefined ? {} : { source: options.source }),
    };
    const origins: Origins = Object.fromEntries(Object.keys(write.fields).map((key) => [key, origin]));
    return { id: write.id, create: write.create, fields: write.fields, origins };
  };

/**
 * Takes contacts out of the hub, by a handful of statements whatever their number: their CRM records stay, and they are not
 * imported again (R18: a tombstone for every CRM id and e-mail of each person, duplicates included).
 * @returns how many there were.
 */
export async function deleteContacts(trx: Trx, ids: readonly string[], at: number): Promise<number> {
  const found = await sql<{ id: string }>`
    select id from contacts where id = any(${ids as string[]}::text[]) order by id for update`.execute(trx);
  const here = found.rows.map((row) => row.id);
  if (here.length === 0) return 0;
  await sql`
    insert into tombstones (connection_id, crm_id, email_key, contact_id, at)
    select connection_id, crm_id, null::text, contact_id, ${at}::bigint from links where contact_id = any(${here}::text[])
    union all
    select connection_id, former, null, contact_id, ${at}::bigint from links cross join unnest(former_ids) as former where contact_id = any(${here}::text[])
    union all
    select null, null, email_key, id, ${at}::bigint from contacts where id = any(${here}::text[])
    union all
    select null, null, email_key, contact_id, ${at}::bigint from contact_emails where contact_id = any(${here}::text[])`.execute(
    trx,
  );
  await takeOutContacts(trx, here, at);
  return here.length;
}

/** One of them. @throws NotFound */
export async function deleteContact(trx: Trx, id: string, at: number): Promise<void> {
  if ((await deleteContacts(trx, [id], at)) === 0) throw new NotFound('contact');
}
