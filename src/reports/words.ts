import { failureText } from '../api/messages/failure-text.ts';
import { isMessage, type Locale, say } from '../api/messages/say.ts';
import type { Problem } from './problem-of.ts';

/** Whoever reads a mail: in which language, by which clock. */
export interface Reader {
  readonly address: string;
  readonly locale: Locale;
  readonly timeZone: string;
}

/** The form of a message for a number, by the rules of the language: `…_one` or `…_other`. */
export function plural(locale: Locale, base: string, n: number, params: Readonly<Record<string, string>> = {}): string {
  const key = `${base}_${new Intl.PluralRules(locale).select(n) === 'one' ? 'one' : 'other'}`;
  return isMessage(key) ? say(locale, key, { n: figure(locale, n), ...params }) : base;
}

export const figure = (locale: Locale, n: number): string => new Intl.NumberFormat(locale).format(n);

/** Dates and times as the language's readers write them; English ones by the 24-hour clock. */
const region = (locale: Locale): string => (locale === 'en' ? 'en-GB' : locale);

/** `14:05`, or with the day when it is not today's: `24 Nov, 14:05`. */
export function moment({ locale, timeZone }: Reader, at: number, now: number): string {
  const day = (when: number): string => new Intl.DateTimeFormat('en', { dateStyle: 'short', timeZone }).format(when);
  const date = day(at) === day(now) ? {} : ({ day: 'numeric', month: 'short' } as const);
  return new Intl.DateTimeFormat(region(locale), { ...date, hour: '2-digit', minute: '2-digit', timeZone }).format(at);
}

/** `24 November` */
export const dayName = ({ locale, timeZone }: Reader, at: number): string =>
  new Intl.DateTimeFormat(region(locale), { day: 'numeric', month: 'long', timeZone }).format(at);

/** What stops a connection, and what to do about it. @param crm as the mail calls it */
export function problemText(
  locale: Locale,
  problem: Pick<Problem, 'key' | 'params'>,
  crm: string,
): { readonly why: string; readonly todo: string } {
  if (isFailure(problem)) {
    const { message, todo } = failureText(locale, { kind: 'auth', ...problem.params }, { id: '', label: crm });
    return { why: message, todo };
  }
  const text = (kind: 'stop' | 'stop_todo'): string => {
    const key = `${kind}.${problem.key}`;
    return isMessage(key) ? say(locale, key, problem.params) : '';
  };
  return { why: text('stop'), todo: text('stop_todo') };
}

/** The CRM as a whole has failed, or we have; anything else waits for somebody. */
const isFailure = ({ key }: Pick<Problem, 'key'>): boolean => key === 'auth' || key.startsWith('error_');
