import { isMessage, type Locale, type Params, say, sayFirst } from './say.ts';

export interface Told {
  readonly reason: string;
  readonly field: string | null;
  readonly name: string | null;
  readonly email: string | null;
  /** The CRM's name, as people know it. */
  readonly crm: string;
  readonly params: Params | null;
}

/** A value is shown so far in a sentence; the whole of it stands beside, where somebody looks closer. */
const SHOWN_MAX = 80;

/**
 * Who, which field, why, and what to do, in the reader's language (docs/reasons.md). A vendor's words never stand alone: they
 * follow our own, quoted, and where it said none its code.
 */
export function reasonText(locale: Locale, one: Told): { message: string; todo: string } {
  const params = wordsFor(locale, one);
  const forms = (kind: 'reason' | 'todo'): readonly string[] => {
    const base = `${kind}.${one.reason}`;
    // Some reasons have forms that say more (`params.why`).
    const special = one.params?.['why'] === undefined ? [] : [`${base}.${one.params['why']}`];
    const general = [base, `${base}.value`, `${base}.plain`, `${base}.record`];
    return kind === 'todo' && params['field'] === '' ? [...special, `${base}.record`, base] : [...special, ...general];
  };
  const why = sayFirst(locale, forms('reason'), params) ?? say(locale, 'reason.rejected_by_crm.record', params);
  const answer = answerOf(one.params);
  const said = answer === '' ? '' : ` ${say(locale, 'reason.answered', { crm: one.crm, answer })}`;
  const todo = sayFirst(locale, forms('todo'), params) ?? say(locale, 'todo.rejected_by_crm', params);
  return { message: `${why}${said}`, todo };
}

/** The field as people call it: one of ours by its key, a CRM's as it is called there; null: no field. */
export function fieldName(locale: Locale, field: string | null, params: Params | null): string | null {
  const label = String(params?.['label'] ?? field ?? '');
  const own = [`visitor.field.${label}`, `field.${label}`].find(isMessage);
  return label === '' ? null : own === undefined ? label : say(locale, own);
}

function wordsFor(locale: Locale, { name, email, field, crm, params }: Told): Params {
  const expected = `type.${params?.['expected'] ?? ''}`;
  return {
    ...params,
    name: name || email || say(locale, 'reason.nobody'),
    crm,
    field: fieldName(locale, field, params) ?? '',
    ...(params?.['value'] === undefined ? {} : { value: shortened(String(params['value'])) }),
    ...(isMessage(expected) ? { expected: say(locale, expected) } : {}),
  };
}

const shortened = (text: string): string => {
  const letters = [...text.replace(/\s+/gu, ' ').trim()];
  return letters.length <= SHOWN_MAX ? letters.join('') : `${letters.slice(0, SHOWN_MAX - 1).join('')}…`;
};

/** The vendor's words with its code, or the code alone. */
function answerOf(params: Params | null): string {
  const words = String(params?.['vendor'] ?? '').trim();
  const code = String(params?.['code'] ?? '').trim();
  if (code === '' || code === 'UNKNOWN') return words;
  return words === '' ? code : `${words} (${code})`;
}

/** Whom the address belongs to that was refused: their name stands in the sentence. */
export function namingOther<T extends Told>(
  one: T,
  other: { readonly email: string; readonly name: string } | undefined,
): T {
  if (other === undefined) return one;
  const value = one.params?.['value'] ?? one.email ?? '';
  return { ...one, params: { ...one.params, value, other: other.name || other.email, why: 'contact' } };
}
