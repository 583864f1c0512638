import { isMessage, type Locale, type Params, say, sayFirst } from './say.ts';

/** A CRM as a failure names it; null: the reader sees from the place which one is meant. */
export type NamedCrm = { readonly id: string; readonly label: string } | null;

/**
 * What went wrong with a CRM as a whole, and what to do, in the reader's language. What the CRM answered follows our own words,
 * quoted: its code, never its sentences, which may hold somebody's values.
 */
export function failureText(locale: Locale, failure: Params, crm: NamedCrm): { message: string; todo: string } {
  const kind = String(failure['kind'] ?? 'internal');
  const name = String(failure['case'] ?? kind);
  const params = wordsFor(locale, failure, crm);
  const forms = (base: string): readonly string[] => [
    ...(isMessage(`${base}.${name}`) ? [`${base}.${name}`, `${base}.${name}.plain`] : []),
    ...(isMessage(`${base}.${name}`) ? [] : [`${base}.${kind}`, `${base}.internal`]),
  ];
  const why = sayFirst(locale, forms('failure'), params) ?? '';
  return {
    message: [why, ...answerOf(locale, failure, params)].join(' '),
    todo: sayFirst(locale, forms('failure_todo'), params) ?? '',
  };
}

function wordsFor(locale: Locale, failure: Params, crm: NamedCrm): Params {
  const named = (what: 'credential' | 'option'): Params => {
    const key = failure[what];
    if (key === undefined) return {};
    const label = [`${what}.${crm?.id ?? ''}.${key}`, `${what}.${key}`, `credential.${key}`].find(isMessage);
    return { [what]: label === undefined ? key : say(locale, label) };
  };
  const { message: _english, ...rest } = failure;
  return {
    ...rest,
    ...named('credential'),
    ...named('option'),
    crm: crm?.label ?? say(locale, 'failure.the_crm'),
  };
}

/** The vendor's code and status, if it said one. A code that is our own word for the case is no answer of anybody. */
function answerOf(locale: Locale, failure: Params, params: Params): readonly string[] {
  const { code = '', status = '' } = failure;
  const answer = code === failure['case'] ? '' : code;
  if (answer === '' && status === '') return [];
  const forms = ['failure.answered_both', 'failure.answered', 'failure.answered_status'];
  return [sayFirst(locale, forms, { ...params, answer, status }) ?? ''];
}
