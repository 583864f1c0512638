import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';

const cache = new Map<string, string | null>();
const CACHE_MAX = 50_000;

/** E.164 where the number parses, else null: two spellings with one key are one number (R20). */
export function phoneKey(raw: string, country?: CountryCode): string | null {
  const known = cache.get(raw);
  if (known !== undefined) return known;
  const parsed = parsePhoneNumberFromString(raw, country);
  const key = parsed?.isValid() === true ? `${parsed.number}${parsed.ext === undefined ? '' : `x${parsed.ext}`}` : null;
  if (cache.size > CACHE_MAX) cache.clear();
  cache.set(raw, key);
  return key;
}
