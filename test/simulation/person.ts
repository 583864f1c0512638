import type { Value } from '../../src/core/model.ts';

/** What people type into each field. Countries are names that every CRM's list knows. */
export const VALUES: Readonly<Record<string, readonly (string | null)[]>> = {
  first_name: ['Ada', 'Bob', 'Cleo', 'Þór', '😀', null],
  job_title: ['CEO', 'Head of R&D', "O'Neil", '社長', null],
  phone: ['+43 1 222', '+33 1 4020 5050', '+49 30 901820', null],
  city: ['Wien', 'Oslo', 'Saint-Étienne', null],
  country: ['France', 'Germany', 'Canada', null],
};
export const FIELDS: readonly string[] = Object.keys(VALUES);

export const emailOf = (index: number): string => `p${index}@example.com`;
export const newPerson = (index: number) => ({
  email: emailOf(index),
  first_name: 'First',
  // Two words: a CRM with one name for a person cuts it in its own way.
  last_name: `van Last${index}`,
  company: 'Acme',
});

/** One act of a person on one side, for R4: what they entered must be found again. */
export interface Edit {
  readonly email: string;
  readonly field: string;
  readonly value: Value;
  /** `hub`, or the CRM. */
  readonly where: string;
  readonly at: number;
  /** It left its side with what both sides last agreed on, so that it counts as no edit (R1). */
  readonly putBack: boolean;
}

const words = (value: unknown): string =>
  typeof value === 'string'
    ? value.trim().replace(/\s+/g, ' ')
    : value === null || value === undefined
      ? ''
      : String(value);

/** One person's values on one side, as far as they may be compared between sides: a name in one piece, texts trimmed. */
export function comparable(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const result = Object.fromEntries(
    ['job_title', 'phone', 'city', 'country', 'opt_out'].map((key) => [key, words(fields[key])]),
  );
  return {
    ...result,
    // CRMs with one name for a person split it in their own way, and lose nothing.
    name: words(`${words(fields['first_name'])} ${words(fields['last_name'])}`),
  };
}

/** The part of `comparable` that a field takes part in. */
export const partOf = (field: string): string => (field === 'first_name' || field === 'last_name' ? 'name' : field);
