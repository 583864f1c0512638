import type { FieldSchema, Kind, Value, ValueType } from '../../core/model.ts';
import type { RemoteRecord } from '../kit/connector.ts';
import type { Resource } from './client.ts';

/** A lead or contact as REST and sync answer it. */
export interface SellObject {
  readonly id: number;
  readonly [key: string]: unknown;
}

/** A field of the account's own. Records name it by its name, which people may change; the id stays. */
export interface CustomField {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly choices?: readonly { readonly name: string }[] | null | undefined;
  readonly options?: readonly { readonly name: string }[] | null | undefined;
}

export const resourceOf = (kind: Kind): Resource => (kind === 'contact' ? 'contacts' : 'leads');

/** Leads and contacts are two tables whose ids overlap: a contact's id says so (BEHAVIOR.md, "Ids"). */
const CONTACT = 'contact-';
export const recordId = (kind: Kind, id: number): string => (kind === 'contact' ? `${CONTACT}${id}` : String(id));
export const isContactId = (id: string): boolean => id.startsWith(CONTACT);
export const vendorId = (id: string): number => Number(id.startsWith(CONTACT) ? id.slice(CONTACT.length) : id);

const plain = (
  key: string,
  label: string,
  type: ValueType = 'text',
  extra: Partial<FieldSchema> = {},
): FieldSchema => ({
  key,
  label,
  type,
  calculated: false,
  writableOnCreate: true,
  writableOnUpdate: true,
  required: false,
  custom: false,
  ...(type === 'longText' ? {} : { maxLength: 255 }),
  ...extra,
});

export const ADDRESS = ['line1', 'city', 'postal_code', 'state', 'country'] as const;
const addressFields = ADDRESS.map((part) => plain(`address.${part}`, `Address: ${part.replace('_', ' ')}`));
const person = [
  plain('first_name', 'First name'),
  plain('last_name', 'Last name'),
  plain('title', 'Title'),
  plain('email', 'Email', 'email'),
  plain('phone', 'Phone', 'phone'),
  plain('mobile', 'Mobile', 'phone'),
  plain('website', 'Website', 'url'),
  plain('industry', 'Industry'),
  plain('description', 'Description', 'longText'),
  ...addressFields,
];

const TYPES: Readonly<Record<string, ValueType>> = {
  string: 'text',
  text: 'longText',
  number: 'number',
  bool: 'boolean',
  boolean: 'boolean',
  date: 'date',
  datetime: 'dateTime',
  email: 'email',
  phone: 'phone',
  url: 'url',
  list: 'oneOf',
  multi_select_list: 'manyOf',
};

export const customKey = (id: number): string => `cf_${id}`;

/** There is no description of the standard fields: the documented list is fixed. */
export function fieldsOf(
  kind: Kind,
  custom: readonly CustomField[],
  statuses: readonly string[],
): readonly FieldSchema[] {
  const options = statuses.map((name) => ({ id: name, label: name, active: true }));
  const own =
    kind === 'lead'
      ? [
          plain('organization_name', 'Organization'),
          plain('status', 'Lead status', 'oneOf', { options, restricted: true }),
        ]
      : [plain('organization_name', 'Company', 'text', { company: true })];
  return [...person, ...own, ...custom.map(customFieldOf)];
}

function customFieldOf(field: CustomField): FieldSchema {
  const type = TYPES[field.type] ?? 'text';
  const choices = field.choices ?? field.options ?? [];
  return {
    key: customKey(field.id),
    label: field.name,
    type,
    calculated: false,
    // Addresses are objects whose parts we do not map.
    writableOnCreate: field.type !== 'address',
    writableOnUpdate: field.type !== 'address',
    required: false,
    custom: true,
    vendorType: field.type,
    ...(['text', 'email', 'phone', 'url'].includes(type) ? { maxLength: 255 } : {}),
    ...(type === 'dateTime' ? { resolutionMs: 1_000 } : {}),
    ...(type === 'oneOf' || type === 'manyOf'
      ? { options: choices.map(({ name }) => ({ id: name, label: name, active: true })), restricted: true }
      : {}),
  };
}

/** Custom numbers come as text, yes/no as text or truth, addresses as objects. */
export function decodeValue(field: FieldSchema | undefined, raw: unknown): Value {
  if (raw === null || raw === undefined || raw === '') return null;
  if (Array.isArray(raw)) return raw.map(String);
  if (typeof raw === 'object')
    return (
      Object.values(raw)
        .filter((part) => typeof part === 'string')
        .join(', ') || null
    );
  switch (field?.type) {
    case 'number':
      return Number.isFinite(Number(raw)) ? Number(raw) : String(raw);
    case 'boolean':
      return raw === true || raw === 'true' || raw === '1' || raw === 'Yes'
        ? true
        : raw === false || raw === 'false' || raw === '0' || raw === 'No'
          ? false
          : String(raw);
    case 'dateTime': {
      const at = Date.parse(String(raw));
      return Number.isNaN(at) ? String(raw) : new Date(at).toISOString();
    }
    default:
      return typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean' ? raw : null;
  }
}

/** Values go as they are; times have whole seconds. */
export function encodeValue(field: FieldSchema | undefined, value: Value): unknown {
  if (field?.type === 'dateTime' && typeof value === 'string') return value.replace(/\.\d{3}Z$/, 'Z');
  return field?.type === 'manyOf' && value === null ? [] : value;
}

export interface DecodeContext {
  readonly fields: Readonly<Partial<Record<Kind, ReadonlyMap<string, FieldSchema>>>>;
  readonly linkBackField: string | null;
  /** Names of companies by id. */
  readonly companies: ReadonlyMap<number, string>;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value : null);
const time = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) || 0 : 0);

export function decodeObject(object: SellObject, kind: Kind, context: DecodeContext): RemoteRecord {
  const known = context.fields[kind] ?? new Map<string, FieldSchema>();
  const fields: Record<string, Value> = {};
  const address: unknown = object['address'];
  const custom: unknown = object['custom_fields'];
  // Nothing narrows an answer here: a record comes whole, so an attribute that is not in it is empty (BEHAVIOR.md).
  for (const [key, field] of known)
    if (field.custom === true) fields[key] = isRecord(custom) ? decodeValue(field, custom[field.label]) : null;
    else if (!key.startsWith('address.')) fields[key] = decodeValue(field, object[key]);
  for (const part of ADDRESS)
    fields[`address.${part}`] = isRecord(address) ? decodeValue(undefined, address[part]) : null;
  const company = object['contact_id'];
  if (kind === 'contact')
    fields['organization_name'] = typeof company === 'number' ? (context.companies.get(company) ?? null) : null;
  const back = context.linkBackField === null ? null : fields[context.linkBackField];
  const updated = text(object['updated_at']);
  const owner = object['owner_id'];
  return {
    id: recordId(kind, object.id),
    kind,
    fields,
    emails: text(object['email']) === null ? [] : [String(object['email'])],
    linkBack: typeof back === 'string' ? back : null,
    formerIds: [],
    modifiedAt: time(updated),
    createdAt: time(object['created_at']),
    version: updated,
    url: `https://app.futuresimple.com/${kind === 'contact' ? 'crm/contacts' : 'leads'}/${object.id}`,
    ...(typeof owner === 'number' ? { owner: String(owner) } : {}),
    ...(kind === 'contact' ? { companyId: typeof company === 'number' ? String(company) : null } : {}),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
