import type { FieldSchema, Fields, Kind, Value, ValueType } from '../../core/model.ts';
import type { Company } from '../kit/companies.ts';
import type { RemoteRecord } from '../kit/connector.ts';

/** A field as `describe` answers it; only what we use of its ~55 keys. */
export interface DescribedField {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly length: number;
  readonly scale: number;
  readonly nillable: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly defaultedOnCreate: boolean;
  readonly calculated: boolean;
  readonly custom: boolean;
  readonly unique: boolean;
  /** Objects that a reference may name, empty where the user may see none of them. */
  readonly referenceTo?: readonly string[] | null | undefined;
  readonly restrictedPicklist?: boolean | undefined;
  readonly picklistValues?:
    | readonly { readonly active: boolean; readonly label?: string | null | undefined; readonly value: string }[]
    | undefined;
}

export type ObjectName = 'Lead' | 'Contact';
export const OBJECTS: readonly ObjectName[] = ['Lead', 'Contact'];
export const objectOf = (kind: Kind): ObjectName => (kind === 'contact' ? 'Contact' : 'Lead');
export const kindOf = (object: ObjectName): Kind => (object === 'Contact' ? 'contact' : 'lead');

const TYPES: Readonly<Record<string, ValueType>> = {
  string: 'text',
  textarea: 'longText',
  email: 'email',
  phone: 'phone',
  url: 'url',
  boolean: 'boolean',
  int: 'number',
  double: 'number',
  currency: 'number',
  percent: 'number',
  date: 'date',
  datetime: 'dateTime',
  picklist: 'oneOf',
  multipicklist: 'manyOf',
  combobox: 'text',
  reference: 'text',
  id: 'text',
  encryptedstring: 'text',
  time: 'text',
};
/** Shown, and never written: a time of day has a form of its own. */
const READ_ONLY = new Set(['time']);

/** The field of a contact that names its company. */
export const ACCOUNT = 'AccountId';
const ACCOUNT_NAME_MAX = 255;

/** Compound and binary fields have no value of their own here (BEHAVIOR.md, "Fields"). */
export function fieldOf(field: DescribedField): FieldSchema | null {
  const type = TYPES[field.type];
  if (type === undefined) return null;
  const isNumber = type === 'number';
  const isList = type === 'oneOf' || type === 'manyOf';
  // Whoever may not see accounts has the bare id (BEHAVIOR.md, "Companies").
  const isCompany = field.name === ACCOUNT && (field.referenceTo ?? ['Account']).includes('Account');
  return {
    key: field.name,
    label: field.label,
    type,
    calculated: field.calculated || READ_ONLY.has(field.type),
    writableOnCreate: field.createable && !READ_ONLY.has(field.type),
    writableOnUpdate: field.updateable && !READ_ONLY.has(field.type),
    // Mandatory on create by describe; page layouts and validation rules are not in it.
    required: !field.nillable && field.createable && !field.defaultedOnCreate && field.type !== 'boolean',
    custom: field.custom,
    vendorType: field.type,
    ...(field.length > 0 && !isList ? { maxLength: isCompany ? ACCOUNT_NAME_MAX : field.length } : {}),
    ...(isCompany ? { company: true } : {}),
    ...(isNumber ? { scale: field.type === 'int' ? 0 : field.scale } : {}),
    ...(field.unique ? { unique: true } : {}),
    ...(type === 'email' ? { storedLowerCase: true } : {}),
    // A checkbox is ticked or not; times are kept to the second (BEHAVIOR.md, "Fields").
    ...(type === 'boolean' ? { emptyIs: false } : {}),
    ...(type === 'dateTime' ? { resolutionMs: 1_000 } : {}),
    ...(isList
      ? {
          options: (field.picklistValues ?? []).map((option) => ({
            id: option.value,
            label: option.label ?? option.value,
            active: option.active,
          })),
          restricted: field.restrictedPicklist ?? false,
        }
      : {}),
  };
}

/** `2026-05-01T07:25:37.000+0000`: UTC, no colon in the offset. */
export const parseTime = (text: string): number =>
  Date.parse(text.endsWith('+0000') ? `${text.slice(0, -5)}Z` : text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));

export function decodeValue(field: FieldSchema | undefined, raw: unknown): Value {
  if (raw === null || raw === undefined || raw === '') return null;
  if (field?.type === 'manyOf')
    return String(raw)
      .split(';')
      .filter((part) => part !== '');
  if (field?.type === 'dateTime') {
    const at = parseTime(String(raw));
    return Number.isNaN(at) ? String(raw) : new Date(at).toISOString();
  }
  if (field?.type === 'number' && typeof raw === 'string') return Number.isFinite(Number(raw)) ? Number(raw) : raw;
  if (field?.type === 'boolean' && typeof raw === 'string') return raw === 'true';
  return typeof raw === 'number' || typeof raw === 'boolean' ? raw : String(raw);
}

export function encodeValue(field: FieldSchema | undefined, value: Value): string | number | boolean | null {
  if (value === null) return field?.type === 'boolean' ? false : null;
  if (Array.isArray(value)) return value.join(';');
  return value as string | number | boolean;
}

export const SYSTEM_FIELDS: Readonly<Record<ObjectName, readonly string[]>> = {
  Lead: [
    'Id',
    'Email',
    'FirstName',
    'LastName',
    'SystemModstamp',
    'LastModifiedDate',
    'LastModifiedById',
    'CreatedDate',
    'OwnerId',
    'IsConverted',
    'ConvertedContactId',
  ],
  Contact: [
    'Id',
    'Email',
    'FirstName',
    'LastName',
    'SystemModstamp',
    'LastModifiedDate',
    'LastModifiedById',
    'CreatedDate',
    'OwnerId',
    'IsPersonAccount',
  ],
};

export interface DecodeContext {
  readonly fields: Readonly<Record<ObjectName, ReadonlyMap<string, FieldSchema>>>;
  readonly linkBackField: string | null;
  readonly userId: string | null;
  readonly instanceUrl: string;
}

export type Row = Readonly<Record<string, unknown>>;
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export function decodeRow(row: Row, object: ObjectName, context: DecodeContext): RemoteRecord {
  const fields: Record<string, Value> = {};
  for (const [key, raw] of Object.entries(row)) {
    if (key === 'attributes' || (typeof raw === 'object' && raw !== null)) continue;
    fields[key] = decodeValue(context.fields[object].get(key), raw);
  }
  const company = isCompanyField(object, ACCOUNT, context) ? companyIn(row) : undefined;
  if (company !== undefined) {
    delete fields[ACCOUNT];
    if (company.name !== undefined) fields[ACCOUNT] = company.name;
  }
  const id = String(row['Id']);
  const email = text(row['Email']);
  const modified = text(row['LastModifiedDate']) ?? text(row['SystemModstamp']);
  const by = text(row['LastModifiedById']);
  const created = text(row['CreatedDate']);
  const owner = text(row['OwnerId']);
  return {
    id,
    kind: kindOf(object),
    fields: fields satisfies Fields,
    emails: email === null ? [] : [email],
    linkBack: context.linkBackField === null ? null : text(row[context.linkBackField]),
    formerIds: [],
    modifiedAt: modified === null ? 0 : parseTime(modified),
    ...(created === null ? {} : { createdAt: parseTime(created) }),
    ...(by === null || context.userId === null ? {} : { byUs: by.slice(0, 15) === context.userId.slice(0, 15) }),
    version: text(row['SystemModstamp']),
    // {instance_url}/{Id} redirects to the record and needs no knowledge of the Lightning host.
    url: `${context.instanceUrl}/${id}`,
    ...(row['IsConverted'] === true
      ? { convertedTo: { id: text(row['ConvertedContactId']), kind: 'contact' as const } }
      : {}),
    ...(owner === null ? {} : { owner }),
    ...(company === undefined ? {} : { companyId: company.id }),
  };
}

/** Is this the field of a contact whose company is shown by its name? */
export const isCompanyField = (object: ObjectName, name: string, context: DecodeContext): boolean =>
  name === ACCOUNT && context.fields[object].get(name)?.company === true;

/** An account, as a company; none where its name is not shown. */
export const companyOf = (row: Row): Company[] =>
  typeof row['Name'] === 'string' ? [{ id: String(row['Id']), name: row['Name'] }] : [];

/** Of a contact whose company was asked for. A person account is the contact itself; a name that is not shown is not told. */
function companyIn(row: Row): { readonly id: string | null; readonly name: string | null | undefined } | undefined {
  if (row[ACCOUNT] === undefined) return undefined;
  const id = row['IsPersonAccount'] === true ? null : text(row[ACCOUNT]);
  if (id === null) return { id, name: null };
  const { Name: name } = Object(row['Account']) as Row;
  return { id, name: text(name) ?? undefined };
}
