import type { FieldSchema, Fields, Kind, Value, ValueType } from '../../core/model.ts';
import type { RemoteRecord } from '../kit/connector.ts';

/** A property as `GET /crm/properties` describes it; only what we use. */
export interface Property {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly fieldType: string;
  readonly options?:
    | readonly { readonly label: string; readonly value: string; readonly hidden?: boolean | null | undefined }[]
    | null
    | undefined;
  readonly calculated?: boolean | null | undefined;
  readonly hasUniqueValue?: boolean | null | undefined;
  readonly hubspotDefined?: boolean | null | undefined;
  readonly externalOptions?: boolean | null | undefined;
  readonly modificationMetadata?: { readonly readOnlyValue?: boolean | null | undefined } | null | undefined;
}

/** An object as all read and write endpoints answer it. Values are text or null, whatever the property's type. */
export interface HubSpotObject {
  readonly id: string;
  readonly properties: Readonly<Record<string, string | null>>;
  readonly createdAt?: string | null | undefined;
  readonly updatedAt?: string | null | undefined;
  readonly archived?: boolean | null | undefined;
  readonly url?: string | null | undefined;
}

/** Text has 65,536 characters at most (BEHAVIOR.md, "Fields"). */
const TEXT_MAX = 65_536;

function typeOf(property: Property): ValueType {
  if (property.type === 'bool' || property.fieldType === 'booleancheckbox') return 'boolean';
  if (property.type === 'number') return 'number';
  if (property.type === 'date') return 'date';
  if (property.type === 'datetime') return 'dateTime';
  if (property.type === 'phone_number' || property.fieldType === 'phonenumber') return 'phone';
  if (property.type === 'enumeration' && property.externalOptions !== true)
    return property.fieldType === 'checkbox' ? 'manyOf' : 'oneOf';
  if (property.name === 'email') return 'email';
  return property.fieldType === 'textarea' || property.fieldType === 'html' ? 'longText' : 'text';
}

export function fieldOf(property: Property, maxLengths: ReadonlyMap<string, number>): FieldSchema {
  const type = typeOf(property);
  const readOnly =
    property.modificationMetadata?.readOnlyValue === true ||
    property.calculated === true ||
    property.type === 'object_coordinates';
  const textual = ['text', 'longText', 'phone', 'email', 'url'].includes(type);
  return {
    key: property.name,
    label: property.label,
    type,
    calculated: property.calculated === true,
    writableOnCreate: !readOnly,
    writableOnUpdate: !readOnly,
    // The property list has no "required"; we create people by e-mail (BEHAVIOR.md, "Required").
    required: property.name === 'email',
    custom: property.hubspotDefined !== true,
    vendorType: `${property.type}/${property.fieldType}`,
    ...(textual ? { maxLength: maxLengths.get(property.name) ?? TEXT_MAX } : {}),
    ...(property.name === 'email' ? { storedLowerCase: true } : {}),
    ...(property.hasUniqueValue === true || property.name === 'email' ? { unique: true } : {}),
    ...(type === 'oneOf' || type === 'manyOf' ? { options: optionsOf(property), restricted: true } : {}),
  };
}

const optionsOf = (property: Property) =>
  (property.options ?? []).map((option) => ({ id: option.value, label: option.label, active: option.hidden !== true }));

/** The vendor's text as a typed value. What does not parse stays text: a later conversion says `wrong_type`. */
export function decodeValue(field: FieldSchema | undefined, raw: string | null): Value {
  if (raw === null || raw === '') return null;
  switch (field?.type) {
    case 'boolean':
      return raw === 'true' ? true : raw === 'false' ? false : raw;
    case 'number':
      return Number.isFinite(Number(raw)) ? Number(raw) : raw;
    case 'manyOf':
      return raw.split(';').filter((part) => part !== '');
    case 'date':
      return /^\d+$/.test(raw) ? new Date(Number(raw)).toISOString().slice(0, 10) : raw.slice(0, 10);
    case 'dateTime': {
      const at = /^\d+$/.test(raw) ? Number(raw) : Date.parse(raw);
      return Number.isNaN(at) ? raw : new Date(at).toISOString();
    }
    default:
      return raw;
  }
}

/** A typed value as the vendor wants it; an empty text clears. */
export function encodeValue(value: Value): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.join(';');
  return String(value);
}

/** Properties that every read needs, whatever is mapped. */
export const SYSTEM_PROPERTIES = [
  'email',
  'hs_additional_emails',
  'lifecyclestage',
  'lastmodifieddate',
  'createdate',
  'hs_merged_object_ids',
  'hubspot_owner_id',
  'firstname',
  'lastname',
] as const;

export interface DecodeContext {
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly leadStages: ReadonlySet<string>;
  readonly linkBackField: string | null;
  /** e.g. `https://app.hubspot.com/contacts/62515/record/0-1/`. */
  readonly recordUrl: string;
}

const list = (text: string | null | undefined): string[] =>
  (text ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Leads and contacts are one object here: the lifecycle stage tells which (BEHAVIOR.md, "Leads and contacts"). */
export const kindOf = (stage: string | null | undefined, leadStages: ReadonlySet<string>): Kind =>
  leadStages.has(stage ?? '') ? 'lead' : 'contact';

/** ISO 8601, or ms since 1970 as text: both are documented. */
function instantOf(text: string | null | undefined): number | null {
  if (text == null || text === '') return null;
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

export function decodeRecord(object: HubSpotObject, context: DecodeContext): RemoteRecord {
  const { properties } = object;
  const fields: Record<string, Value> = {};
  for (const [key, raw] of Object.entries(properties)) fields[key] = decodeValue(context.fields.get(key), raw);
  const modified = properties['lastmodifieddate'] ?? object.updatedAt;
  const email = properties['email'] ?? null;
  return {
    id: object.id,
    kind: kindOf(properties['lifecyclestage'], context.leadStages),
    fields: fields satisfies Fields,
    emails: [...(email === null || email === '' ? [] : [email]), ...list(properties['hs_additional_emails'])],
    linkBack: context.linkBackField === null ? null : (properties[context.linkBackField] ?? null) || null,
    formerIds: list(properties['hs_merged_object_ids']),
    modifiedAt: instantOf(modified) ?? 0,
    ...(object.createdAt == null ? {} : { createdAt: instantOf(object.createdAt) ?? 0 }),
    version: object.updatedAt ?? modified ?? null,
    url: object.url ?? `${context.recordUrl}${object.id}`,
    ...(properties['hubspot_owner_id'] ? { owner: properties['hubspot_owner_id'] } : {}),
  };
}
