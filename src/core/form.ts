import type { Fields } from './model.ts';

/** Languages that visitors read. */
export const FORM_LOCALES = ['en', 'fr'] as const;
export type FormLocale = (typeof FORM_LOCALES)[number];
/** How near to buying somebody is who fills a form in; score rules give points by it. */
export const FORM_PHASES = ['discovery', 'evaluation', 'purchase'] as const;
export type FormPhase = (typeof FORM_PHASES)[number];

/** One question of a form. */
export interface FormField {
  /** Hub field key. */
  readonly field: string;
  /** As visitors read it; empty: the field's own name in the form's language. */
  readonly label: string;
  readonly help: string;
  readonly required: boolean;
  /** Hidden once this browser has submitted it (R47). */
  readonly progressive: boolean;
}

/** A value that the visitor does not see: the form's own, or a parameter of the page's address. One of them is filled. */
export interface HiddenField {
  readonly field: string;
  readonly value: string;
  readonly parameter: string;
}

export interface ConsentBox {
  /** Id of a consent text; the words in force when the form is shown are what is agreed to. */
  readonly text: string;
  readonly required: boolean;
}

/** A form as its maker wrote it; `api/contract/form.ts` parses it. */
export interface FormDefinition {
  readonly locale: FormLocale;
  readonly title: string;
  readonly intro: string;
  readonly button: string;
  readonly fields: readonly FormField[];
  readonly hidden: readonly HiddenField[];
  readonly consents: readonly ConsentBox[];
  /** At most so many progressive fields at once; 0: all of them. */
  readonly progressiveAtMost: number;
  readonly thanks: string;
  /** Where to go afterwards instead of the thank-you text: this address and no other. */
  readonly redirect: string | null;
  /** Id of a file that is offered afterwards (after the confirmation, with double opt-in). */
  readonly file: string | null;
  readonly doubleOptIn: boolean;
  /** An unproven submission replaces values that differ (R45). */
  readonly overwrite: boolean;
  readonly phase: FormPhase | null;
  /** More submissions in an hour are held. */
  readonly hourlyCeiling: number;
  /** Other sites whose pages may post here, `https://www.example.com`; our own page always may. */
  readonly origins: readonly string[];
}

/** A box that was ticked, with the very words that stood beside it (R8a). */
export interface TickedConsent {
  readonly text: string;
  readonly version: number;
  readonly purpose: string;
  readonly language: string;
  readonly words: string;
  /** It asks for our mails: once proven it lifts an earlier opt-out (R46). */
  readonly mail: boolean;
}

export const SUBMISSION_STATUSES = ['accepted', 'held', 'refused'] as const;
export type SubmissionStatus = (typeof SUBMISSION_STATUSES)[number];

/** Signs of a machine; any of them holds a submission until a person decides. */
export const HOLD_REASONS = [
  'honeypot',
  'too_fast',
  'no_stamp',
  'old_page',
  'same_page_again',
  'known_agent',
  'disposable_domain',
  'many_from_address',
  'many_from_network',
  'only_links',
  'over_ceiling',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** Fields that no form may fill: who decides on them is somebody else. */
export const NOT_IN_FORMS: ReadonlySet<string> = new Set(['opt_out', 'origin', 'status', 'notes']);

export interface EnteredValues {
  /** What the contact holds; null: there is no such contact. */
  readonly known: Fields | null;
  readonly entered: Fields;
  /** When the submission was made, ms. */
  readonly at: number;
  /** Proven, or the form is set to overwrite. */
  readonly strong: boolean;
  /** When a person entered the value that stands, ms; null: not known. */
  readonly enteredAt: (field: string) => number | null;
  /** Are these one value by the rules of the field's type? */
  readonly same: (field: string, a: Fields[string], b: Fields[string]) => boolean;
}

/**
 * R45: what a submission writes, and what is kept beside the contact as *said*. A form's empty answer changes nothing;
 * an unproven one fills empty fields; a strong one replaces, but never a value that somebody entered later.
 */
export function decideSubmission(input: EnteredValues): { readonly write: Fields; readonly said: Fields } {
  const write: Record<string, Fields[string]> = {};
  const said: Record<string, Fields[string]> = {};
  for (const [field, value] of Object.entries(input.entered)) {
    if (input.same(field, value, null)) continue;
    const stands = input.known?.[field] ?? null;
    if (input.same(field, stands, null)) write[field] = value;
    else if (!input.same(field, stands, value)) {
      const isOlder = (input.enteredAt(field) ?? 0) <= input.at;
      (input.strong && isOlder ? write : said)[field] = value;
    }
  }
  return { write, said };
}

const LINK = /(?:https?:\/\/|www\.)\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\/\S*/giu;

/** Text that says nothing but addresses of pages. */
export function isOnlyLinks(text: string): boolean {
  const rest = text.replace(LINK, '');
  return rest !== text && !/[\p{L}\p{N}]{3}/u.test(rest);
}

/** R8a: the calculated field `consent`: the purposes that stand as given, by each purpose's latest record. */
export function consentField(
  records: readonly { readonly purpose: string; readonly given: boolean; readonly at: number }[],
): string | null {
  const latest = new Map<string, { readonly given: boolean; readonly at: number }>();
  for (const record of records)
    if ((latest.get(record.purpose)?.at ?? Number.NEGATIVE_INFINITY) <= record.at) latest.set(record.purpose, record);
  const given = [...latest]
    .filter(([, record]) => record.given)
    .map(([purpose]) => purpose)
    .sort();
  return given.length === 0 ? null : given.join('; ');
}
