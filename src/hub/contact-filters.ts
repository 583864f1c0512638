import { type RawBuilder, sql } from 'kysely';
import { type Condition, type ContactFilter, filterType, needsValue, opsOf } from '../core/contact-filter.ts';
import { emailKey } from '../core/email.ts';
import { type InputProblem, InvalidInput } from '../core/invalid-input.ts';
import type { FieldSchema } from '../core/model.ts';

/** @throws InvalidInput naming each condition that cannot be carried out. */
export function checkFilter(filter: ContactFilter, fields: readonly FieldSchema[]): void {
  const problems = filter.flatMap((condition, index): InputProblem[] => {
    const path = `filter.${index}`;
    const type = filterType(condition.field, fields);
    if (type === undefined)
      return [{ path: `${path}.field`, code: 'unknown_field', params: { field: condition.field } }];
    if (!opsOf(type).includes(condition.op))
      return [{ path: `${path}.op`, code: 'filter_op', params: { allowed: opsOf(type).join(', ') } }];
    if (!needsValue(condition.op)) return [];
    if (condition.value === undefined || condition.value === '')
      return [{ path: `${path}.value`, code: 'required', params: {} }];
    if (type === 'number' && !Number.isFinite(Number(condition.value)))
      return [{ path: `${path}.value`, code: 'wrong_type', params: { expected: 'number' } }];
    if (opsOf(type).includes('after') && Number.isNaN(Date.parse(String(condition.value))))
      return [{ path: `${path}.value`, code: 'wrong_type', params: { expected: 'date' } }];
    return [];
  });
  if (problems.length > 0) throw new InvalidInput(problems);
}

/** A filter as conditions of SQL on `contacts`; every value is a parameter. `checkFilter` has let it in. */
export const filterConditions = (
  filter: ContactFilter,
  fields: readonly FieldSchema[],
): readonly RawBuilder<boolean>[] =>
  filter.map((condition) => toSql(condition, filterType(condition.field, fields) ?? 'text'));

/** Does the filter say itself whether archived people are meant? */
export const namesArchived = (filter: ContactFilter): boolean => filter.some((one) => one.field === 'archived');

const escaped = (text: string): string => `%${text.replace(/[\\%_]/gu, '\\$&')}%`;

function toSql(condition: Condition, type: ReturnType<typeof filterType>): RawBuilder<boolean> {
  const { field, op, value } = condition;
  const text = String(value ?? '');
  if (field === 'archived')
    return value === true || text === 'true' ? sql`archived_at is not null` : sql`archived_at is null`;
  if (field === 'linked') return linked(op, text);
  if (field === 'created' || field === 'updated') return time(sql.ref(`${field}_at`), op, text);
  if (field === 'score') return number(sql`score`, op, Number(value));
  if (field === 'email') return word(sql`email`, op, emailKey(text) ?? text);
  const column = sql`fields ->> ${field}::text`;
  switch (type) {
    case 'number':
      return number(sql`(fields -> ${field}::text)::numeric`, op, Number(value));
    case 'boolean':
      return sql`coalesce((fields -> ${field}::text)::boolean, false) = ${value === true || text === 'true'}::boolean`;
    case 'manyOf':
      return many(field, op, text);
    case 'date':
    case 'dateTime':
    case 'localDateTime':
      return stamp(column, op, text);
    default:
      return word(column, op, text);
  }
}

const filled = (column: RawBuilder<unknown>, op: 'filled' | 'empty'): RawBuilder<boolean> =>
  op === 'filled' ? sql`coalesce(${column}::text, '') <> ''` : sql`coalesce(${column}::text, '') = ''`;

function word(column: RawBuilder<unknown>, op: Condition['op'], text: string): RawBuilder<boolean> {
  if (op === 'filled' || op === 'empty') return filled(column, op);
  if (op === 'is') return sql`lower(${column}) = lower(${text})`;
  if (op === 'is_not') return sql`lower(coalesce(${column}, '')) <> lower(${text})`;
  return sql`${column} ilike ${escaped(text)}`;
}

function number(column: RawBuilder<unknown>, op: Condition['op'], value: number): RawBuilder<boolean> {
  if (op === 'filled' || op === 'empty') return filled(column, op);
  if (op === 'at_least') return sql`${column} >= ${value}::numeric`;
  return op === 'at_most' ? sql`${column} <= ${value}::numeric` : sql`${column} = ${value}::numeric`;
}

/** Our own times, ms since 1970. */
function time(column: RawBuilder<unknown>, op: Condition['op'], text: string): RawBuilder<boolean> {
  if (op === 'filled' || op === 'empty') return filled(column, op);
  const at = Date.parse(text);
  return op === 'after' ? sql`${column} >= ${at}::bigint` : sql`${column} < ${at}::bigint`;
}

/** Dates and date-times of fields are ISO texts, which sort as they stand. */
function stamp(column: RawBuilder<unknown>, op: Condition['op'], text: string): RawBuilder<boolean> {
  if (op === 'filled' || op === 'empty') return filled(column, op);
  return op === 'after' ? sql`${column} >= ${text}` : sql`(${column} <> '' and ${column} < ${text})`;
}

function many(field: string, op: Condition['op'], text: string): RawBuilder<boolean> {
  const list = sql`coalesce(fields -> ${field}::text, '[]'::jsonb)`;
  if (op === 'filled') return sql`jsonb_array_length(${list}) > 0`;
  if (op === 'empty') return sql`jsonb_array_length(${list}) = 0`;
  return op === 'is' ? sql`${list} ? ${text}` : sql`not (${list} ? ${text})`;
}

function linked(op: Condition['op'], name: string): RawBuilder<boolean> {
  const link = (only: RawBuilder<boolean>): RawBuilder<boolean> =>
    sql`exists (select 1 from links l join connections k on k.id = l.connection_id
                 where l.contact_id = contacts.id and l.role = 'primary' and l.state <> 'deleted' and ${only})`;
  if (op === 'filled') return link(sql`true`);
  if (op === 'empty') return sql`not ${link(sql`true`)}`;
  return op === 'is' ? link(sql`k.name = ${name}`) : sql`not ${link(sql`k.name = ${name}`)}`;
}
