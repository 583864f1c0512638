import type { FieldSchema, Option, Value, ValueType } from '../../core/model.ts';
import type { RemoteRecord } from '../kit/connector.ts';

/** One of several addresses or numbers, as v2 answers and takes them. */
export interface Listed {
  readonly value?: string | null | undefined;
  readonly primary?: boolean | null | undefined;
  readonly label?: string | null | undefined;
}

/** A person as API v2 answers it; only what we use. */
export interface Person {
  readonly id: number;
  readonly name?: string | null | undefined;
  readonly first_name?: string | null | undefined;
  readonly last_name?: string | null | undefined;
  readonly owner_id?: number | null | undefined;
  readonly org_id?: number | null | undefined;
  readonly add_time?: string | null | undefined;
  readonly update_time?: string | null | undefined;
  readonly emails?: readonly Listed[] | null | undefined;
  readonly phones?: readonly Listed[] | null | undefined;
  readonly is_deleted?: boolean | null | undefined;
  readonly custom_fields?: Readonly<Record<string, unknown>> | null | undefined;
  readonly [key: string]: unknown;
}

/** A field as `GET /api/v2/personFields` describes it. */
export interface PersonField {
  readonly field_name: string;
  readonly field_code: string;
  readonly field_type: string;
  readonly options?: readonly { readonly id: number | string; readonly label: string }[] | null | undefined;
  readonly is_custom_field?: boolean | null | undefined;
  readonly is_writable?: boolean | null | undefined;
}

const TYPES: Readonly<Record<string, ValueType>> = {
  varchar: 'text',
  varchar_auto: 'text',
  text: 'longText',
  boolean: 'boolean',
  double: 'number',
  int: 'number',
  monetary: 'number',
  enum: 'oneOf',
  set: 'manyOf',
  phone: 'phone',
  date: 'date',
  time: 'text',
  address: 'text',
};
/** Of custom fields; other types (people, ranges) are read but not written. */
const WRITABLE = new Set([
  'varchar',
  'varchar_auto',
  'text',
  'double',
  'monetary',
  'enum',
  'set',
  'phone',
  'date',
  'time',
  'address',
]);
/** Own fields of a person that a write may name; the last three exist with Contact Sync only. */
const PLAIN = new Set(['name', 'job_title', 'notes', 'birthday']);

/** 255 and 65,000 characters by type, and 10,000 for the notes of Contact Sync: the vendor's words (BEHAVIOR.md, "Fields"). */
function maxLengthOf({ field_code, field_type }: PersonField): { maxLength?: number } {
  if (field_code === 'notes') return { maxLength: 10_000 };
  if (field_type === 'text') return { maxLength: 65_000 };
  return /^(varchar|varchar_auto|phone)$/.test(field_type) ? { maxLength: 255 } : {};
}

/** Keys of custom fields. */
const isHash = (code: string): boolean => /^[0-9a-f]{40}$/.test(code);

/** Pipedrive calls them dates; they are moments (`2026-01-01T00:00:00Z`). */
const isMoment = (code: string): boolean => code.endsWith('_time');

const plain = (key: string, label: string, extra: Partial<FieldSchema> = {}): FieldSchema => ({
  key,
  label,
  type: 'text',
  calculated: false,
  writableOnCreate: true,
  writableOnUpdate: true,
  required: false,
  custom: false,
  ...extra,
});

/** What people know as the person's own fields: one e-mail, two numbers, a company's name, the two parts of the name. */
const OWN: readonly FieldSchema[] = [
  plain('name', 'Name', { maxLength: 255 }),
  plain('first_name', 'First name', { maxLength: 255, together: 'name' }),
  plain('last_name', 'Last name', { maxLength: 255, together: 'name' }),
  plain('email', 'Email', { type: 'email', maxLength: 255 }),
  plain('phone', 'Phone', { type: 'phone', maxLength: 255 }),
  plain('mobile', 'Phone (mobile)', { type: 'phone', maxLength: 255 }),
  plain('org_id', 'Organization', { maxLength: 255, company: true }),
];
/** Their lists have another name in records than in the description of fields. */
const OWN_KEYS = new Set([...OWN.map((field) => field.key), 'emails', 'phones']);

export function fieldsOf(fields: readonly PersonField[]): readonly FieldSchema[] {
  const described = fields
    .filter((field) => !OWN_KEYS.has(field.field_code) && field.field_code !== 'marketing_status')
    .map(fieldOf);
  const marketing = fields.some((field) => field.field_code === 'marketing_status')
    ? [plain('unsubscribed', 'Unsubscribed (marketing status)', { type: 'boolean', vendorType: 'marketing_status' })]
    : [];
  return [...OWN, ...marketing, ...described];
}

function fieldOf(field: PersonField): FieldSchema {
  const custom = field.is_custom_field ?? isHash(field.field_code);
  const type = TYPES[field.field_type] ?? 'text';
  const writable =
    field.is_writable !== false && (custom ? WRITABLE.has(field.field_type) : PLAIN.has(field.field_code));
  return {
    key: field.field_code,
    label: field.field_name,
    type: field.field_code === 'birthday' ? 'date' : !custom && isMoment(field.field_code) ? 'dateTime' : type,
    calculated: !writable,
    writableOnCreate: writable,
    writableOnUpdate: writable,
    required: false,
    custom,
    vendorType: field.field_type,
    ...maxLengthOf(field),
    ...(type === 'oneOf' || type === 'manyOf' ? { options: optionsOf(field), restricted: true } : {}),
  };
}

const optionsOf = (field: PersonField): Option[] =>
  (field.options ?? []).map((option) => ({ id: String(option.id), label: option.label, active: true }));

/** The vendor's value of a field as a typed one. */
export function decodeValue(field: FieldSchema | undefined, raw: unknown): Value {
  if (raw === null || raw === undefined || raw === '') return null;
  if (Array.isArray(raw)) return decodeList(field, raw);
  const value = inner(raw);
  if (value === null || value === undefined || value === '') return null;
  switch (field?.type) {
    case 'number':
      return typeof value === 'number' ? value : toNumber(String(value));
    case 'dateTime': {
      const at = parseTime(String(value));
      return Number.isNaN(at) ? String(value) : new Date(at).toISOString();
    }
    case 'boolean':
      return typeof value === 'boolean' ? value : String(value) === '1' || String(value) === 'true';
    // Version 1 writes several options as one text.
    case 'manyOf':
      return String(value).split(',');
    default:
      // Ids of users and organizations are numbers.
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

/** Several options; of anything else (labels without a list, messengers) what a person would read. */
function decodeList(field: FieldSchema | undefined, raw: readonly unknown[]): Value {
  const values = raw.map(inner).filter((one) => one !== null && one !== undefined && one !== '');
  if (values.length === 0) return null;
  return field?.type === 'manyOf' || field === undefined ? values.map(String) : values.map(String).join(', ');
}

/** `2026-01-01T00:00:00Z`, with or without milliseconds; version 1 writes `2026-01-01 00:00:00`, UTC as well. */
export const parseTime = (text: string): number =>
  Date.parse(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? `${text.replace(' ', 'T')}Z` : text);

const toNumber = (text: string): Value => (Number.isFinite(Number(text)) ? Number(text) : text);

/** Money, times, addresses and labelled options are objects around the value. */
const inner = (raw: unknown): unknown => {
  if (typeof raw !== 'object' || raw === null) return raw;
  if ('value' in raw) return raw.value;
  return 'id' in raw ? raw.id : null;
};

/** A typed value as a custom field takes it; null clears (an empty list is refused). */
export function encodeValue(field: FieldSchema | undefined, value: Value, currency: string | null): unknown {
  if (value === null || (Array.isArray(value) && value.length === 0)) return null;
  switch (field?.vendorType) {
    case 'enum':
      return optionId(String(value));
    case 'set':
      return (Array.isArray(value) ? value : [String(value)]).map((one) => optionId(String(one)));
    case 'monetary':
      return { value, ...(currency === null ? {} : { currency }) };
    case 'time':
    case 'address':
      return { value };
    default:
      return value;
  }
}

/** Option ids are numbers in v2; what is none is sent as it is and refused by name. */
const optionId = (id: string): number | string => (/^\d+$/.test(id) ? Number(id) : id);

const filled = (list: readonly Listed[] | null | undefined): Listed[] =>
  (list ?? []).filter((one) => (one.value ?? '').trim() !== '');

/** The main one first, then as the CRM holds them. */
const inOrder = (list: readonly Listed[] | null | undefined): Listed[] =>
  filled(list).sort((a, b) => Number(b.primary === true) - Number(a.primary === true));

const isMobile = (one: Listed): boolean => one.label === 'mobile';

/** Which entry of the list a field of ours stands for; undefined: none yet. */
export const entryOf = (
  key: 'email' | 'phone' | 'mobile',
  list: readonly Listed[] | null | undefined,
): Listed | undefined => {
  const ordered = inOrder(list);
  if (key === 'email') return ordered[0];
  return ordered.find((one) => isMobile(one) === (key === 'mobile'));
};

/**
 * The whole list with one entry replaced, because a write replaces lists: further addresses and numbers are kept. A value
 * that the list has already becomes the main one instead of standing there twice.
 */
export function withEntry(
  key: 'email' | 'phone' | 'mobile',
  list: readonly Listed[] | null | undefined,
  value: Value,
): Listed[] {
  const present = filled(list);
  const old = entryOf(key, list);
  // The same number may be somebody's phone and mobile; an address stands there once.
  const isTwin = (one: Listed): boolean =>
    one.value === value && (key === 'email' || isMobile(one) === (key === 'mobile'));
  const rest = present.filter((one) => one !== old && !isTwin(one));
  // The vendor refuses two main ones, even where it has such a list itself.
  const main = rest.findIndex((one) => one.primary === true);
  // It takes no null for a label that it has none of, either.
  const withMain = (index: number): Listed[] =>
    rest.map(({ value: kept, label: called }, at) => ({
      value: kept,
      primary: at === index,
      ...(called == null ? {} : { label: called }),
    }));
  if (value === null) return withMain(Math.max(0, main));
  const label = old?.label ?? (key === 'mobile' ? 'mobile' : 'work');
  const isPrimary = old?.primary === true || main === -1;
  return [{ value: String(value), primary: isPrimary, label }, ...withMain(isPrimary ? -1 : main)];
}

/** A full name from its parts and back: nothing is ever cut off (BEHAVIOR.md, "Names"). */
export const joinName = (first: string, last: string): string =>
  [first, last]
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');

export function splitName(person: Pick<Person, 'name' | 'first_name' | 'last_name'>): {
  first: string | null;
  last: string | null;
} {
  const first = person.first_name?.trim() ?? '';
  const last = person.last_name?.trim() ?? '';
  if (first !== '' || last !== '') return { first: first || null, last: last || null };
  const words = (person.name ?? '').trim().split(/\s+/).filter(Boolean);
  if (words.length < 2) return { first: null, last: words[0] ?? null };
  return { first: words[0] ?? null, last: words.slice(1).join(' ') };
}

export interface DecodeContext {
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly linkBackField: string | null;
  readonly organizations: ReadonlyMap<number, string>;
  readonly webUrl: string;
  /** Own fields that were asked for. */
  readonly asked: readonly string[];
}

const text = (value: unknown): Value => (typeof value === 'string' && value !== '' ? value : null);

export function decodePerson(person: Person, context: DecodeContext): RemoteRecord {
  const { first, last } = splitName(person);
  const fields: Record<string, Value> = {
    name: text(person.name),
    first_name: first,
    last_name: last,
    email: text(entryOf('email', person.emails)?.value),
    phone: text(entryOf('phone', person.phones)?.value),
    mobile: text(entryOf('mobile', person.phones)?.value),
  };
  const company = person.org_id == null ? null : context.organizations.get(person.org_id);
  if (company !== undefined) fields['org_id'] = text(company);
  if (person['marketing_status'] !== undefined) fields['unsubscribed'] = person['marketing_status'] === 'unsubscribed';
  // Fields of Pipedrive's own stand beside the person's, custom ones under `custom_fields`.
  for (const [key, field] of context.fields)
    if (field.custom === false && !(key in fields) && !OWN_KEYS.has(key) && person[key] !== undefined)
      fields[key] = decodeValue(field, person[key]);
  for (const [key, raw] of Object.entries(person.custom_fields ?? {}))
    fields[key] = decodeValue(context.fields.get(key), raw);
  // Own fields that are empty may be left out; no `custom_fields` at all says nothing of them (R25).
  if (person.custom_fields != null) for (const key of context.asked) if (!(key in fields)) fields[key] = null;
  const back = context.linkBackField === null ? null : fields[context.linkBackField];
  const updated = person.update_time ?? person.add_time ?? null;
  return {
    id: String(person.id),
    kind: 'person',
    fields,
    emails: inOrder(person.emails).flatMap((one) => one.value ?? []),
    linkBack: typeof back === 'string' ? back : null,
    formerIds: [],
    modifiedAt: updated === null ? 0 : parseTime(updated),
    ...(person.add_time == null ? {} : { createdAt: parseTime(person.add_time) }),
    version: updated,
    url: `${context.webUrl}/person/${person.id}`,
    ...(person.org_id === undefined ? {} : { companyId: person.org_id === null ? null : String(person.org_id) }),
    ...(person.owner_id == null ? {} : { owner: String(person.owner_id) }),
  };
}
