import { emailKey } from './email.ts';
import { foldLabel } from './labels.ts';
import type { FieldSchema, Value } from './model.ts';
import { roundTo } from './numbers.ts';
import { isSame, normalise } from './value.ts';

/** When two spellings are one phone number: the E.164 form, or null where it does not parse. Given by the caller. */
export type PhoneKey = (raw: string) => string | null;

/** Digits and a leading plus: good enough where no library is at hand. */
export const plainPhoneKey: PhoneKey = (raw) => {
  const digits = raw.replace(/[^\d+]/gu, '');
  return digits === '' ? null : digits;
};

const text = (value: Value): string => String(value).normalize('NFC').replace(/\r\n?/gu, '\n').trim();

/** ms, at the side's own resolution. */
const instant = (time: string, resolutionMs = 1): number => Math.floor(Date.parse(time) / resolutionMs);

/** Both empty, or the same value by the rules of the field's type (R20). */
export function sameValue(field: FieldSchema, a: Value, b: Value, phoneKey: PhoneKey): boolean {
  const left = normalise(a);
  const right = normalise(b);
  if (isSame(left, right)) return true;
  if (left === null || right === null || Array.isArray(left) || Array.isArray(right)) return false;
  // A company of that name is one company, however the name is written (R25).
  if (field.company === true) return foldLabel(text(left)) === foldLabel(text(right));
  switch (field.type) {
    case 'email':
      return (
        (emailKey(text(left)) ?? text(left).toLowerCase()) === (emailKey(text(right)) ?? text(right).toLowerCase())
      );
    case 'phone': {
      const key = phoneKey(text(left));
      return key !== null ? key === phoneKey(text(right)) : text(left) === text(right);
    }
    case 'number':
      return roundTo(Number(left), field.scale) === roundTo(Number(right), field.scale);
    case 'dateTime':
      return instant(text(left), field.resolutionMs) === instant(text(right), field.resolutionMs);
    case 'localDateTime':
      return instant(`${text(left)}Z`, field.resolutionMs) === instant(`${text(right)}Z`, field.resolutionMs);
    case 'boolean':
      return false;
    default:
      return field.storedLowerCase === true
        ? text(left).toLowerCase() === text(right).toLowerCase()
        : text(left) === text(right);
  }
}
