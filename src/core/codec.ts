import { convertScalar, faulty } from './convert.ts';
import type { Converted, LineCodec } from './decide.ts';
import { listToCrm, listToHub } from './list-values.ts';
import type { FieldSchema, MappingLine, Value } from './model.ts';
import { type PhoneKey, sameValue } from './same.ts';
import { isEmpty, normalise } from './value.ts';

const LISTS = new Set(['oneOf', 'manyOf']);

/**
 * How one line carries values between a hub field and a CRM field. Total and pure; never cuts a value on its way out
 * (`too_long` instead, R15), but knows what a CRM that cuts, rounds or re-spells would hand back (R3).
 */
export function lineCodec(
  line: MappingLine,
  hubField: FieldSchema,
  crmField: FieldSchema,
  phoneKey: PhoneKey,
): LineCodec {
  const usesLists = LISTS.has(hubField.type) || LISTS.has(crmField.type) || line.values !== undefined;
  const bare = (hub: Value): Converted =>
    usesLists ? listToCrm(hub, line, hubField, crmField) : convertScalar(hub, hubField, crmField);
  const sameHub = (a: Value, b: Value): boolean => sameValue(hubField, a, b, phoneKey);
  const sameCrm = (a: Value, b: Value): boolean => sameValue(crmField, a, b, phoneKey);

  const toHub: LineCodec['toHub'] = (crm) => {
    if (isEmpty(crm)) return { ok: true, value: null };
    // R20b: the default stands for empty on the way back.
    if (line.default !== undefined && line.default !== null && sameCrm(crm, line.default))
      return { ok: true, value: null };
    const converted = usesLists ? listToHub(crm, line, hubField, crmField) : convertScalar(crm, crmField, hubField);
    return converted.ok ? tooLong(converted, hubField) : converted;
  };
  const toCrm: LineCodec['toCrm'] = (hub) => {
    const converted = bare(hub);
    return converted.ok ? tooLong(converted, crmField) : converted;
  };
  const roundTrip: LineCodec['roundTrip'] = (hub) => {
    const converted = bare(hub);
    if (!converted.ok) return normalise(hub);
    const back = toHub(asStored(converted.value, crmField));
    return back.ok ? back.value : normalise(hub);
  };
  return { toHub, toCrm, roundTrip, sameHub, sameCrm };
}

function tooLong<T extends Converted>(converted: T, field: FieldSchema): T | Extract<Converted, { ok: false }> {
  if (!converted.ok || field.maxLength === undefined || typeof converted.value !== 'string') return converted;
  const length = [...converted.value].length;
  return length <= field.maxLength ? converted : faulty('too_long', field, { max: field.maxLength, length });
}

/** What a CRM that cuts and re-spells would hold after this was sent. */
function asStored(value: Value, field: FieldSchema): Value {
  if (typeof value !== 'string') return value;
  const spelt = field.storedLowerCase === true ? value.toLowerCase() : value;
  return field.maxLength === undefined ? spelt : [...spelt].slice(0, field.maxLength).join('').trim();
}
