import type { FieldSchema, Kind, Value } from '../../core/model.ts';
import type { RemoteRecord } from '../kit/connector.ts';
import {
  ACCOUNT_ID,
  CONVERTED,
  CREATED,
  DELTA,
  EMAIL,
  type EntityName,
  fromUuid,
  kindOf,
  OBSOLETE,
  OF_PRIVATE_LEADS,
  OWNER,
  PERMISSION,
  PRIVATE_EMAIL,
  propertyName,
  READABLE_ID,
  recordId,
  STATUS,
} from './entities.ts';
import { edmOf, OPT_OUT } from './fields.ts';
import type { C4cSettings } from './settings.ts';

/** An entity as OData V2 answers it in JSON. */
export interface Entity {
  readonly ObjectID: string;
  readonly [key: string]: unknown;
}

/** `/Date(ms)/`, `/Date(ms+0060)/` or ISO, as ms since 1970 UTC. */
export function parseTime(raw: unknown): number | null {
  if (typeof raw !== 'string') return null;
  const at = Number(/^\/Date\((-?\d+)/.exec(raw)?.[1] ?? Number.NaN);
  const parsed = Number.isNaN(at) ? Date.parse(/[zZ]|[+-]\d\d:\d\d$/.test(raw) ? raw : `${raw}Z`) : at;
  return Number.isNaN(parsed) ? null : parsed;
}

/** Empty text stands for no value. */
export function decodeValue(field: FieldSchema | undefined, raw: unknown): Value {
  if (raw === null || raw === undefined || raw === '') return null;
  switch (field?.type) {
    case 'date':
    case 'dateTime':
    case 'localDateTime': {
      const at = parseTime(raw);
      if (at === null) return typeof raw === 'string' ? raw : null;
      const iso = new Date(at).toISOString();
      // Edm.DateTime has no zone: its digits are the value.
      return field.type === 'dateTime' ? iso : field.type === 'date' ? iso.slice(0, 10) : iso.slice(0, 19);
    }
    case 'number':
      return Number.isFinite(Number(raw)) ? Number(raw) : String(raw);
    case 'boolean':
      return typeof raw === 'boolean' ? raw : /^(true|x|1)$/i.test(String(raw));
    default:
      return typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean' ? raw : null;
  }
}

/** A typed value as a JSON body takes it; empty text clears a text, null anything else. */
export function encodeValue(field: FieldSchema | undefined, value: Value): unknown {
  switch (edmOf(field)) {
    case 'Edm.DateTime':
      return value === null ? null : `${String(value).slice(0, 10)}T${String(value).slice(11, 19) || '00:00:00'}`;
    case 'Edm.DateTimeOffset':
      return value === null ? null : `/Date(${Date.parse(String(value))})/`;
    case 'Edm.Decimal':
      return value === null ? null : String(value);
    case 'Edm.Boolean':
      // There is no third state.
      return value ?? false;
    case 'Edm.Double':
    case 'Edm.Int16':
    case 'Edm.Int32':
      return value;
    default:
      return value ?? '';
  }
}

export interface DecodeContext {
  readonly settings: C4cSettings;
  readonly fields: Readonly<Record<'lead' | 'contact', ReadonlyMap<string, FieldSchema>>>;
  readonly denyingCode: Readonly<Record<'lead' | 'contact', string | null>>;
  readonly linkBackField: string | null;
  readonly urlOf: (entity: EntityName, readableId: string, objectId: string) => string;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value : null);
export const etagOf = (entity: Entity): string | null => {
  const metadata = entity['__metadata'];
  return typeof metadata === 'object' && metadata !== null && 'etag' in metadata ? text(metadata.etag) : null;
};

/** A private person's lead: its values stand in properties of their own. */
export const isPrivateLead = (entity: EntityName, row: Entity): boolean =>
  entity === 'Lead' &&
  text(row['ContactEMail']) === null &&
  Object.values(OF_PRIVATE_LEADS).some((name) => text(row[name]) !== null);

export const isObsolete = (entity: EntityName, row: Entity): boolean =>
  entity !== 'Lead' && row[STATUS[entity]] === OBSOLETE;

/** A record's version is its ETag; a private person's lead says so in it, because a write must know (BEHAVIOR.md, "Versions"). */
const PRIVATE = 'private ';
const versionOf = (row: Entity, isPrivate: boolean): string | null => {
  const etag = etagOf(row);
  return etag === null ? null : `${isPrivate ? PRIVATE : ''}${etag}`;
};
export const readVersion = (version: string): { readonly etag: string; readonly isPrivate: boolean } =>
  version.startsWith(PRIVATE)
    ? { etag: version.slice(PRIVATE.length), isPrivate: true }
    : { etag: version, isPrivate: false };

export const kindIn = (entity: EntityName, settings: C4cSettings): 'lead' | 'contact' =>
  kindOf(entity, settings.roles) === 'lead' ? 'lead' : 'contact';

export function decodeEntity(row: Entity, entity: EntityName, context: DecodeContext): RemoteRecord {
  const kind = kindIn(entity, context.settings);
  const place = { entity, kind, isPrivate: isPrivateLead(entity, row) };
  const fields: Record<string, Value> = {};
  for (const [key, field] of context.fields[kind]) {
    const name = propertyName(key, place);
    if (name in row) fields[key] = decodeValue(field, row[name]);
  }
  const permission = row[propertyName(PERMISSION[entity], place)];
  const denying = context.denyingCode[kind];
  if (permission !== undefined && denying !== null) fields[OPT_OUT] = permission === denying;
  const email = text(row[place.isPrivate ? PRIVATE_EMAIL : EMAIL[entity]]);
  const created = parseTime(row[CREATED[entity]]);
  const owner = text(row[OWNER[entity]]);
  const readable = text(row[READABLE_ID[entity]]) ?? row.ObjectID;
  return {
    id: recordId(entity, row.ObjectID),
    kind,
    fields,
    emails: email === null ? [] : [email],
    linkBack: context.linkBackField === null ? null : text(row[context.linkBackField]),
    formerIds: [],
    modifiedAt: parseTime(row[DELTA]) ?? 0,
    ...(created === null ? {} : { createdAt: created }),
    version: versionOf(row, place.isPrivate),
    url: context.urlOf(entity, readable, row.ObjectID),
    ...(entity === 'Lead' && row[STATUS.Lead] === CONVERTED
      ? { convertedTo: { id: becameOf(row, place.isPrivate), kind: 'contact' as Kind } }
      : {}),
    ...(owner === null ? {} : { owner }),
    ...(entity === 'Contact' && ACCOUNT_ID in row ? { companyId: text(row[ACCOUNT_ID]) } : {}),
  };
}

/** The contact, or for a private person the customer, that a converted lead became; null: SAP names a company only. */
function becameOf(row: Entity, isPrivate: boolean): string | null {
  const contact = text(row['ContactUUID']);
  if (contact !== null) return fromUuid(contact);
  const account = text(row['AccountPartyUUID']);
  return account === null || !isPrivate ? null : recordId('IndividualCustomer', fromUuid(account));
}
