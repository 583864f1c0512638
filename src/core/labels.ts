import type { FieldSchema, Option, Value } from './model.ts';

/** How labels are compared: `CEO`, `ceo ` and `Ceo` are one value (R21). */
export const foldLabel = (label: string): string => label.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase();

/** Longer texts are no list values. */
export const LABEL_MAX = 200;

/**
 * The stable id of a new list value, made from its first spelling. Two different spellings have two different ids:
 * where a character would be lost (`C++`, `C#`), a short hash of the spelling stands behind.
 */
export function valueKey(label: string): string {
  const folded = foldLabel(label);
  const key = folded.replace(/[^\p{L}\p{M}\p{N}]+/gu, '_');
  const isWhole = key.replaceAll('_', ' ') === folded;
  return isWhole ? key : `${key.replace(/^_|_$/gu, '')}_${shortHash(folded)}`.replace(/^_/u, 'v_');
}

/** FNV-1a, 32 bits, in base 36: enough to tell the spellings of one list apart. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash.toString(36);
}

/** The options of one list, to be asked many times. */
export interface OptionBook {
  /** What a text means: an id, a label, another spelling, or an id in other letters; options in use first. */
  find(text: string): Option | undefined;
  byId(id: string): Option | undefined;
  /** The label of an id; the id itself where the list does not know it. */
  label(id: string): string;
}

export function optionBook(options: readonly Option[] | undefined): OptionBook {
  const ids = new Map<string, Option>();
  const texts = new Map<string, Option>();
  const keep = (map: Map<string, Option>, key: string, option: Option): void => {
    const known = map.get(key);
    if (known === undefined || (!known.active && option.active)) map.set(key, option);
  };
  for (const option of options ?? []) keep(ids, option.id, option);
  for (const option of options ?? []) keep(texts, foldLabel(option.label), option);
  for (const option of options ?? [])
    for (const spelling of option.spellings ?? []) keep(texts, foldLabel(spelling), option);
  for (const option of options ?? []) if (!texts.has(foldLabel(option.id))) texts.set(foldLabel(option.id), option);
  return {
    find: (text) => ids.get(text) ?? texts.get(foldLabel(text)),
    byId: (id) => ids.get(id),
    label: (id) => ids.get(id)?.label ?? id,
  };
}

/** A value as people read it: option ids become labels, several of them joined by `;`. */
export function readable(value: Value, field: FieldSchema, book: OptionBook): string {
  if (Array.isArray(value)) return value.map((id: string) => book.label(id)).join(';');
  const isOption = typeof value === 'string' && (field.type === 'oneOf' || field.type === 'manyOf');
  return isOption ? book.label(value) : String(value);
}
