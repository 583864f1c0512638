import { convertScalar, faulty, truthOf } from './convert.ts';
import type { AddedValue, Converted, LineCodec } from './decide.ts';
import { keptValue } from './kept-value.ts';
import { foldLabel, LABEL_MAX, type OptionBook, readable, valueKey } from './labels.ts';
import type { FieldSchema, MappingLine, Option, Value } from './model.ts';
import { isEmpty } from './value.ts';

type ToHub = ReturnType<LineCodec['toHub']>;

/** Which hub value a CRM option is, by the CRM's stable ids (R21): a label that is changed there changes nothing here. */
export interface OptionLinks {
  readonly toHub: ReadonlyMap<string, string>;
  readonly toCrm: ReadonlyMap<string, string>;
}
export const NO_LINKS: OptionLinks = { toHub: new Map(), toCrm: new Map() };

/** One line's two lists, and what the mapping says about single values. */
export interface ListLine {
  readonly line: MappingLine;
  readonly hubField: FieldSchema;
  readonly crmField: FieldSchema;
  readonly hub: OptionBook;
  readonly crm: OptionBook;
  readonly links: OptionLinks;
  readonly zone: string;
  /** Folded hub label or key → what the value table makes of it. */
  readonly table: ReadonlyMap<string, string>;
  /** The table read backwards: the first hub value that becomes this CRM value. */
  readonly backwards: ReadonlyMap<string, string>;
  readonly leftOut: ReadonlySet<string>;
}

/** The mapping's own words about single values, ready to be asked. */
export function valueTables(line: MappingLine): Pick<ListLine, 'table' | 'backwards' | 'leftOut'> {
  const entries = Object.entries(line.values ?? {}).flatMap(([hub, crm]) =>
    (typeof crm === 'string' ? [crm] : crm).map((one) => [hub, one] as const),
  );
  const first = (pairs: readonly (readonly [string, string])[]): Map<string, string> =>
    new Map([...pairs].reverse().map(([from, to]) => [foldLabel(from), to]));
  return {
    table: first(entries),
    backwards: first(entries.map(([hub, crm]) => [crm, hub] as const)),
    leftOut: new Set((line.leaveOut ?? []).map(foldLabel)),
  };
}

const LEFT_OUT = { ok: false, fault: null } as const;
const isLeftOut = (tables: Pick<ListLine, 'leftOut'>, ...texts: readonly string[]): boolean =>
  tables.leftOut.size > 0 && texts.some((text) => tables.leftOut.has(foldLabel(text)));
const inTable = (table: ReadonlyMap<string, string>, ...texts: readonly string[]): string | undefined =>
  table.size === 0 ? undefined : texts.map((text) => table.get(foldLabel(text))).find((found) => found !== undefined);

/** One choice towards the CRM: what the mapping says, then the linked option, then its label; else `not_in_list`. */
function optionToCrm(lists: ListLine, given: string): Converted {
  const { crm, crmField, hub, links } = lists;
  const label = hub.label(given);
  if (isLeftOut(lists, label, given)) return LEFT_OUT;
  const mapped = inTable(lists.table, label, given);
  const linked = links.toCrm.get(given);
  const option =
    mapped === undefined
      ? ((linked === undefined ? undefined : crm.byId(linked)) ?? findByAnySpelling(crm, hub.byId(given), label))
      : crm.find(mapped);
  if (option !== undefined) return { ok: true, value: option.id };
  const wanted = mapped ?? label;
  if (crmField.restricted === false) return { ok: true, value: wanted };
  return faulty('not_in_list', crmField, { value: keptValue(wanted) });
}

const findByAnySpelling = (crm: OptionBook, own: Option | undefined, label: string): Option | undefined =>
  crm.find(label) ?? own?.spellings?.map((spelling) => crm.find(spelling)).find((found) => found !== undefined);

/**
 * One choice towards the hub: what the mapping says, then the linked value, then its label. An unknown one is added or
 * rejected as the line says; one that a person removed is never added again (R21).
 */
function optionToHub(lists: ListLine, given: string): ToHub {
  const { crm, hub, hubField, line, links } = lists;
  const label = crm.label(given);
  if (isLeftOut(lists, label, given)) return LEFT_OUT;
  const mapped = inTable(lists.backwards, label, given);
  const linked = links.toHub.get(given);
  const option =
    mapped === undefined
      ? ((linked === undefined ? undefined : hub.byId(linked)) ?? hub.find(label))
      : hub.find(mapped);
  const wanted = (mapped ?? label).normalize('NFC').trim();
  const value = keptValue(wanted);
  if (option !== undefined && !option.active) return faulty('unmapped_value', hubField, { value, why: 'removed' });
  if (option !== undefined) return { ok: true, value: option.id };
  const mayAdd = (line.unknownValues !== 'reject' || mapped !== undefined) && hubField.listId !== undefined;
  if (!mayAdd || [...wanted].length > LABEL_MAX) return faulty('unmapped_value', hubField, { value });
  const key = valueKey(wanted);
  return { ok: true, value: key, addsValues: [{ key, label: wanted }] };
}

/** The single choices of a value: a list's entries, or a text with `;` between them where no option is called so. */
function parts(value: Value, field: FieldSchema, target: OptionBook): readonly string[] {
  if (Array.isArray(value)) return value;
  const text = String(value);
  if (field.type === 'oneOf' || target.find(text) !== undefined) return [text];
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Yes and no find the options that say so. */
function optionOfTruth(value: Value, options: readonly Option[] | undefined): string | undefined {
  if (typeof value !== 'boolean') return undefined;
  const says = (option: Option): boolean => truthOf(option.label) === value || truthOf(option.id) === value;
  return options?.find((option) => option.active && says(option))?.id ?? options?.find(says)?.id;
}

const truthText = (value: Value): string => (value === true ? 'Yes' : value === false ? 'No' : String(value));

/** Any value towards a CRM list, or out of a hub list. */
export function listToCrm(lists: ListLine, value: Value): Converted {
  const { hub, hubField, crm, crmField } = lists;
  if (isEmpty(value)) return { ok: true, value: null };
  // What the mapping says of yes or no goes before options that say so themselves.
  const isInTable = typeof value === 'boolean' && inTable(lists.table, truthText(value)) !== undefined;
  const truth = isInTable ? undefined : optionOfTruth(value, crmField.options);
  if (crmField.type === 'oneOf') {
    if (Array.isArray(value) && value.length > 1)
      return faulty('wrong_type', crmField, { expected: 'oneOf', value: keptValue(readable(value, hubField, hub)) });
    return optionToCrm(lists, truth ?? (Array.isArray(value) ? (value[0] ?? '') : truthText(value)));
  }
  if (crmField.type === 'manyOf')
    return gather(
      parts(truth ?? (typeof value === 'boolean' ? truthText(value) : value), hubField, crm).map((part) =>
        optionToCrm(lists, part),
      ),
    );
  const text = readable(value, hubField, hub);
  if (isLeftOut(lists, text)) return LEFT_OUT;
  return convertScalar(
    value,
    inTable(lists.table, text, String(value), truthText(value)) ?? text,
    crmField,
    lists.zone,
  );
}

/** Any value towards a hub list, or out of a CRM list. */
export function listToHub(lists: ListLine, value: Value): ToHub {
  const { hub, hubField, crm, crmField } = lists;
  if (isEmpty(value)) return { ok: true, value: null };
  const truth = optionOfTruth(value, hubField.options);
  if (hubField.type === 'oneOf') {
    if (Array.isArray(value) && value.length > 1)
      return faulty('wrong_type', hubField, { expected: 'oneOf', value: keptValue(readable(value, crmField, crm)) });
    return optionToHub(lists, truth ?? (Array.isArray(value) ? (value[0] ?? '') : truthText(value)));
  }
  if (hubField.type === 'manyOf')
    return gather(parts(truth ?? value, crmField, hub).map((part) => optionToHub(lists, part)));
  const text = readable(value, crmField, crm);
  if (isLeftOut(lists, text)) return LEFT_OUT;
  return convertScalar(
    value,
    inTable(lists.backwards, text, String(value), truthText(value)) ?? text,
    hubField,
    lists.zone,
  );
}

/** The choices of one value together: one that cannot be carried stops them all; those left out are left out. */
function gather(choices: readonly ToHub[]): ToHub {
  const ids: string[] = [];
  const added: AddedValue[] = [];
  for (const choice of choices) {
    if (choice.ok) {
      ids.push(String(choice.value));
      added.push(...(choice.addsValues ?? []));
    } else if (choice.fault !== null) return choice;
  }
  // Nothing but values that are left out: not carried at all, which is not the same as empty.
  if (ids.length === 0) return LEFT_OUT;
  return { ok: true, value: [...new Set(ids)], ...(added.length === 0 ? {} : { addsValues: added }) };
}

/**
 * Of a list of several: what the target holds and the line leaves out stays there beside what is carried (R21), because a
 * write replaces the whole list.
 */
export function keepLeftOut(lists: ListLine, side: 'hub' | 'crm', value: Value, present: Value): Value {
  const field = side === 'hub' ? lists.hubField : lists.crmField;
  const book = side === 'hub' ? lists.hub : lists.crm;
  if (field.type !== 'manyOf' || !Array.isArray(present)) return value;
  const kept = present.filter((id: string) => isLeftOut(lists, book.label(id), id));
  if (kept.length === 0) return value;
  const carried: readonly string[] = Array.isArray(value) ? value : value === null ? [] : [String(value)];
  return [...new Set([...carried, ...kept])];
}
