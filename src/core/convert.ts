import type { Converted } from './decide.ts';
import { emailKey } from './email.ts';
import { keptValue } from './kept-value.ts';
import type { Fault, FieldSchema, Value } from './model.ts';
import { roundTo } from './numbers.ts';
import { isEmpty } from './value.ts';
import { instantOf, localTime } from './zones.ts';

const TRUE = new Set(['true', 'yes', 'y', '1', 'on', 'oui', 'vrai']);
const FALSE = new Set(['false', 'no', 'n', '0', 'off', 'non', 'faux']);
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/;
const ZONED = /^\d{4}-\d{2}-\d{2}T.+(?:Z|[+-]\d{2}:?\d{2})$/i;
/** Decimal digits only: `0x10` or `1_000` would be a guess. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

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
  faulty('wrong_type', to, { expected: to.type, value: keptValue(String(value)) });

/** 30 February is no day. */
const isDay = (day: string): boolean => {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
};

/**
 * Brings a filled value of one field's type into another's. Total and pure. Lists are the caller's (`list-values.ts`).
 * Date, date-time and local date-time are three things: one becomes another only by a zone's calendar, never by cutting.
 * Declared losses: a date-time mapped to a date is the zone's day, a date mapped to a date-time the start of that day, a
 * number its text; anything else that does not fit is `wrong_type`.
 *
 * @param text the value as people read it
 * @param zone the zone in which the two sides' calendars are compared: the CRM account's
 */
export function convertScalar(value: Value, text: string, to: FieldSchema, zone: string): Converted {
  if (isEmpty(value)) return ok(null);
  const isText = to.type === 'text' || to.type === 'longText';
  if (Array.isArray(value) && !isText) return wrongType(to, value);
  const clean = text.normalize('NFC').trim();
  switch (to.type) {
    case 'text':
    case 'longText':
    case 'phone':
    case 'url':
      return ok(clean);
    case 'email':
      return emailKey(clean) === null ? faulty('invalid_email', to, { value: keptValue(clean) }) : ok(clean);
    case 'number':
      return typeof value !== 'boolean' && NUMBER.test(clean) && Number.isFinite(Number(clean))
        ? ok(roundTo(Number(clean), to.scale))
        : wrongType(to, value);
    case 'boolean': {
      const truth = truthOf(clean);
      return truth === null ? wrongType(to, value) : ok(truth);
    }
    case 'date':
    case 'dateTime':
    case 'localDateTime': {
      const moment = momentOf(clean, zone);
      return moment === null ? wrongType(to, value) : ok(moment[to.type]());
    }
    default:
      return wrongType(to, value);
  }
}

/** Yes, no, or neither, in the spellings that CRMs and people use. */
export function truthOf(text: string): boolean | null {
  const folded = text.trim().toLowerCase();
  if (TRUE.has(folded)) return true;
  return FALSE.has(folded) ? false : null;
}

type Moment = Readonly<Record<'date' | 'dateTime' | 'localDateTime', () => string>>;

/** A day, an instant or a local time, as each of the three kinds of field would hold it; null: it is none. */
function momentOf(text: string, zone: string): Moment | null {
  if (DATE.test(text) || LOCAL.test(text)) {
    const day = text.slice(0, 10);
    const local = text.length === 10 ? `${text}T00:00:00` : text;
    if (!isDay(day) || Number.isNaN(Date.parse(`${local}Z`))) return null;
    return {
      date: () => day,
      localDateTime: () => local,
      dateTime: () => new Date(instantOf(local, zone)).toISOString(),
    };
  }
  const at = ZONED.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return null;
  return {
    date: () => localTime(at, zone).slice(0, 10),
    localDateTime: () => localTime(at, zone),
    dateTime: () => new Date(at).toISOString(),
  };
}
