import type { Converted } from './decide.ts';
import { emailKey } from './email.ts';
import type { Fault, FieldSchema, Option, Value } from './model.ts';
import { isEmpty } from './value.ts';

const TRUE = new Set(['true', 'yes', 'y', '1', 'on', 'oui', 'vrai']);
const FALSE = new Set(['false', 'no', 'n', '0', 'off', 'non', 'faux']);
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/;
const ZONED = /^\d{4}-\d{2}-\d{2}T.+(?:Z|[+-]\d{2}:?\d{2})$/i;

const ok = (value: Value): Converted => ({ ok: true, value });
export const faulty = (
  reason: Fault['reason'],
  field: FieldSchema,
  params: Fault['params'] = {},
): { ok: false; fault: Fault } => ({
  ok: false,
  fault: { reason, field: field.key, params: { label: field.label, ...params } },
});
const wrongType = (to: FieldSchema, value: Value): Converted =>
  faulty('wrong_type', to, { expected: to.type, value: String(value).slice(0, 80) });

/** How labels are compared: `CEO`, `ceo ` and `Ceo` are one value (R21). */
export const foldLabel = (label: string): string => label.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase();

/** The option a text means: by id, by label, or undefined. */
export function findOption(options: readonly Option[] | undefined, text: string): Option | undefined {
  const folded = foldLabel(text);
  return (
    options?.find((option) => option.id === text) ??
    options?.find((option) => foldLabel(option.label) === folded) ??
    options?.find((option) => foldLabel(option.id) === folded)
  );
}

/** A value as people read it: option ids become labels. */
export function readable(value: Value, from: FieldSchema): string {
  const label = (id: string): string => findOption(from.options, id)?.label ?? id;
  if (Array.isArray(value)) return value.map(label).join(';');
  return from.type === 'oneOf' && typeof value === 'string' ? label(value) : String(value);
}

/**
 * Brings a filled value of one field's type into another's. Total and pure. Lists are the caller's (`list-values.ts`).
 * Declared losses: a date-time becomes its UTC day, a number its text; anything else that does not fit is `wrong_type`.
 */
export function convertScalar(value: Value, from: FieldSchema, to: FieldSchema): Converted {
  if (isEmpty(value)) return ok(null);
  if (Array.isArray(value) && to.type !== 'text' && to.type !== 'longText') return wrongType(to, value);
  const text = readable(value, from).normalize('NFC').trim();
  switch (to.type) {
    case 'text':
    case 'longText':
    case 'phone':
    case 'url':
      return ok(text);
    case 'email':
      return emailKey(text) === null ? faulty('invalid_email', to, { value: text.slice(0, 80) }) : ok(text);
    case 'number':
      return toNumber(text, to, value);
    case 'boolean':
      return toBoolean(text, to, value);
    case 'date':
      if (DATE.test(text)) return ok(text);
      if (ZONED.test(text) && !Number.isNaN(Date.parse(text)))
        return ok(new Date(Date.parse(text)).toISOString().slice(0, 10));
      return LOCAL.test(text) ? ok(text.slice(0, 10)) : wrongType(to, value);
    case 'dateTime':
      if (DATE.test(text)) return ok(`${text}T00:00:00.000Z`);
      return ZONED.test(text) && !Number.isNaN(Date.parse(text))
        ? ok(new Date(Date.parse(text)).toISOString())
        : wrongType(to, value);
    case 'localDateTime':
      if (DATE.test(text)) return ok(`${text}T00:00:00`);
      return LOCAL.test(text) ? ok(text) : wrongType(to, value);
    default:
      return wrongType(to, value);
  }
}

function toNumber(text: string, to: FieldSchema, value: Value): Converted {
  if (typeof value === 'boolean') return wrongType(to, value);
  const number = Number(text);
  if (!Number.isFinite(number)) return wrongType(to, value);
  return ok(to.scale === undefined ? number : Math.round(number * 10 ** to.scale) / 10 ** to.scale);
}

function toBoolean(text: string, to: FieldSchema, value: Value): Converted {
  const folded = text.toLowerCase();
  if (TRUE.has(folded)) return ok(true);
  return FALSE.has(folded) ? ok(false) : wrongType(to, value);
}
