import { en, type MessageKey } from './en.ts';
import { fr } from './fr.ts';

export type { MessageKey };
export type Locale = 'en' | 'fr';
const CATALOGUES = { en, fr } as const;

export const isMessage = (key: string): key is MessageKey => key in en;

/** A text in the reader's language; parameters that are missing leave nothing behind. */
export function say(locale: Locale, key: MessageKey, params: Readonly<Record<string, string | number>> = {}): string {
  return CATALOGUES[locale][key]
    .replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''))
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** The first of `Accept-Language` that we have; English otherwise. */
export function localeOf(header: string | null | undefined): Locale {
  for (const part of (header ?? '').split(',')) {
    const code = part.trim().slice(0, 2).toLowerCase();
    if (code === 'fr' || code === 'en') return code;
  }
  return 'en';
}
