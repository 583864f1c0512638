import { convertScalar, faulty, findOption, foldLabel, readable } from './convert.ts';
import type { Converted, LineCodec } from './decide.ts';
import type { FieldSchema, MappingLine, Value } from './model.ts';
import { isEmpty } from './value.ts';

type ToHub = ReturnType<LineCodec['toHub']>;

/** The stable id of a new hub list value, made from its first spelling. */
export const listKey = (label: string): string => {
  const key = foldLabel(label)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/gu, '');
  return key === '' ? 'value' : key;
};

/** The value table of a line, read towards the CRM: what the table makes of this hub value, or undefined. */
export function tableToCrm(line: MappingLine, hubLabel: string): string | undefined {
  if (line.values === undefined) return undefined;
  const folded = foldLabel(hubLabel);
  return Object.entries(line.values).find(([hub]) => foldLabel(hub) === folded)?.[1];
}

/** The table read backwards: the first hub value that becomes this CRM value. */
export function tableToHub(line: MappingLine, crmLabel: string): string | undefined {
  if (line.values === undefined) return undefined;
  const folded = foldLabel(crmLabel);
  return Object.entries(line.values).find(([, crm]) => foldLabel(crm) === folded)?.[0];
}

/** One choice towards the CRM: table, option id, label; an unknown one is `not_in_list` where the list is closed. */
export function optionToCrm(text: string, line: MappingLine, crmField: FieldSchema): Converted {
  const wanted = tableToCrm(line, text) ?? text;
  const option = findOption(crmField.options, wanted);
  if (option !== undefined) return { ok: true, value: option.id };
  if (crmField.restricted === false) return { ok: true, value: wanted };
  return faulty('not_in_list', crmField, { value: wanted.slice(0, 80) });
}

/** One choice towards the hub: table, then the hub's list; an unknown one is added or rejected as the line says (R21). */
export function optionToHub(text: string, line: MappingLine, hubField: FieldSchema): ToHub {
  const wanted = tableToHub(line, text) ?? text;
  const option = findOption(hubField.options, wanted);
  if (option !== undefined) return { ok: true, value: option.id };
  if (line.unknownValues === 'reject' || hubField.listId === undefined) {
    return faulty('unmapped_value', hubField, { value: wanted.slice(0, 80) });
  }
  return { ok: true, value: listKey(wanted), addsValue: { key: listKey(wanted), label: wanted.trim() } };
}

const parts = (value: Value): readonly string[] =>
  Array.isArray(value)
    ? value
    : String(value)
        .split(';')
        .map((part) => part.trim())
        .filter((part) => part !== '');

/** Any value towards a CRM list or out of a hub list, many-of included. */
export function listToCrm(hub: Value, line: MappingLine, hubField: FieldSchema, crmField: FieldSchema): Converted {
  if (isEmpty(hub)) return { ok: true, value: null };
  if (crmField.type === 'oneOf') return optionToCrm(readable(hub, hubField), line, crmField);
  if (crmField.type === 'manyOf') {
    const ids: string[] = [];
    for (const part of parts(hub)) {
      const one = optionToCrm(
        readable(part, hubField.type === 'manyOf' ? { ...hubField, type: 'oneOf' } : hubField),
        line,
        crmField,
      );
      if (!one.ok) return one;
      ids.push(String(one.value));
    }
    return { ok: true, value: [...new Set(ids)] };
  }
  const text = readable(hub, hubField);
  return convertScalar(tableToCrm(line, text) ?? text, { ...hubField, type: 'text' }, crmField);
}

export function listToHub(crm: Value, line: MappingLine, hubField: FieldSchema, crmField: FieldSchema): ToHub {
  if (isEmpty(crm)) return { ok: true, value: null };
  if (hubField.type === 'oneOf') return optionToHub(readable(crm, crmField), line, hubField);
  if (hubField.type === 'manyOf') {
    const ids: string[] = [];
    let added: { key: string; label: string } | undefined;
    for (const part of parts(crm)) {
      const one = optionToHub(
        readable(part, crmField.type === 'manyOf' ? { ...crmField, type: 'oneOf' } : crmField),
        line,
        hubField,
      );
      if (!one.ok) return one;
      ids.push(String(one.value));
      added ??= one.addsValue;
    }
    return { ok: true, value: [...new Set(ids)], ...(added === undefined ? {} : { addsValue: added }) };
  }
  const text = readable(crm, crmField);
  return convertScalar(tableToHub(line, text) ?? text, { ...crmField, type: 'text' }, hubField);
}
