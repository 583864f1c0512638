import { en, type MessageKey } from './en.ts';
import { fr } from './fr.ts';

export type { MessageKey };
export type Locale = 'en' | 'fr';
const CATALOGUES = { en, fr } as const;

export type Params = Readonly<Record<string, string | number>>;

export const isMessage = (key: string): key is MessageKey => key in en;

const PLACE = /\{(\w+)\}/g;

/**
 * A text in the reader's language; parameters that are missing leave nothing behind. Where there is a form `…_one` of it and
 * the first number that it names is one by the rules of the language, that form.
 */
export function say(locale: Locale, key: MessageKey, params: Params = {}): string {
  return CATALOGUES[locale][formFor(locale, key, params)]
    .replace(PLACE, (_, name: string) => String(params[name] ?? ''))
    .replace(/ {2,}/g, ' ')
    .trim();
}

function formFor(locale: Locale, key: MessageKey, params: Params): MessageKey {
  const one = `${key}_one`;
  if (!isMessage(one)) return key;
  const number = placesIn(key)
    .map((name) => params[name])
    .find((value) => typeof value === 'number');
  return number !== undefined && new Intl.PluralRules(locale).select(number) === 'one' ? one : key;
}

const placesIn = (key: MessageKey): readonly string[] => [...en[key].matchAll(PLACE)].map((match) => match[1] ?? '');

/**
 * The first of these forms whose every place can be filled, else the last that there is; null: there is none. So a sentence
 * never has a hole where something is not known.
 */
export function sayFirst(locale: Locale, keys: readonly string[], params: Params): string | null {
  const known = keys.filter(isMessage);
  const isFull = (key: MessageKey): boolean => placesIn(key).every((name) => String(params[name] ?? '') !== '');
  const key = known.find(isFull) ?? known.at(-1);
  return key === undefined ? null : say(locale, key, params);
}

/** The first of `Accept-Language` that we have; English otherwise. */
export function localeOf(header: string | null | undefined): Locale {
  for (const part of (header ?? '').split(',')) {
    const code = part.trim().slice(0, 2).toLowerCase();
    if (code === 'fr' || code === 'en') return code;
  }
  return 'en';
}
