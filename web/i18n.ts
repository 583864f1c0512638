import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './messages/en.ts';
import { fr } from './messages/fr.ts';

const KEY = 'tandem-locale';
export type Locale = 'en' | 'fr';

const wanted = (): Locale => {
  const stored = localStorage.getItem(KEY);
  if (stored === 'en' || stored === 'fr') return stored;
  return navigator.language.startsWith('fr') ? 'fr' : 'en';
};

await i18next.use(initReactI18next).init({
  lng: wanted(),
  fallbackLng: 'en',
  resources: { en: { translation: en }, fr: { translation: fr } },
  interpolation: { escapeValue: false },
});
document.documentElement.lang = i18next.language;

export const locale = (): Locale => (i18next.language.startsWith('fr') ? 'fr' : 'en');
export async function setLocale(next: Locale): Promise<void> {
  localStorage.setItem(KEY, next);
  await i18next.changeLanguage(next);
  document.documentElement.lang = next;
}

/** The reader's own spelling of dates and numbers, in the chosen language: en-GB has 14:00 where en-US has 2:00 PM. */
const region = (): string => navigator.languages.find((one) => one.startsWith(locale())) ?? locale();

/** A moment as people read it: today only the time. */
export function when(iso: string | null, never: string): string {
  if (iso === null) return never;
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(
    region(),
    isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' },
  ).format(date);
}
/** A day, wherever it is read. */
export const day = (iso: string): string =>
  new Intl.DateTimeFormat(region(), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(iso));
/** A time on a clock that names no zone. */
export const localMoment = (text: string): string =>
  new Intl.DateTimeFormat(region(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(text));
export const number = (value: number): string => new Intl.NumberFormat(region()).format(value);
/** With every digit that it has. */
export const exact = (value: number): string =>
  new Intl.NumberFormat(region(), { maximumFractionDigits: 10 }).format(value);

const STEPS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;
/** How long ago, in the largest unit that fits: "3 minutes ago". */
export function ago(iso: string): string {
  const seconds = Math.max(1, Math.round((Date.now() - Date.parse(iso)) / 1000));
  const [unit, size] = STEPS.find(([, length]) => seconds >= length) ?? STEPS[3];
  return new Intl.RelativeTimeFormat(region(), { numeric: 'always' }).format(-Math.floor(seconds / size), unit);
}

/** A share: 0.0123 → "1.2 %". */
export const percent = (share: number): string =>
  new Intl.NumberFormat(region(), { style: 'percent', maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(share);
/** A share with two decimals, rounded down: 100 % is said only of all of them. */
export const shareDown = (share: number): string =>
  new Intl.NumberFormat(region(), { style: 'percent', maximumFractionDigits: 2 }).format(
    Math.floor(share * 10_000) / 10_000,
  );
export const seconds = (ms: number): string =>
  new Intl.NumberFormat(region(), { maximumFractionDigits: 1 }).format(ms / 1000);
