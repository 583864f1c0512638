import { sql } from 'kysely';
import type { Manifest } from '../connectors/kit/connector.ts';
import type { OptionInfo } from '../connectors/kit/inputs.ts';
import type { InputProblem } from '../core/invalid-input.ts';
import type { Queryable } from '../store/db.ts';

type Values = Readonly<Record<string, unknown>>;

/** Each value of a connection's `options` that its connector would not take, by its path. */
export function optionProblems({ options }: Manifest, values: Values): InputProblem[] {
  const known = new Set(options.map(({ key }) => key));
  const problems: InputProblem[] = Object.keys(values)
    .filter((key) => !known.has(key))
    .map((key) => ({ path: `options.${key}`, code: 'unknown_key', params: { key } }));
  for (const option of options) {
    const value = values[option.key];
    if (value === undefined) continue;
    const path = `options.${option.key}`;
    const wrong = problemOf(option, value);
    if (wrong !== null) {
      problems.push({ path, ...wrong });
      continue;
    }
    const other = options.find(({ key }) => key === option.excludes);
    const taken = other === undefined ? undefined : (values[other.key] ?? other.default);
    const twice = taken === undefined ? undefined : listOf(value).find((one) => one === taken);
    if (twice !== undefined) problems.push({ path, code: 'option_twice', params: { value: String(twice) } });
  }
  return problems;
}

/** Each option that has to be chosen before people are sent, and is not: asked on the screen when it is switched on. */
export function undecidedProblems(manifest: Manifest, values: Values): InputProblem[] {
  return manifest.options
    .filter((option) => option.required === true && values[option.key] === undefined)
    .map(({ key, label }) => ({ path: `options.${key}`, code: 'option_undecided', params: { option: label } }));
}

/** Each option that decides who is read, and was changed although people have been read by it (SAP: another object). */
export function fixedProblems(manifest: Manifest, before: Values, after: Values): InputProblem[] {
  return manifest.options
    .filter((option) => isTakenBack(option, chosen(manifest, option, before), chosen(manifest, option, after)))
    .map(({ key }) => ({ path: `options.${key}`, code: 'option_fixed', params: {} }));
}

/** Whether an option that decides who is read differs: its records are then read from the start, its fields mapped anew. */
export const readsOthers = (manifest: Manifest, before: Values, after: Values): boolean =>
  manifest.options.some(
    (option) =>
      option.fixed === true &&
      JSON.stringify(chosen(manifest, option, before)) !== JSON.stringify(chosen(manifest, option, after)),
  );

/** Whether this connection has read anybody. */
export async function hasRead(db: Queryable, connectionId: string): Promise<boolean> {
  const answer = await sql<{ has: boolean }>`
    select exists (select 1 from links where connection_id = ${connectionId})
        or exists (select 1 from directory where connection_id = ${connectionId}) as has`.execute(db);
  return answer.rows[0]?.has === true;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const sorted = (values: readonly unknown[]): readonly unknown[] =>
  [...values].sort((a, b) => String(a).localeCompare(String(b)));

/** What an option amounts to: without a choice its default, less what another option has taken. */
function chosen({ options }: Manifest, option: OptionInfo, values: Values): readonly unknown[] {
  const own = values[option.key];
  if (own !== undefined) return sorted(listOf(own));
  const other = options.find(({ key }) => key === option.excludes);
  const taken = other === undefined ? undefined : (values[other.key] ?? other.default);
  return sorted(listOf(option.default).filter((one) => one !== taken));
}

function isTakenBack({ fixed, type }: OptionInfo, before: readonly unknown[], after: readonly unknown[]): boolean {
  if (fixed !== true) return false;
  return type === 'manyOf' ? before.some((one) => !after.includes(one)) : before[0] !== after[0];
}

function problemOf(option: OptionInfo, value: unknown): Omit<InputProblem, 'path'> | null {
  const allowed = option.options?.map(({ id }) => id);
  const among = (one: unknown) =>
    typeof one === 'string' && (allowed === undefined ? one !== '' : allowed.includes(one))
      ? null
      : { code: 'not_in_list', params: { value: String(one) } };
  switch (option.type) {
    case 'boolean':
      return typeof value === 'boolean' ? null : { code: 'option_yes_no', params: {} };
    case 'number':
      return typeof value === 'number' ? null : { code: 'option_number', params: {} };
    case 'oneOf':
      return among(value);
    case 'manyOf':
      if (!Array.isArray(value) || value.length === 0) return { code: 'option_list', params: {} };
      return value.map(among).find((problem) => problem !== null) ?? null;
    case 'text':
      if (typeof value === 'string' && (option.pattern ?? /./).test(value)) return null;
      return { code: 'option_text', params: { example: option.placeholder ?? 'abc' } };
  }
}
