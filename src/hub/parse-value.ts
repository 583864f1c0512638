import { emailKey } from '../core/email.ts';
import type { InputProblem } from '../core/invalid-input.ts';
import { type OptionBook, optionBook } from '../core/labels.ts';
import type { FieldSchema, Value } from '../core/model.ts';

export type Parsed = { readonly value: Value } | { readonly problem: Omit<InputProblem, 'path'> };

const bad = (code: string, params: Readonly<Record<string, string | number>> = {}): Parsed => ({
  problem: { code, params },
});

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?$/;
const TRUE = new Set(['true', 'yes', 'oui', '1', 'y', 'o', 'vrai']);
const FALSE = new Set(['false', 'no', 'non', '0', 'n', 'faux']);

/**
 * Reads what a person, a file or a program gives for a hub field into its stored form (`core/model.ts`, `Value`).
 * Empty text, blanks, null and an empty list are the one empty value (R20). Never a guess: what does not fit is a problem.
 */
export function parseValue(field: FieldSchema, input: unknown): Parsed {
  if (field.calculated) return bad('calculated', { field: field.key });
  if (input === null || input === undefined) return { value: null };
  if (Array.isArray(input)) return parseMany(field, input);
  if (typeof input === 'object') return bad('wrong_type', { expected: field.type });
  const text = String(input).normalize('NFC').trim();
  if (text === '') return { value: null };
  if (field.maxLength !== undefined && text.length > field.maxLength) return bad('too_long', { max: field.maxLength });
  return parseText(field, text);
}

function parseText(field: FieldSchema, text: string): Parsed {
  switch (field.type) {
    case 'text':
    case 'longText':
    case 'phone':
      return { value: text };
    case 'url':
      return URL.canParse(text) || URL.canParse(`https://${text}`)
        ? { value: text }
        : bad('wrong_type', { expected: 'url' });
    case 'email':
      return emailKey(text) === null ? bad('invalid_email', { value: text }) : { value: text };
    case 'number': {
      const number = Number(text);
      return Number.isFinite(number) ? { value: number } : bad('wrong_type', { expected: 'number' });
    }
    case 'boolean': {
      const folded = text.toLowerCase();
      if (TRUE.has(folded)) return { value: true };
      return FALSE.has(folded) ? { value: false } : bad('wrong_type', { expected: 'boolean' });
    }
    case 'date':
      return DATE.test(text) && isDay(text) ? { value: text } : bad('wrong_type', { expected: 'date' });
    case 'dateTime': {
      const instant = Date.parse(text);
      return Number.isNaN(instant) || !/(?:[zZ]|[+-]\d{2}:?\d{2})$/.test(text)
        ? bad('wrong_type', { expected: 'dateTime' })
        : { value: new Date(instant).toISOString() };
    }
    case 'localDateTime':
      return LOCAL.test(text) && isDay(text.slice(0, 10))
        ? { value: text }
        : bad('wrong_type', { expected: 'localDateTime' });
    case 'oneOf':
      return parseOption(field, text);
    case 'manyOf':
      return parseMany(field, text.split(/[;,]/u));
  }
}

/** 30 February is no day. */
const isDay = (text: string): boolean => {
  const instant = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
};

function parseOption(field: FieldSchema, text: string): Parsed {
  const option = bookOf(field).find(text);
  return option?.active !== true ? bad('not_in_list', { value: text.slice(0, 80) }) : { value: option.id };
}

/** Books are made once for a field, not once for each of a file's rows. */
const books = new WeakMap<FieldSchema, OptionBook>();
function bookOf(field: FieldSchema): OptionBook {
  const known = books.get(field);
  if (known !== undefined) return known;
  const made = optionBook(field.options);
  books.set(field, made);
  return made;
}

function parseMany(field: FieldSchema, inputs: readonly unknown[]): Parsed {
  if (field.type !== 'manyOf') return bad('wrong_type', { expected: field.type });
  const ids = new Set<string>();
  for (const input of inputs) {
    const text = String(input).trim();
    if (text === '') continue;
    const parsed = parseOption(field, text);
    if ('problem' in parsed) return parsed;
    ids.add(String(parsed.value));
  }
  return { value: ids.size === 0 ? null : [...ids] };
}
