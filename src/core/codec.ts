import { convertScalar, faulty } from './convert.ts';
import type { Converted, LineCodec } from './decide.ts';
import { keptValue } from './kept-value.ts';
import { optionBook, readable } from './labels.ts';
import {
  keepLeftOut,
  type ListLine,
  listToCrm,
  listToHub,
  NO_LINKS,
  type OptionLinks,
  valueTables,
} from './list-values.ts';
import type { FieldSchema, MappingLine, Value } from './model.ts';
import { type PhoneKey, sameValue } from './same.ts';
import { isEmpty, normalise } from './value.ts';

const LISTS = new Set(['oneOf', 'manyOf']);

/** What a line's codec needs beside the line and its two fields. */
export interface CodecContext {
  readonly phoneKey: PhoneKey;
  /** In which calendar a day of one side and an instant of the other meet; default UTC. */
  readonly zone?: string;
  /** Which CRM options are known to be which hub values. */
  readonly links?: OptionLinks;
}

/**
 * How one line carries values between a hub field and a CRM field. Total and pure; never cuts a value on its way out
 * (`too_long` instead, R15), but knows what a CRM that cuts, rounds or re-spells would hand back (R3).
 */
export function lineCodec(
  line: MappingLine,
  hubField: FieldSchema,
  crmField: FieldSchema,
  context: CodecContext,
): LineCodec {
  const { phoneKey, zone = 'UTC' } = context;
  const lists: ListLine = {
    line,
    hubField,
    crmField,
    zone,
    links: context.links ?? NO_LINKS,
    hub: optionBook(hubField.options),
    crm: optionBook(crmField.options),
    ...valueTables(line),
  };
  const usesLists =
    LISTS.has(hubField.type) || LISTS.has(crmField.type) || lists.table.size > 0 || lists.leftOut.size > 0;
  const bare = (hub: Value): Converted =>
    usesLists ? listToCrm(lists, hub) : convertScalar(hub, readable(hub, hubField, lists.hub), crmField, zone);
  const sameHub = (a: Value, b: Value): boolean => sameValue(hubField, a, b, phoneKey);
  const sameCrm = (a: Value, b: Value): boolean => sameValue(crmField, a, b, phoneKey);

  const standIn = standInOf(line.default ?? null, crmField, lists);

  const toHub: LineCodec['toHub'] = (crm) => {
    if (isEmpty(crm)) return { ok: true, value: null };
    // R20b: the default stands for empty on the way back.
    if (standIn !== null && sameCrm(crm, standIn)) return { ok: true, value: null };
    const converted = usesLists
      ? listToHub(lists, crm)
      : convertScalar(crm, readable(crm, crmField, lists.crm), hubField, zone);
    return converted.ok ? tooLong(converted, hubField) : converted;
  };
  const toCrm: LineCodec['toCrm'] = (hub) => {
    const converted = bare(hub);
    return converted.ok ? tooLong({ ok: true, value: atResolution(converted.value, crmField) }, crmField) : converted;
  };
  const roundTrip: LineCodec['roundTrip'] = (hub) => {
    const converted = bare(hub);
    if (!converted.ok) return normalise(hub);
    const back = toHub(asStored(converted.value, crmField));
    return back.ok ? back.value : normalise(hub);
  };
  return {
    toHub,
    toCrm,
    roundTrip,
    standIn,
    beside: (side, value, present) => keepLeftOut(lists, side, value, present),
    sameHub,
    sameCrm,
  };
}

/** A default is given as people say it: a label, a number's digits, `yes`. One that does not fit is left as it is. */
function standInOf(given: Value, crmField: FieldSchema, { crm, zone }: ListLine): Value {
  if (isEmpty(given)) return null;
  if (crmField.type === 'oneOf') return crm.find(String(given))?.id ?? given;
  if (crmField.type === 'manyOf') return [crm.find(String(given))?.id ?? String(given)];
  const converted = convertScalar(given, String(given), crmField, zone);
  return converted.ok ? converted.value : given;
}

function tooLong<T extends Converted>(converted: T, field: FieldSchema): T | Extract<Converted, { ok: false }> {
  if (!converted.ok || field.maxLength === undefined || typeof converted.value !== 'string') return converted;
  // As the vendors' databases and their checks count: an emoji is two. Who counts it as one takes it all the more.
  const { length } = converted.value;
  return length <= field.maxLength
    ? converted
    : faulty('too_long', field, { max: field.maxLength, length, value: keptValue(converted.value) });
}

/** Times are sent at the resolution that the side keeps. */
function atResolution(value: Value, field: FieldSchema): Value {
  const { resolutionMs, type } = field;
  if (typeof value !== 'string' || resolutionMs === undefined) return value;
  if (type !== 'dateTime' && type !== 'localDateTime') return value;
  const zone = type === 'dateTime' ? '' : 'Z';
  const kept = new Date(Math.floor(Date.parse(`${value}${zone}`) / resolutionMs) * resolutionMs).toISOString();
  return type === 'dateTime' ? kept : kept.slice(0, 19);
}

/** What a CRM that cuts and re-spells would hold after this was sent. */
function asStored(value: Value, field: FieldSchema): Value {
  if (isEmpty(value)) return field.emptyIs ?? null;
  if (typeof value !== 'string') return value;
  const spelt = field.storedLowerCase === true ? value.toLowerCase() : value;
  if (field.type === 'dateTime' || field.type === 'localDateTime') return atResolution(spelt, field);
  return field.maxLength === undefined || spelt.length <= field.maxLength ? spelt : cut(spelt, field.maxLength);
}

/** At most so long, never half a character. */
function cut(text: string, max: number): string {
  let kept = '';
  for (const char of text) {
    if (kept.length + char.length > max) break;
    kept += char;
  }
  return kept.trim();
}
