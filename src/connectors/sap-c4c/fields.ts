import type { FieldSchema, Kind, Option, ValueType } from '../../core/model.ts';
import type { Schema } from '../kit/connector.ts';
import { ACCOUNT_ID, ACCOUNT_NAME, type EntityName, entitiesOf, isEntityName, keyOf, PERMISSION } from './entities.ts';
import type { Property } from './metadata.ts';
import type { C4cSettings } from './settings.ts';

/** The virtual yes/no of the marketing permission (BEHAVIOR.md, "Marketing permission"). */
export const OPT_OUT = 'OptOut';

const TYPES: Readonly<Record<string, ValueType>> = {
  'Edm.String': 'text',
  'Edm.Guid': 'text',
  'Edm.Boolean': 'boolean',
  'Edm.DateTime': 'localDateTime',
  'Edm.DateTimeOffset': 'dateTime',
  'Edm.Decimal': 'number',
  'Edm.Double': 'number',
  'Edm.Int16': 'number',
  'Edm.Int32': 'number',
};

/**
 * The vendor's type and the sets that have the property: `Edm.String of Contact+IndividualCustomer`. Kept in the
 * description, because reading and writing must know both and the description is all that is kept between runs.
 */
const vendorType = (type: string, entities: readonly EntityName[]): string => `${type} of ${entities.join('+')}`;
export const edmOf = (field: FieldSchema | undefined): string => field?.vendorType?.split(' of ')[0] ?? 'Edm.String';
const entitiesIn = (field: FieldSchema): readonly EntityName[] =>
  (field.vendorType?.split(' of ')[1] ?? '').split('+').filter(isEntityName);
export const isOn = (field: FieldSchema, entity: EntityName): boolean => entitiesIn(field).includes(entity);
/** The code that means "no contact", as the description of the virtual yes/no keeps it. */
export const denyingCodeOf = (fields: ReadonlyMap<string, FieldSchema>): string | null => {
  const type = edmOf(fields.get(OPT_OUT));
  return type.startsWith('code ') ? type.slice('code '.length) : null;
};

export type CodeLists = ReadonlyMap<string, readonly Option[]>;
export type Types = ReadonlyMap<string, readonly Property[]>;

/** Both kinds of this connection, from the tenant's own description. */
export function schemaOf(types: Types, lists: CodeLists, settings: C4cSettings): Schema {
  const lead = fieldsOfKind('lead', types, { lists, settings });
  const contact = fieldsOfKind('contact', types, { lists, settings });
  return { version: versionOf([...lead, ...contact]), kinds: { lead, contact } };
}

/** Changes when anything that we use of a field changes. */
function versionOf(fields: readonly FieldSchema[]): string {
  let hash = 0;
  for (const char of JSON.stringify(fields)) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0;
  return `${fields.length}.${hash >>> 0}`;
}

interface Described {
  readonly lists: CodeLists;
  readonly settings: C4cSettings;
}

/** One field a property; where two sets play one kind, the first that has it describes it. */
function fieldsOfKind(kind: Kind, types: Types, described: Described): readonly FieldSchema[] {
  const fields = new Map<string, FieldSchema>();
  const entities = entitiesOf(kind, described.settings.roles);
  for (const entity of entities) {
    const properties = types.get(entity) ?? [];
    for (const property of properties.filter((one) => isMappable(one, properties))) {
      const key = keyOf(property.name, entity, kind);
      const known = fields.get(key);
      const field = known ?? fieldOf(property, key, described.lists);
      const on = [...(known === undefined ? [] : entitiesIn(known)), entity];
      // A field that only one of two sets demands is not demanded of the kind.
      const required = field.required && (known === undefined || !property.nullable);
      fields.set(key, { ...field, required, vendorType: vendorType(property.type, on) });
    }
  }
  const name = fields.get(ACCOUNT_NAME);
  if (name !== undefined) fields.set(ACCOUNT_NAME, { ...name, ...companyBy(types.get('Contact') ?? []) });
  const optOut = optOutOf(entities, types, described);
  return [...fields.values(), ...(optOut === null ? [] : [optOut])];
}

/** An account's name is read on the contact and written by the account's number, where the tenant lets us write that. */
function companyBy(properties: readonly Property[]): Partial<FieldSchema> {
  const id = properties.find((one) => one.name === ACCOUNT_ID);
  if (id === undefined || (!id.creatable && !id.updatable)) return {};
  return { company: true, calculated: false, writableOnCreate: id.creatable, writableOnUpdate: id.updatable };
}

/** Simple types; a text beside its code only where the code alone does not say what it means. */
function isMappable({ name, type }: Property, beside: readonly Property[]): boolean {
  if (TYPES[type] === undefined) return false;
  const code = name.endsWith('Text') ? beside.find((one) => one.name === name.slice(0, -'Text'.length)) : undefined;
  return code === undefined || code.context !== null;
}

function fieldOf(property: Property, key: string, lists: CodeLists): FieldSchema {
  const { name } = property;
  // What a code of a contextual list means depends on another field: the same code has two meanings.
  const options = property.valueHelp === null || property.context !== null ? undefined : lists.get(property.valueHelp);
  const isDescription = name.endsWith('Text');
  return {
    key,
    label: property.label ?? name,
    type: typeOf(property, options !== undefined),
    calculated: !property.creatable && !property.updatable,
    writableOnCreate: property.creatable && !isDescription,
    writableOnUpdate: property.updatable && !isDescription,
    // A lead's topic is made from the person's name where none is mapped (BEHAVIOR.md, "Objects").
    required: !property.nullable && property.creatable && name !== 'Name' && name !== 'ObjectID',
    custom: name.endsWith('_KUT'),
    ...(property.filterable ? {} : { searchable: false }),
    ...(property.type === 'Edm.String' && options === undefined && property.maxLength !== null
      ? { maxLength: property.maxLength }
      : {}),
    // Neither boxes nor numbers have an empty state (BEHAVIOR.md, "Values").
    ...(property.type === 'Edm.Boolean' ? { emptyIs: false } : {}),
    ...(TYPES[property.type] === 'number' ? { emptyIs: 0 } : {}),
    ...(typeOf(property, options !== undefined) === 'localDateTime' ? { resolutionMs: 1_000 } : {}),
    ...(property.type === 'Edm.Decimal' && property.scale !== null ? { scale: property.scale } : {}),
    ...(property.type.startsWith('Edm.Int') ? { scale: 0 } : {}),
    ...(options === undefined ? {} : { options, restricted: true }),
  };
}

function typeOf({ name, type, isDate }: Property, isList: boolean): ValueType {
  if (isList) return 'oneOf';
  if (/^(Contact|IndividualCustomer|Account)?E-?Mail$/i.test(name)) return 'email';
  if (/(Phone|Mobile)$/.test(name) && type === 'Edm.String') return 'phone';
  return isDate ? 'date' : (TYPES[type] ?? 'text');
}

/** A yes/no over the permission's code, where exactly one code says no. */
function optOutOf(entities: readonly EntityName[], types: Types, { lists, settings }: Described): FieldSchema | null {
  const having = entities.filter((entity) => permissionOf(entity, types) !== undefined);
  const property = having[0] === undefined ? undefined : permissionOf(having[0], types);
  if (property === undefined) return null;
  const named = settings.optOutCode;
  const code = named === '' ? denyingCode(lists.get(property.valueHelp ?? '') ?? []) : named;
  if (code === null) return null;
  return {
    key: OPT_OUT,
    label: 'No contact (marketing permission)',
    type: 'boolean',
    // No code at all does not say no.
    emptyIs: false,
    calculated: false,
    writableOnCreate: property.creatable,
    writableOnUpdate: property.updatable,
    required: false,
    custom: false,
    vendorType: vendorType(`code ${code}`, having),
  };
}

const permissionOf = (entity: EntityName, types: Types): Property | undefined =>
  types.get(entity)?.find((one) => one.name === PERMISSION[entity]);

/** The one code whose English description refuses contact; null: none, or several. */
export function denyingCode(options: readonly Option[]): string | null {
  const denying = options.filter(
    ({ label }) =>
      /\b(no|not|never|denied|prohibited|refused|opt(ed)?[- ]?out)\b/i.test(label) && !/restrict/i.test(label),
  );
  return denying.length === 1 ? (denying[0]?.id ?? null) : null;
}
