import { sql } from 'kysely';
import { type FormDefinition, NOT_IN_FORMS } from '../../core/form.ts';
import type { InputProblem } from '../../core/invalid-input.ts';
import type { FieldSchema } from '../../core/model.ts';
import type { Trx } from '../../store/db.ts';
import { hubFields } from '../fields.ts';
import { parseValue } from '../parse-value.ts';
import type { FormInput } from './form-store.ts';

type Add = (path: string, code: string, params?: InputProblem['params']) => void;

/** What cannot be carried out of a form, each with its path; empty: nothing. */
export async function formProblems(trx: Trx, input: FormInput): Promise<readonly InputProblem[]> {
  const problems: InputProblem[] = [];
  const add: Add = (path, code, params = {}) => void problems.push({ path, code, params });
  const schema = new Map((await hubFields(trx)).map((field) => [field.key, field]));
  if (input.name.trim() === '') add('name', 'required');
  checkFields(input.definition, schema, add);
  checkAddresses(input.definition, add);
  await checkReferences(trx, input.definition, add);
  return problems;
}

function checkFields(form: FormDefinition, schema: ReadonlyMap<string, FieldSchema>, add: Add): void {
  const seen = new Set<string>();
  const check = (key: string, path: string): FieldSchema | undefined => {
    const field = schema.get(key);
    if (field === undefined) add(path, 'unknown_field', { field: key });
    else if (field.calculated) add(path, 'calculated', { field: key });
    else if (NOT_IN_FORMS.has(key)) add(path, 'not_in_forms', { field: key });
    if (seen.has(key)) add(path, 'field_twice', { field: key });
    seen.add(key);
    return field;
  };
  for (const [index, one] of form.fields.entries()) {
    check(one.field, `fields.${index}.field`);
    if (one.field !== 'email') continue;
    if (!one.required) add(`fields.${index}.required`, 'email_required');
    if (one.progressive) add(`fields.${index}.progressive`, 'email_always');
  }
  if (!form.fields.some((one) => one.field === 'email')) add('fields', 'email_missing');
  for (const [index, one] of form.hidden.entries()) {
    const path = `hidden.${index}`;
    const field = check(one.field, `${path}.field`);
    if (one.field === 'email') add(`${path}.field`, 'email_hidden');
    if ((one.value === '') === (one.parameter === '')) add(path, 'value_or_parameter');
    if (field === undefined || field.calculated || one.value === '') continue;
    const parsed = parseValue(field, one.value);
    if ('problem' in parsed) add(`${path}.value`, parsed.problem.code, parsed.problem.params);
  }
}

function checkAddresses(form: FormDefinition, add: Add): void {
  for (const [index, origin] of form.origins.entries())
    if (originUrl(origin) === null) add(`origins.${index}`, 'site_address', { value: origin });
  if (form.redirect === null) return;
  const isAbsolute = /^https?:\/\//i.test(form.redirect) && originUrl(form.redirect) !== null;
  if (!isAbsolute) add('redirect', 'site_address', { value: form.redirect });
}

async function checkReferences(trx: Trx, form: FormDefinition, add: Add): Promise<void> {
  const ids = form.consents.map((box) => box.text);
  const known = new Set(
    (
      await sql<{
        id: string;
      }>`select id from consent_texts where deleted_at is null and id = any(${ids}::text[])`.execute(trx)
    ).rows.map((row) => row.id),
  );
  for (const [index, box] of form.consents.entries()) {
    if (!known.has(box.text)) add(`consents.${index}.text`, 'not_found_text');
    if (ids.indexOf(box.text) !== index) add(`consents.${index}.text`, 'field_twice', { field: box.text });
  }
  if (form.file === null) return;
  const file = await trx
    .selectFrom('files')
    .select('id')
    .where('id', '=', form.file)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (file === undefined) add('file', 'not_found_file');
}

/** A name or an address of a machine. Parsers of URLs also take `a;b` and `a!`, which would be words of a content policy. */
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$/;

/** `www.example.com` is meant as `https://www.example.com`; null: no address of a site. */
export function originUrl(text: string): URL | null {
  const full = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(full)) return null;
  const url = new URL(full);
  return (url.protocol === 'https:' || url.protocol === 'http:') && HOST.test(url.hostname) ? url : null;
}
