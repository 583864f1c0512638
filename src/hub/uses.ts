import { sql } from 'kysely';
import { Conflicted } from '../core/invalid-input.ts';
import type { Queryable } from '../store/db.ts';

/** Something that would break without a field. */
export interface FieldUse {
  readonly kind: 'mapping' | 'score_rule' | 'form' | 'values';
  /** Name of the connection, rule or form. */
  readonly name: string;
  readonly count: number;
}

/** What uses a field: mapping lines, score rules, forms, and how many contacts have a value in it. */
export async function fieldUses(q: Queryable, key: string): Promise<readonly FieldUse[]> {
  const uses = await sql<FieldUse>`
    select 'mapping' as kind, c.name, count(*)::int as count from connections c cross join jsonb_array_elements(c.mappings) as line
     where c.disconnected_at is null and line ->> 'hub' = ${key} group by c.name
    union all select 'score_rule', name, 1 from score_rules where condition ->> 'field' = ${key}
    union all select 'form', name, 1 from forms where deleted_at is null
      and (definition -> 'fields' @> jsonb_build_array(jsonb_build_object('field', ${key}::text))
        or definition -> 'hidden' @> jsonb_build_array(jsonb_build_object('field', ${key}::text)))
    union all select 'values', '', count(*)::int from contacts where fields ? ${key} having count(*) > 0
    order by 1, 2`.execute(q);
  return uses.rows;
}

/** @throws Conflicted where a score rule or the hidden answer of a form names this value: they would never match again. */
export async function mustNotBeNamed(q: Queryable, listId: string, key: string): Promise<void> {
  const value = await q
    .selectFrom('list_values')
    .select('label')
    .where('list_id', '=', listId)
    .where('key', '=', key)
    .executeTakeFirst();
  if (value === undefined) return;
  const named = await sql<{ kind: string; name: string }>`
    select distinct 'score_rule' as kind, r.name from score_rules r join fields f on f.key = r.condition ->> 'field'
     where f.list_id = ${listId} and r.condition -> 'value' = to_jsonb(${key}::text)
    union
    select 'form', m.name from forms m cross join jsonb_array_elements(m.definition -> 'hidden') as h join fields f on f.key = h ->> 'field'
     where m.deleted_at is null and f.list_id = ${listId} and h ->> 'value' in (${key}, ${value.label})
    order by 1, 2`.execute(q);
  const names = (kind: string): string =>
    named.rows
      .filter((row) => row.kind === kind)
      .map((row) => row.name)
      .join(', ');
  if (names('score_rule') !== '')
    throw new Conflicted('value_scored', { value: value.label, names: names('score_rule') });
  if (names('form') !== '') throw new Conflicted('value_in_form', { value: value.label, names: names('form') });
}
