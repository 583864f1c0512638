import { sql } from 'kysely';
import { Conflicted, InvalidInput, NotFound } from '../core/invalid-input.ts';
import { foldLabel, LABEL_MAX, optionBook } from '../core/labels.ts';
import type { FieldSchema } from '../core/model.ts';
import type { Store, Trx } from '../store/db.ts';
import { BUILT_IN_FIELDS } from './built-in-fields.ts';
import { hubFields } from './fields.ts';
import { createList } from './lists.ts';
import { rewriteValues } from './rewrite-values.ts';
import { type FieldUse, fieldUses } from './uses.ts';

export interface FieldPatch {
  readonly label?: string | undefined;
  readonly position?: number | undefined;
  readonly maxLength?: number | null | undefined;
  readonly scale?: number | null | undefined;
  /** Text becomes a choice of a list, or a choice becomes text; no other type changes. */
  readonly type?: 'text' | 'oneOf' | undefined;
  /** Of `oneOf`: a list that is there already; absent: one is made of the values that contacts have. */
  readonly listId?: string | undefined;
}

export interface Changer {
  /** Who does it, for the history. */
  readonly source: string;
  readonly at: number;
}

/** @throws NotFound, InvalidInput with the path of each bad value */
export async function updateField(store: Store, key: string, patch: FieldPatch, by: Changer): Promise<void> {
  const field = (await hubFields(store.db)).find((one) => one.key === key);
  if (field === undefined) throw new NotFound('field');
  const isBuiltIn = BUILT_IN_FIELDS.some((one) => one.key === key);
  const { label, position, maxLength, scale } = patch;
  if (isBuiltIn && (label ?? position ?? maxLength ?? scale) !== undefined)
    throw new InvalidInput([{ path: 'label', code: 'field_built_in', params: { field: key } }]);
  if (label?.trim() === '') throw new InvalidInput([{ path: 'label', code: 'required', params: {} }]);
  const set = {
    ...(label === undefined ? {} : { label: label.trim() }),
    ...(position === undefined ? {} : { position }),
    ...(maxLength === undefined ? {} : { max_length: maxLength }),
    ...(scale === undefined ? {} : { scale }),
  };
  if (Object.keys(set).length > 0) await store.db.updateTable('fields').set(set).where('key', '=', key).execute();
  if (patch.type === 'oneOf' && field.type !== 'oneOf') await becomeList(store, field, patch.listId, by);
  if (patch.type === 'text' && field.type !== 'text') await becomeText(store, field, by);
}

/** More different texts than that are no list. */
const DISTINCT_MAX = 500;

/** Each text that contacts have becomes a value of the list, under that very text: nobody's value changes but in spelling. */
async function becomeList(store: Store, field: FieldSchema, listId: string | undefined, by: Changer): Promise<void> {
  if (field.type !== 'text' || field.calculated || field.key === 'origin')
    throw new InvalidInput([{ path: 'type', code: 'field_type_stays', params: { field: field.key } }]);
  const texts = (
    await sql<{
      text: string;
    }>`select distinct fields ->> ${field.key} as text from contacts where fields ? ${field.key} limit ${DISTINCT_MAX + 1}`.execute(
      store.db,
    )
  ).rows.map((row) => row.text);
  const tooLong = texts.find((text) => [...text].length > LABEL_MAX);
  if (texts.length > DISTINCT_MAX || tooLong !== undefined)
    throw new InvalidInput([{ path: 'type', code: 'too_many_values', params: { max: DISTINCT_MAX } }]);
  await store.transaction(async (trx) => {
    const list = listId ?? (await createList(trx, { label: field.label, values: [] }, by.at));
    await takeTexts(trx, list, texts);
    await trx
      .insertInto('fields')
      .values({
        key: field.key,
        label: field.label,
        type: 'oneOf',
        list_id: list,
        created_at: by.at,
        built_in: field.custom !== true,
        scale: null,
        max_length: null,
      })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ type: 'oneOf', list_id: list, max_length: null }))
      .execute();
  });
  const made = (await hubFields(store.db)).find((one) => one.key === field.key);
  const book = optionBook(made?.options);
  await rewriteValues(store, field.key, (value) => book.find(String(value))?.id ?? value, by);
}

/** Texts that the list does not know become values of it, the text itself being the id. */
async function takeTexts(trx: Trx, listId: string, texts: readonly string[]): Promise<void> {
  const list = await trx.selectFrom('lists').select('id').where('id', '=', listId).forUpdate().executeTakeFirst();
  if (list === undefined) throw new InvalidInput([{ path: 'listId', code: 'not_in_list', params: { value: listId } }]);
  const bySpelling = new Map<string, string>();
  for (const text of [...texts].sort()) {
    const spelling = foldLabel(text);
    if (spelling !== '' && !bySpelling.has(spelling)) bySpelling.set(spelling, text.trim());
  }
  const rows = [...bySpelling].map(([spelling, label]) => ({ spelling, label }));
  await sql`
    insert into list_values (list_id, key, label, spelling, in_forms, position)
    select ${listId}::text, n.label, n.label, n.spelling, true,
           coalesce((select max(v.position) from list_values v where v.list_id = ${listId}), -1) + row_number() over (order by n.label)
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(spelling text, label text)
     where not exists (select 1 from list_spellings s where s.list_id = ${listId} and s.spelling = n.spelling)
    on conflict do nothing`.execute(trx);
}

/** Each choice becomes its label. The values first: a label is understood in a list, an id is not in a text. */
async function becomeText(store: Store, field: FieldSchema, by: Changer): Promise<void> {
  if (field.type !== 'oneOf')
    throw new InvalidInput([{ path: 'type', code: 'field_type_stays', params: { field: field.key } }]);
  const book = optionBook(field.options);
  const asText = (): Promise<number> => rewriteValues(store, field.key, (value) => book.label(String(value)), by);
  await asText();
  if (field.custom === true)
    await store.db.updateTable('fields').set({ type: 'text', list_id: null }).where('key', '=', field.key).execute();
  else await store.db.deleteFrom('fields').where('key', '=', field.key).where('built_in', '=', true).execute();
  // Whoever got a choice meanwhile.
  await asText();
}

/**
 * Takes a custom field out of the hub.
 * @param dropValues contacts' values in it are deleted, too; their history stays
 * @throws NotFound; Conflicted where something uses it, with the reason
 */
export async function deleteField(store: Store, key: string, dropValues: boolean, by: Changer): Promise<void> {
  const row = await store.db
    .selectFrom('fields')
    .select(['key', 'label'])
    .where('key', '=', key)
    .where('built_in', '=', false)
    .executeTakeFirst();
  if (row === undefined) {
    if (BUILT_IN_FIELDS.some((field) => field.key === key)) throw new Conflicted('field_built_in', { field: key });
    throw new NotFound('field');
  }
  const uses = await fieldUses(store.db, key);
  const named = (kind: FieldUse['kind']): string =>
    uses
      .filter((use) => use.kind === kind)
      .map((use) => use.name)
      .join(', ');
  if (named('mapping') !== '') throw new Conflicted('field_mapped', { field: row.label, names: named('mapping') });
  if (named('score_rule') !== '')
    throw new Conflicted('field_scored', { field: row.label, names: named('score_rule') });
  if (named('form') !== '') throw new Conflicted('field_asked', { field: row.label, names: named('form') });
  const held = uses.find((use) => use.kind === 'values')?.count ?? 0;
  if (held > 0 && !dropValues) throw new Conflicted('field_has_values', { field: row.label, count: held });
  if (held > 0) await rewriteValues(store, key, () => null, by);
  await store.db.deleteFrom('fields').where('key', '=', key).execute();
}
