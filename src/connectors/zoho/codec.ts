import type { FieldSchema, Kind, Option, Value, ValueType } from '../../core/model.ts';
import type { RemoteRecord } from '../kit/connector.ts';
import type { ModuleName } from './client.ts';

/** A field as `GET /settings/fields` describes it; only what we use. */
export interface ZohoField {
  readonly api_name: string;
  readonly id?: string | null | undefined;
  readonly field_label?: string | null | undefined;
  readonly display_label?: string | null | undefined;
  readonly data_type: string;
  readonly length?: number | null | undefined;
  readonly decimal_place?: number | null | undefined;
  readonly system_mandatory?: boolean | null | undefined;
  readonly read_only?: boolean | null | undefined;
  readonly field_read_only?: boolean | null | undefined;
  readonly operation_type?:
    | { readonly api_create?: boolean | null | undefined; readonly api_update?: boolean | null | undefined }
    | null
    | undefined;
  /** What each profile may do with it: `read_write`, `read_only` or `hidden`. */
  readonly profiles?:
    | readonly { readonly id: string; readonly permission_type?: string | null | undefined }[]
    | null
    | undefined;
  readonly custom_field?: boolean | null | undefined;
  readonly unique?: object | null | undefined;
  readonly pick_list_values?:
    | readonly {
        readonly display_value: string;
        readonly actual_value: string;
        readonly type?: string | null | undefined;
      }[]
    | null
    | undefined;
}

/** A record as all reads answer it. Ids have 19 digits: text, never numbers. */
export interface Row {
  readonly id: string;
  readonly [key: string]: unknown;
}

export const moduleOf = (kind: Kind): ModuleName => (kind === 'contact' ? 'Contacts' : 'Leads');
export const kindOf = (module: ModuleName): Kind => (module === 'Contacts' ? 'contact' : 'lead');

const TYPES: Readonly<Record<string, ValueType>> = {
  text: 'text',
  textarea: 'longText',
  email: 'email',
  phone: 'phone',
  website: 'url',
  picklist: 'oneOf',
  multiselectpicklist: 'manyOf',
  boolean: 'boolean',
  date: 'date',
  datetime: 'dateTime',
  integer: 'number',
  bigint: 'text',
  double: 'number',
  currency: 'number',
  percent: 'number',
  autonumber: 'text',
  formula: 'text',
  lookup: 'text',
  ownerlookup: 'text',
};
/**
 * Lookups are shown by name; only the company of a contact can be written so (BEHAVIOR.md, "Companies"). A type that is not
 * in the table above (subform, files, lookups of several, whatever comes next) takes no plain value.
 */
const READ_ONLY = new Set(['formula', 'autonumber', 'ownerlookup']);
const isWritable = (type: string): boolean => TYPES[type] !== undefined && !READ_ONLY.has(type);
const SCALES: Readonly<Record<string, number>> = { integer: 0 };

/** `profile`: of the user whose token it is; null: not known, and then nothing is held to be forbidden. */
export function fieldOf(field: ZohoField, required: ReadonlySet<string>, profile: string | null = null): FieldSchema {
  const type = TYPES[field.data_type] ?? 'text';
  const isCompany = field.api_name === 'Account_Name';
  const readOnly =
    field.read_only === true ||
    field.field_read_only === true ||
    isForbidden(field, profile) ||
    !isWritable(field.data_type) ||
    (field.data_type === 'lookup' && !isCompany);
  const textual = ['text', 'longText', 'email', 'phone', 'url'].includes(type);
  const scale = SCALES[field.data_type] ?? field.decimal_place ?? undefined;
  return {
    key: field.api_name,
    label: field.display_label ?? field.field_label ?? field.api_name,
    type,
    calculated:
      field.data_type === 'formula' || field.data_type === 'rollup_summary' || field.data_type === 'autonumber',
    writableOnCreate: !readOnly && field.operation_type?.api_create !== false,
    writableOnUpdate: !readOnly && field.operation_type?.api_update !== false,
    required: field.system_mandatory === true || required.has(field.api_name),
    custom: field.custom_field === true,
    vendorType: field.data_type,
    ...(field.id == null ? {} : { vendorId: field.id }),
    ...(textual && field.length != null && field.length > 0 ? { maxLength: field.length } : {}),
    ...(type === 'number' && scale !== undefined ? { scale } : {}),
    ...(type === 'boolean' ? { emptyIs: false } : {}),
    ...(type === 'dateTime' ? { resolutionMs: 1_000 } : {}),
    ...(field.unique != null && Object.keys(field.unique).length > 0 ? { unique: true } : {}),
    ...(isCompany && field.data_type === 'lookup' ? { company: true } : {}),
    ...(type === 'oneOf' || type === 'manyOf' ? { options: optionsOf(field), restricted: true } : {}),
  };
}

const isForbidden = ({ profiles }: ZohoField, profile: string | null): boolean => {
  const own = profile === null ? undefined : profiles?.find(({ id }) => id === profile)?.permission_type;
  return own === 'read_only' || own === 'hidden';
};

const optionsOf = (field: ZohoField): Option[] =>
  (field.pick_list_values ?? [])
    // Zoho's own word for "nothing chosen".
    .filter((value) => value.actual_value !== '-None-')
    .map((value) => ({ id: value.actual_value, label: value.display_value, active: value.type !== 'unused' }));

/** The vendor's value as a typed one. */
export function decodeValue(field: FieldSchema | undefined, raw: unknown): Value {
  if (raw === null || raw === undefined || raw === '') return null;
  // Zoho's own word for "nothing chosen".
  if (raw === '-None-' && (field?.type === 'oneOf' || field?.type === 'manyOf')) return null;
  if (Array.isArray(raw)) return raw.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  if (typeof raw === 'object') return 'name' in raw && typeof raw.name === 'string' ? raw.name : null;
  if (field?.type === 'dateTime' && typeof raw === 'string') {
    const at = Date.parse(raw);
    return Number.isNaN(at) ? raw : new Date(at).toISOString();
  }
  if (field?.type === 'number' && typeof raw === 'string') return Number.isFinite(Number(raw)) ? Number(raw) : raw;
  return typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean' ? raw : null;
}

/** A typed value as a body takes it; null clears. */
export function encodeValue(field: FieldSchema | undefined, value: Value): unknown {
  // A box is ticked or not: there is no third state.
  if (value === null) return field?.type === 'manyOf' ? [] : field?.type === 'boolean' ? false : null;
  if (field?.vendorType === 'lookup') return { name: value };
  if (field?.type === 'dateTime' && typeof value === 'string') return zohoTime(Date.parse(value));
  return value;
}

/** Seconds and an offset; fractions are not taken. */
export const zohoTime = (ms: number): string =>
  new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', '+00:00');

/** What every read needs, whatever is mapped. */
export const SYSTEM_FIELDS: Readonly<Record<ModuleName, readonly string[]>> = {
  Leads: [
    'Email',
    'Secondary_Email',
    'First_Name',
    'Last_Name',
    'Modified_Time',
    'Created_Time',
    'Modified_By',
    'Owner',
    'Converted__s',
    'Converted_Contact',
  ],
  Contacts: [
    'Email',
    'Secondary_Email',
    'First_Name',
    'Last_Name',
    'Modified_Time',
    'Created_Time',
    'Modified_By',
    'Owner',
  ],
};

export interface DecodeContext {
  readonly fields: Readonly<Record<ModuleName, ReadonlyMap<string, FieldSchema>>>;
  readonly linkBackField: string | null;
  readonly webUrl: string;
  /** Who we are there, once an answer told. */
  readonly userId: string | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value : null);
export const idIn = (value: unknown): string | null =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' ? value.id : text(value);
const time = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) || 0 : 0);

export function decodeRow(row: Row, module: ModuleName, context: DecodeContext): RemoteRecord {
  const known = context.fields[module];
  const fields: Record<string, Value> = {};
  for (const [key, raw] of Object.entries(row)) if (known.has(key)) fields[key] = decodeValue(known.get(key), raw);
  // COQL gives a lookup's name under its own path.
  const company = row['Account_Name.Account_Name'];
  if (company !== undefined) fields['Account_Name'] = text(company);
  const back = context.linkBackField === null ? null : row[context.linkBackField];
  const by = idIn(row['Modified_By']);
  const owner = idIn(row['Owner']);
  const companyRow = module === 'Contacts' ? row['Account_Name'] : undefined;
  return {
    id: row.id,
    kind: kindOf(module),
    fields,
    emails: [text(row['Email']), text(row['Secondary_Email'])].flatMap((email) => email ?? []),
    linkBack: text(back),
    formerIds: [],
    modifiedAt: time(row['Modified_Time']),
    ...(row['Created_Time'] === undefined ? {} : { createdAt: time(row['Created_Time']) }),
    ...(by === null || context.userId === null ? {} : { byUs: by === context.userId }),
    version: text(row['Modified_Time']),
    url: `${context.webUrl}/crm/tab/${module}/${row.id}`,
    ...(row['Converted__s'] === true ? { convertedTo: { id: idIn(row['Converted_Contact']), kind: 'contact' } } : {}),
    ...(owner === null ? {} : { owner }),
    ...(companyRow === undefined ? {} : { companyId: idIn(companyRow) }),
  };
}
