import { type InputProblem, InvalidInput } from '../core/invalid-input.ts';
import { type FieldSchema, type Option, VALUE_TYPES, type ValueType } from '../core/model.ts';
import type { Queryable, Trx } from '../store/db.ts';
import { BUILT_IN_FIELDS } from './built-in-fields.ts';
import { createList } from './lists.ts';

/**
 * Every hub field, built-in ones first, with the options of its list: those in use, in their order, then those that a
 * person removed (`active` false), which are known and not offered. Three statements.
 */
export async function hubFields(q: Queryable): Promise<readonly FieldSchema[]> {
  const rows = await q.selectFrom('fields').selectAll().orderBy('position').orderBy('key').execute();
  const options = await listOptions(q);
  const own = rows.filter((row) => !row.built_in).map((row) => fieldOf(row, options));
  // A built-in text field may be given a list of values.
  const changed = new Map(rows.filter((row) => row.built_in).map((row) => [row.key, fieldOf(row, options)]));
  const builtIn = BUILT_IN_FIELDS.map((field): FieldSchema => {
    const { type, listId, options: choices } = changed.get(field.key) ?? field;
    return listId === undefined || choices === undefined ? field : { ...field, type, listId, options: choices };
  });
  return [...builtIn, ...own];
}

type FieldRow = Awaited<ReturnType<typeof rowOf>>;
const rowOf = (q: Queryable) => q.selectFrom('fields').selectAll().executeTakeFirstOrThrow();

const fieldOf = (row: FieldRow, options: ReadonlyMap<string, readonly Option[]>): FieldSchema => ({
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
});

async function listOptions(q: Queryable): Promise<ReadonlyMap<string, readonly Option[]>> {
  const values = await q
    .selectFrom('list_values')
    .select(['list_id', 'key', 'label', 'removed_at'])
    .orderBy('position')
    .orderBy('label')
    .execute();
  const spellings = new Map<string, string[]>();
  for (const one of await q.selectFrom('list_spellings').selectAll().orderBy('spelling').execute()) {
    const key = `${one.list_id}|${one.value_key}`;
    spellings.set(key, [...(spellings.get(key) ?? []), one.label]);
  }
  const options = new Map<string, Option[]>();
  for (const value of [...values].sort((a, b) => Number(a.removed_at !== null) - Number(b.removed_at !== null))) {
    const others = spellings.get(`${value.list_id}|${value.key}`);
    const list = options.get(value.list_id) ?? [];
    list.push({
      id: value.key,
      label: value.label,
      active: value.removed_at === null,
      ...(others === undefined ? {} : { spellings: others }),
    });
    options.set(value.list_id, list);
  }
  return options;
}

export interface FieldInput {
  readonly key: string;
  readonly label: string;
  readonly type: ValueType;
  /** Label of each choice, for `oneOf` and `manyOf`: a list of its own. */
  readonly options?: readonly string[];
  /** A list that is there already, instead. */
  readonly listId?: string;
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
  const listId = listed ? await listFor(trx, input, at) : null;
  await trx
    .insertInto('fields')
    .values({
      key: input.key,
      label: input.label.trim(),
      type: input.type,
      calculated: false,
      built_in: false,
      list_id: listId,
      scale: input.scale ?? null,
      max_length: input.maxLength ?? null,
      position: 0,
      created_at: at,
    })
    .execute();
}

async function listFor(trx: Trx, input: FieldInput, at: number): Promise<string> {
  const { listId } = input;
  if (listId === undefined) {
    const taken = await trx.selectFrom('lists').select('id').where('id', '=', input.key).executeTakeFirst();
    const id = taken === undefined ? input.key : undefined;
    return createList(trx, { id, label: input.label, values: input.options ?? [] }, at);
  }
  const list = await trx.selectFrom('lists').select('id').where('id', '=', listId).executeTakeFirst();
  if (list === undefined) throw new InvalidInput([{ path: 'listId', code: 'not_in_list', params: { value: listId } }]);
  return listId;
}
