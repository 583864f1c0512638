import { sql } from 'kysely';
import { emailKey } from '../../core/email.ts';
import type { TickedConsent } from '../../core/form.ts';
import type { InputProblem } from '../../core/invalid-input.ts';
import type { FieldSchema, Fields, Value } from '../../core/model.ts';
import { instantOf } from '../../core/zones.ts';
import type { Queryable } from '../../store/db.ts';
import { parseValue } from '../parse-value.ts';
import type { PublicForm, Question } from './public-form.ts';

/** What was posted: name → every value of that name. */
export type Entries = ReadonlyMap<string, readonly string[]>;

export interface Entered {
  readonly email: string;
  readonly emailKey: string;
  /** Typed, without the e-mail and without empty answers. */
  readonly fields: Fields;
  /** Text id → version that stood beside the box. */
  readonly ticked: ReadonlyMap<string, number>;
}

/** Longest answers, whatever the field allows. */
const LONGEST = { text: 500, longText: 10_000 } as const;

export const consentName = (textId: string): string => `consent.${textId}`;

/** Text that a database takes: well-formed, without control characters but line ends and tabs. */
export const cleanText = (text: string): string =>
  text
    .toWellFormed()
    // oxlint-disable-next-line no-control-regex -- exactly these must go
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/gu, '');

/**
 * Reads a post by the form's own questions; names that the form does not have are dropped. Each bad answer is a problem
 * whose path is the field's name. A moment without a zone is one of the clocks of `zone`.
 */
export function readEntries(
  form: PublicForm,
  asked: readonly Question[],
  entries: Entries,
  zone: string,
): { readonly entered: Entered } | { readonly problems: readonly InputProblem[] } {
  const problems: InputProblem[] = [];
  const fields: Record<string, Value> = {};
  for (const question of asked) {
    const value = answer(question, entries, zone, problems);
    if (value === undefined) continue;
    if (value === null || value === false) {
      if (question.required) problems.push({ path: question.field, code: 'required', params: {} });
    } else fields[question.field] = value;
  }
  for (const hidden of form.hidden) {
    const given = hidden.value === '' ? (entries.get(hidden.field)?.[0] ?? '') : hidden.value;
    const parsed = parseValue(hidden.schema, inZone(hidden.schema, cleanText(given).slice(0, 500), zone));
    // Nobody sees it, so nobody could correct it: what does not fit is left out.
    if (!('problem' in parsed) && parsed.value !== null) fields[hidden.field] = parsed.value;
  }
  const ticked = new Map<string, number>();
  for (const consent of form.consents) {
    const value = entries.get(consentName(consent.text.id))?.[0] ?? '';
    if (value !== '') ticked.set(consent.text.id, Number(value) || consent.text.version);
    else if (consent.required) problems.push({ path: consentName(consent.text.id), code: 'required', params: {} });
  }
  const { email, ...rest } = fields;
  const key = typeof email === 'string' ? emailKey(email) : null;
  if (typeof email === 'string' && key === null && !problems.some((problem) => problem.path === 'email'))
    problems.push({ path: 'email', code: 'invalid_email', params: { value: email } });
  if (problems.length > 0 || typeof email !== 'string' || key === null) return { problems };
  return { entered: { email, emailKey: key, fields: rest, ticked } };
}

/** Browsers send what the clocks show for a moment that somebody picked, and no zone: it is made the instant that the field stores. */
const inZone = (schema: FieldSchema, text: string, zone: string): string => {
  if (schema.type !== 'dateTime') return text;
  const local = parseValue({ ...schema, type: 'localDateTime' }, text);
  return 'value' in local && typeof local.value === 'string'
    ? new Date(instantOf(local.value, zone)).toISOString()
    : text;
};

/** undefined: a problem was noted. */
function answer(question: Question, entries: Entries, zone: string, problems: InputProblem[]): Value | undefined {
  const { schema, field: name } = question;
  const given = (entries.get(name) ?? []).map(cleanText);
  const max = Math.min(
    schema.maxLength ?? Number.POSITIVE_INFINITY,
    schema.type === 'longText' ? LONGEST.longText : LONGEST.text,
  );
  if (given.some((text) => text.length > max)) {
    problems.push({ path: name, code: 'too_long', params: { max } });
    return undefined;
  }
  const parsed = parseValue(
    schema,
    schema.type === 'manyOf' ? given.slice(0, 100) : inZone(schema, given[0] ?? '', zone),
  );
  if (!('problem' in parsed)) return parsed.value;
  problems.push({ path: name, ...parsed.problem });
  return undefined;
}

/** The boxes that were ticked, with the words of the version that was shown; an unknown version is the one in force. */
export async function tickedConsents(
  q: Queryable,
  form: PublicForm,
  ticked: ReadonlyMap<string, number>,
): Promise<readonly TickedConsent[]> {
  const shown = form.consents.filter((consent) => ticked.has(consent.text.id));
  if (shown.length === 0) return [];
  const rows = await sql<{ text_id: string; version: number; words: Readonly<Record<string, string>> }>`
    select text_id, version, words from consent_wordings where text_id = any(${shown.map((one) => one.text.id)}::text[])`.execute(
    q,
  );
  return shown.map(({ text, words, language }) => {
    const wanted = rows.rows.find((row) => row.text_id === text.id && Number(row.version) === ticked.get(text.id));
    const then = wanted?.words[language];
    return {
      text: text.id,
      version: then === undefined ? text.version : Number(wanted?.version),
      purpose: text.purpose,
      language,
      words: then ?? words,
      mail: text.mail,
    };
  });
}
