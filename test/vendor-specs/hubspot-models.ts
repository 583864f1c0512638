import * as contacts from '@hubspot/api-client/lib/codegen/crm/contacts/index.js';
import * as owners from '@hubspot/api-client/lib/codegen/crm/owners/index.js';
import * as properties from '@hubspot/api-client/lib/codegen/crm/properties/index.js';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}
interface Model {
  getAttributeTypeMap(): readonly Attribute[];
}

const isModel = (value: unknown): value is Model => typeof value === 'function' && 'getAttributeTypeMap' in value;

/** The models that HubSpot generates its client from, by name: the only description of its API that may be used freely. */
const MODELS: ReadonlyMap<string, Model> = new Map(
  [...Object.entries(owners), ...Object.entries(properties), ...Object.entries(contacts)].flatMap(([name, value]) =>
    isModel(value) ? [[name, value] as const] : [],
  ),
);

/** Keys of the dated versions, which the client does not speak yet. */
const NEWER = new Set(['url']);

/** What a model has against a value: keys that it does not know, values of another type. */
export function complaintsOf(type: string, value: unknown, path = ''): string[] {
  if (value === null || value === undefined) return [];
  const list = /^(?:Array|Set)<(.+)>$/.exec(type)?.[1];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((one, index) => complaintsOf(list, one, `${path}/${index}`));
  }
  const entries = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (entries !== undefined) {
    if (typeof value !== 'object') return [`${path} is no map`];
    return Object.entries(value).flatMap(([key, one]) => complaintsOf(entries, one, `${path}/${key}`));
  }
  if (type.includes(' | ')) return complaintsOf(type.split(' | ')[0] ?? '', value, path);
  if (type === 'Date') return isTime(value) ? [] : [`${path} is no time`];
  const model = MODELS.get(type);
  if (model !== undefined) return complaintsOfModel(model, value, path);
  if (type === 'any') return [];
  return typeof value === type || isChoice(type, value) ? [] : [`${path} should be ${type}`];
}

const isTime = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value));
/** Lists of allowed words are types of their own in the client. */
const isChoice = (type: string, value: unknown): boolean => type.endsWith('Enum') && typeof value === 'string';

function complaintsOfModel(model: Model, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  const known = new Map(model.getAttributeTypeMap().map((one) => [one.baseName, one.type]));
  return Object.entries(value).flatMap(([key, one]) => {
    const type = known.get(key);
    if (type !== undefined) return complaintsOf(type, one, `${path}/${key}`);
    return NEWER.has(key) ? [] : [`${path}/${key} is not known`];
  });
}
