import type { ReadOptions } from '../kit/connector.ts';
import { quote } from './client.ts';
import { type DecodeContext, kindIn } from './codec.ts';
import {
  DELTA,
  type EntityName,
  keyOf,
  OF_PRIVATE_LEADS,
  PERMISSION,
  propertyName,
  systemProperties,
} from './entities.ts';
import { edmOf, isOn, OPT_OUT } from './fields.ts';

/** Only properties that this set has, system ones first. */
export function selected(entity: EntityName, asked: readonly string[], decode: DecodeContext): string[] {
  const kind = kindIn(entity, decode.settings);
  const known = decode.fields[kind];
  const names = (key: string): readonly string[] => {
    const field = known.get(key);
    if (field === undefined || !isOn(field, entity)) return [];
    const place = { entity, kind, isPrivate: false };
    const wanted = key === OPT_OUT ? PERMISSION[entity] : key;
    const other = entity === 'Lead' ? OF_PRIVATE_LEADS[wanted] : undefined;
    return [propertyName(wanted, place), ...(other === undefined ? [] : [other])];
  };
  const has = (property: string): boolean => {
    const field = known.get(keyOf(property, entity, kind));
    return field !== undefined && isOn(field, entity);
  };
  const system = systemProperties(entity).filter((name) => name === 'ObjectID' || name === DELTA || has(name));
  const back = decode.linkBackField === null ? [] : names(decode.linkBackField);
  return [...new Set([...system, ...back, ...asked.flatMap(names)])];
}

/** R11: a first load asks only for those whose sync field is ticked, where this set has the field. */
export function conditionOf(entity: EntityName, filter: ReadOptions['filter'], decode: DecodeContext): string | null {
  const kind = kindIn(entity, decode.settings);
  const field = filter === undefined ? undefined : decode.fields[kind].get(filter.field);
  if (filter === undefined || field === undefined || field.searchable === false || !isOn(field, entity)) return null;
  const name = propertyName(field.key, { entity, kind, isPrivate: false });
  const edm = edmOf(field);
  if (edm === 'Edm.Boolean') return /^(true|yes|1)$/i.test(String(filter.value)) ? `${name} eq true` : null;
  return edm === 'Edm.String' && typeof filter.value === 'string' ? `${name} eq ${quote(filter.value)}` : null;
}

/** The property that leads back to us, in the sets that have it and that find records by it. */
export const linkBackIn =
  (decode: DecodeContext) =>
  (entity: EntityName): string | null => {
    const kind = kindIn(entity, decode.settings);
    const field = decode.linkBackField === null ? undefined : decode.fields[kind].get(decode.linkBackField);
    return field !== undefined && field.searchable !== false && isOn(field, entity) ? field.key : null;
  };
