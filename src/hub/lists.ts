import { sql } from 'kysely';
import { Conflicted, InvalidInput, NotFound } from '../core/invalid-input.ts';
import { foldLabel, LABEL_MAX, valueKey } from '../core/labels.ts';
import type { Queryable, Trx } from '../store/db.ts';
import { mustNotBeNamed } from './uses.ts';

/** One value of a list, with all that a person may change about it. */
export interface ListValue {
  /** Stable: what contacts hold. */
  readonly key: string;
  readonly label: string;
  readonly spellings: readonly string[];
  readonly inForms: boolean;
  /** Name of the connection that brought it; null: a person made it. */
  readonly from: string | null;
  readonly removed: boolean;
  /** How many contacts hold it; null: not counted. */
  readonly uses: number | null;
}

export interface List {
  readonly id: string;
  readonly label: string;
  readonly showNewValues: boolean;
  /** New values of one CRM field before adding pauses (R21). */
  readonly newValuesMax: number;
  /** Hub fields that take its values. */
  readonly fields: readonly string[];
  readonly values: readonly ListValue[];
}

interface ValueRow {
  list_id: string;
  key: string;
  label: string;
  in_forms: boolean;
  from: string | null;
  removed_at: number | null;
  spellings: string[] | null;
}

/** Every list, or one, with its values in order, those removed last. Three statements. */
export async function readLists(q: Queryable, id?: string): Promise<readonly List[]> {
  const only = id ?? null;
  const lists = await sql<{
    id: string;
    label: string;
    show_new_values: boolean;
    new_values_max: number;
    fields: string[] | null;
  }>`
    select l.id, l.label, l.show_new_values, l.new_values_max, (select array_agg(f.key order by f.key) from fields f where f.list_id = l.id) as fields
      from lists l where ${only}::text is null or l.id = ${only} order by l.label, l.id`.execute(q);
  const values = await sql<ValueRow>`
    select v.list_id, v.key, v.label, v.in_forms, c.name as from, v.removed_at,
           (select array_agg(s.label order by s.spelling) from list_spellings s where s.list_id = v.list_id and s.value_key = v.key) as spellings
      from list_values v left join connections c on c.id = v.from_connection
     where ${only}::text is null or v.list_id = ${only} order by (v.removed_at is not null), v.position, v.label`.execute(
    q,
  );
  return lists.rows.map((list) => ({
    id: list.id,
    label: list.label,
    showNewValues: list.show_new_values,
    newValuesMax: list.new_values_max,
    fields: list.fields ?? [],
    values: values.rows.filter((row) => row.list_id === list.id).map(toValue),
  }));
}

const toValue = (row: ValueRow): ListValue => ({
  key: row.key,
  label: row.label,
  spellings: row.spellings ?? [],
  inForms: row.in_forms,
  from: row.from,
  removed: row.removed_at !== null,
  uses: null,
});

/** One list, with how many contacts hold each value. @throws NotFound */
export async function readList(q: Queryable, id: string): Promise<List> {
  const [list] = await readLists(q, id);
  if (list === undefined) throw new NotFound('list');
  const uses = await countUses(q, list.fields);
  return { ...list, values: list.values.map((value) => ({ ...value, uses: uses.get(value.key) ?? 0 })) };
}

/** Value key → contacts that hold it in one of these fields; one statement. */
async function countUses(q: Queryable, fields: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (fields.length === 0) return new Map();
  const rows = await sql<{ key: string; count: number }>`
    select held.key, count(distinct c.id)::int as count
      from contacts c cross join unnest(${fields as string[]}::text[]) as f(key)
      cross join lateral (
        select c.fields ->> f.key as key where jsonb_typeof(c.fields -> f.key) = 'string'
        union all select jsonb_array_elements_text(c.fields -> f.key) where jsonb_typeof(c.fields -> f.key) = 'array') as held
     where c.fields ? f.key group by held.key`.execute(q);
  return new Map(rows.rows.map((row) => [row.key, row.count]));
}

/** Contacts that hold one value; for refusing, and for moving them. */
export async function holdersOf(q: Queryable, listId: string, key: string, limit: number): Promise<readonly string[]> {
  const rows = await sql<{ id: string }>`
    select c.id from contacts c where exists (select 1 from fields f where f.list_id = ${listId}
      and (c.fields -> f.key = to_jsonb(${key}::text) or c.fields -> f.key @> jsonb_build_array(${key}::text)))
     order by c.id limit ${limit}`.execute(q);
  return rows.rows.map((row) => row.id);
}

const KEY = /^[a-z][a-z0-9_]{0,62}$/;

/** Makes a list with these values, ticked for forms. @returns its id. @throws InvalidInput */
export async function createList(
  trx: Trx,
  input: { readonly id?: string | undefined; readonly label: string; readonly values: readonly string[] },
  at: number,
): Promise<string> {
  const label = input.label.trim();
  if (label === '') throw new InvalidInput([{ path: 'label', code: 'required', params: {} }]);
  const taken = new Set((await trx.selectFrom('lists').select('id').execute()).map((row) => row.id));
  const id = input.id ?? freeId(label, taken);
  if (!KEY.test(id)) throw new InvalidInput([{ path: 'id', code: 'field_key', params: { value: id } }]);
  if (taken.has(id)) throw new InvalidInput([{ path: 'id', code: 'taken', params: { value: id } }]);
  await trx.insertInto('lists').values({ id, label, created_at: at }).execute();
  const seen = new Map<string, string>();
  for (const value of input.values) {
    const spelling = foldLabel(value);
    if (spelling !== '' && !seen.has(spelling)) seen.set(spelling, value.trim());
  }
  const rows = [...seen].map(([spelling, text], position) => ({
    list_id: id,
    key: valueKey(text),
    label: text,
    spelling,
    position,
    in_forms: true,
  }));
  if (rows.length > 0) await trx.insertInto('list_values').values(rows).execute();
  return id;
}

function freeId(label: string, taken: ReadonlySet<string>): string {
  const plain = foldLabel(label)
    .normalize('NFD')
    .replace(/[^a-z0-9]+/gu, '_')
    .replace(/^[_0-9]+|_$/gu, '')
    .slice(0, 50);
  const base = plain === '' ? 'list' : plain;
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}_${number}`;
    if (!taken.has(id)) return id;
  }
}

export interface ListPatch {
  readonly label?: string | undefined;
  readonly showNewValues?: boolean | undefined;
  readonly newValuesMax?: number | undefined;
  /** Keys in their new order; those not named keep theirs, behind. */
  readonly order?: readonly string[] | undefined;
  /** Keys of the values that forms show; all others are not shown. */
  readonly inForms?: readonly string[] | undefined;
}

/** @throws NotFound, InvalidInput */
export async function updateList(trx: Trx, id: string, patch: ListPatch): Promise<void> {
  await mustExist(trx, id);
  if (patch.label?.trim() === '') throw new InvalidInput([{ path: 'label', code: 'required', params: {} }]);
  const set = {
    ...(patch.label === undefined ? {} : { label: patch.label.trim() }),
    ...(patch.showNewValues === undefined ? {} : { show_new_values: patch.showNewValues }),
    ...(patch.newValuesMax === undefined ? {} : { new_values_max: patch.newValuesMax }),
  };
  if (Object.keys(set).length > 0) await trx.updateTable('lists').set(set).where('id', '=', id).execute();
  if (patch.inForms !== undefined)
    await sql`update list_values set in_forms = key = any(${patch.inForms as string[]}::text[])
      where list_id = ${id} and removed_at is null and in_forms <> (key = any(${patch.inForms as string[]}::text[]))`.execute(
      trx,
    );
  if (patch.order === undefined) return;
  await sql`
    update list_values v set position = n.position::int from (
      select key, row_number() over (order by array_position(${patch.order as string[]}::text[], key) nulls last, position, label) - 1 as position
        from list_values where list_id = ${id}) n
     where v.list_id = ${id} and v.key = n.key and v.position <> n.position`.execute(trx);
}

const mustExist = async (trx: Trx, id: string): Promise<void> => {
  const row = await trx.selectFrom('lists').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) throw new NotFound('list');
};

/** @throws Conflicted where a field takes its values: it is named. */
export async function deleteList(trx: Trx, id: string): Promise<void> {
  await mustExist(trx, id);
  const fields = await trx.selectFrom('fields').select('label').where('list_id', '=', id).execute();
  if (fields.length > 0)
    throw new Conflicted('list_in_use', {
      fields: fields.map((field) => field.label).join(', '),
      count: fields.length,
    });
  await trx.deleteFrom('lists').where('id', '=', id).execute();
}

/** Adds a value at the end; one that was removed comes back with its id. @returns its key. @throws InvalidInput */
export async function addValue(
  trx: Trx,
  listId: string,
  input: { readonly label: string; readonly inForms: boolean },
): Promise<string> {
  await mustExist(trx, listId);
  const { label, spelling } = await checkLabel(trx, listId, input.label, null);
  const [removed] = await trx
    .updateTable('list_values')
    .set({ removed_at: null, label, in_forms: input.inForms })
    .where('list_id', '=', listId)
    .where('spelling', '=', spelling)
    .returning('key')
    .execute();
  if (removed !== undefined) return removed.key;
  const key = valueKey(label);
  await sql`insert into list_values (list_id, key, label, spelling, in_forms, position)
    select ${listId}::text, ${key}::text, ${label}::text, ${spelling}::text, ${input.inForms}, coalesce(max(position), -1) + 1 from list_values where list_id = ${listId}`.execute(
    trx,
  );
  return key;
}

export interface ValuePatch {
  readonly label?: string | undefined;
  readonly inForms?: boolean | undefined;
  /** Its other spellings, all of them. */
  readonly spellings?: readonly string[] | undefined;
}

/** Another label keeps the old one as a spelling, so that CRMs that still say it are understood. @throws NotFound, InvalidInput */
export async function updateValue(trx: Trx, listId: string, key: string, patch: ValuePatch): Promise<void> {
  await mustExist(trx, listId);
  const row = await trx
    .selectFrom('list_values')
    .selectAll()
    .where('list_id', '=', listId)
    .where('key', '=', key)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw new NotFound('list value');
  if (patch.inForms !== undefined)
    await trx
      .updateTable('list_values')
      .set({ in_forms: patch.inForms })
      .where('list_id', '=', listId)
      .where('key', '=', key)
      .execute();
  let spellings = patch.spellings;
  if (patch.label !== undefined) {
    const { label, spelling } = await checkLabel(trx, listId, patch.label, key);
    await trx.deleteFrom('list_spellings').where('list_id', '=', listId).where('spelling', '=', spelling).execute();
    await trx
      .updateTable('list_values')
      .set({ label, spelling })
      .where('list_id', '=', listId)
      .where('key', '=', key)
      .execute();
    if (spelling !== row.spelling) spellings = [...(spellings ?? (await spellingsOf(trx, listId, key))), row.label];
  }
  if (spellings !== undefined) await replaceSpellings(trx, listId, key, spellings);
}

const spellingsOf = async (trx: Trx, listId: string, key: string): Promise<readonly string[]> =>
  (
    await trx
      .selectFrom('list_spellings')
      .select('label')
      .where('list_id', '=', listId)
      .where('value_key', '=', key)
      .execute()
  ).map((row) => row.label);

async function replaceSpellings(trx: Trx, listId: string, key: string, labels: readonly string[]): Promise<void> {
  const wanted = new Map(
    labels.map((label) => [foldLabel(label), label.trim()] as const).filter(([text]) => text !== ''),
  );
  const others = await spoken(trx, listId, [...wanted.keys()], key);
  const [taken] = others;
  if (taken !== undefined)
    throw new InvalidInput([
      {
        path: 'spellings',
        code: 'spelling_taken',
        params: { value: wanted.get(taken.spelling) ?? '', other: taken.label },
      },
    ]);
  const own = await trx
    .selectFrom('list_values')
    .select('spelling')
    .where('list_id', '=', listId)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  wanted.delete(own.spelling);
  await trx.deleteFrom('list_spellings').where('list_id', '=', listId).where('value_key', '=', key).execute();
  const rows = [...wanted].map(([spelling, label]) => ({ list_id: listId, spelling, label, value_key: key }));
  if (rows.length > 0) await trx.insertInto('list_spellings').values(rows).execute();
}

/** Which of these spellings are another value's already. */
async function spoken(trx: Trx, listId: string, spellings: readonly string[], except: string | null) {
  const rows = await sql<{ spelling: string; label: string; key: string }>`
    select v.spelling, v.label, v.key from list_values v where v.list_id = ${listId} and v.removed_at is null and v.spelling = any(${spellings as string[]}::text[])
    union all
    select s.spelling, v.label, v.key from list_spellings s join list_values v on v.list_id = s.list_id and v.key = s.value_key
     where s.list_id = ${listId} and s.spelling = any(${spellings as string[]}::text[])`.execute(trx);
  return rows.rows.filter((row) => row.key !== except);
}

async function checkLabel(trx: Trx, listId: string, given: string, own: string | null) {
  const label = given.normalize('NFC').trim();
  const spelling = foldLabel(label);
  if (spelling === '') throw new InvalidInput([{ path: 'label', code: 'required', params: {} }]);
  if ([...label].length > LABEL_MAX)
    throw new InvalidInput([{ path: 'label', code: 'too_long', params: { max: LABEL_MAX } }]);
  const [taken] = await spoken(trx, listId, [spelling], own);
  if (taken !== undefined)
    throw new InvalidInput([{ path: 'label', code: 'spelling_taken', params: { value: label, other: taken.label } }]);
  return { label, spelling };
}

/**
 * Takes a value out of the list; it is remembered and never added again by a CRM (R21).
 * @throws Conflicted while contacts hold it (merge it into another value instead), or a rule or form names it.
 */
export async function removeValue(trx: Trx, listId: string, key: string, at: number): Promise<void> {
  await mustExist(trx, listId);
  const [held] = await holdersOf(trx, listId, key, 1);
  if (held !== undefined) {
    const list = await readList(trx, listId);
    const value = list.values.find((one) => one.key === key);
    throw new Conflicted('value_in_use', { value: value?.label ?? key, count: value?.uses ?? 1 });
  }
  await mustNotBeNamed(trx, listId, key);
  const [row] = await trx
    .updateTable('list_values')
    .set({ removed_at: at, in_forms: false })
    .where('list_id', '=', listId)
    .where('key', '=', key)
    .where('removed_at', 'is', null)
    .returning('key')
    .execute();
  if (row === undefined) throw new NotFound('list value');
}
