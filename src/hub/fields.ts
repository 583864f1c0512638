import { type InputProblem, InvalidInput } from '../core/invalid-input.ts';
import { type FieldSchema, type Option, VALUE_TYPES, type ValueType } from '../core/model.ts';
import type { Queryable, Trx } from '../store/db.ts';
import { BUILT_IN_FIELDS } from './built-in-fields.ts';

/** Every hub field, built-in ones first, with the options of its list. Two statements. */
export async function hubFields(q: Queryable): Promise<readonly FieldSchema[]> {
  const [custom, values] = await Promise.all([
    q.selectFrom('fields').selectAll().orderBy('position').orderBy('key').execute(),
    q
      .selectFrom('list_values')
      .selectAll()
      .where('removed_at', 'is', null)
      .orderBy('position')
      .orderBy('label')
      .execute(),
  ]);
  const options = new Map<string, Option[]>();
  for (const value of values) {
    const list = options.get(value.list_id) ?? [];
    list.push({ id: value.key, label: value.label, active: true });
    options.set(value.list_id, list);
  }
  const own = custom.map(
    (row): FieldSchema => ({
      key: row.key,
      label: row.label,
      // The column holds only what `createField` let in.
      type: row.type as ValueType,
      calculated: row.calculated,
      writableOnCreate: !row.calculated,
      writableOnUpdate: !row.calculated,
      required: false,
      custom: true,
      ...(row.list_id === null ? {} : { listId: row.list_id, options: options.get(row.list_id) ?? [] }),
      ...(row.scale === null ? {} : { scale: row.scale }),
      ...(row.max_length === null ? {} : { maxLength: row.max_length }),
    }),
  );
  return [...BUILT_IN_FIELDS, ...own];
}

export interface FieldInput {
  readonly key: string;
  readonly label: string;
  readonly type: ValueType;
  /** Label of each choice, for `oneOf` and `manyOf`. */
  readonly options?: readonly string[];
  readonly scale?: number;
  readonly maxLength?: number;
}

const KEY = /^[a-z][a-z0-9_]{0,62}$/;

/** Makes a custom field, with its list of values. @throws InvalidInput with the path of each bad value. */
export async function createField(trx: Trx, input: FieldInput, at: number): Promise<void> {
  const problems: InputProblem[] = [];
  if (!KEY.test(input.key)) problems.push({ path: 'key', code: 'field_key', params: { value: input.key } });
  if (!VALUE_TYPES.includes(input.type))
    problems.push({ path: 'type', code: 'field_type', params: { value: input.type } });
  if (input.label.trim() === '') problems.push({ path: 'label', code: 'required', params: {} });
  const taken =
    BUILT_IN_FIELDS.some((field) => field.key === input.key) ||
    (await trx.selectFrom('fields').select('key').where('key', '=', input.key).executeTakeFirst()) !== undefined;
  if (taken) problems.push({ path: 'key', code: 'taken', params: { value: input.key } });
  if (problems.length > 0) throw new InvalidInput(problems);

  const listed = input.type === 'oneOf' || input.type === 'manyOf';
  if (listed) await createList(trx, input, at);
  await trx
    .insertInto('fields')
    .values({
      key: input.key,
      label: input.label.trim(),
      type: input.type,
      calculated: false,
      built_in: false,
      list_id: listed ? input.key : null,
      scale: input.scale ?? null,
      max_length: input.maxLength ?? null,
      position: 0,
      created_at: at,
    })
    .execute();
}

async function createList(trx: Trx, input: FieldInput, at: number): Promise<void> {
  await trx
    .insertInto('lists')
    .values({ id: input.key, label: input.label.trim(), show_new_values: false, created_at: at })
    .execute();
  const seen = new Set<string>();
  const rows = (input.options ?? []).flatMap((label, position) => {
    const spelling = foldSpelling(label);
    if (spelling === '' || seen.has(spelling)) return [];
    seen.add(spelling);
    return [{ list_id: input.key, key: valueKey(label), label: label.trim(), spelling, position, in_forms: true }];
  });
  if (rows.length > 0) await trx.insertInto('list_values').values(rows).execute();
}

/** `CEO`, `ceo ` and `Ceo` are one value (R21). */
export const foldSpelling = (label: string): string =>
  label.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLocaleLowerCase('en');

/** The stable id of a list value, made from its first spelling. */
export const valueKey = (label: string): string => {
  const key = foldSpelling(label)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/gu, '');
  return key === '' ? 'value' : key;
};
