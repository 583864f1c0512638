import { sql } from 'kysely';
import type { Schema } from '../connectors/kit/connector.ts';
import { foldLabel, optionBook } from '../core/labels.ts';
import type { OptionLinks } from '../core/list-values.ts';
import { type FieldSchema, type LineKey, lineKey, type MappingLine } from '../core/model.ts';
import type { Queryable, Trx } from '../store/db.ts';

/** One CRM option that is one hub value, as it is kept. */
interface Kept {
  readonly list_id: string;
  readonly crm_field: string;
  readonly option_id: string;
  readonly value_key: string;
  readonly label: string;
}

export interface LinkedOptions {
  readonly links: ReadonlyMap<LineKey, OptionLinks>;
  /** Options that are linked now for the first time, or carry another label than before. */
  readonly news: readonly Kept[];
}

/**
 * R21: which CRM option is which hub value, by the CRM's own ids. A link is made once, by label or spelling, and from then
 * on outlives every change of a label on either side. Reads one statement; pure otherwise.
 */
export async function linkOptions(
  q: Queryable,
  input: {
    readonly connectionId: string;
    readonly mappings: readonly MappingLine[];
    readonly schema: Schema;
    readonly hubFields: readonly FieldSchema[];
  },
): Promise<LinkedOptions> {
  const pairs = listPairs(input);
  if (pairs.length === 0) return { links: new Map(), news: [] };
  const kept = await q
    .selectFrom('list_options')
    .select(['list_id', 'crm_field', 'option_id', 'value_key', 'label'])
    .where('connection_id', '=', input.connectionId)
    .execute();
  const known = new Map(kept.map((one) => [idOf(one), one]));
  const links = new Map<LineKey, OptionLinks>();
  const news = new Map<string, Kept>();
  for (const pair of pairs) {
    const found = linksOf(pair, known);
    links.set(pair.key, found.links);
    for (const one of found.news) news.set(idOf(one), one);
  }
  return { links, news: [...news.values()] };
}

const idOf = (one: Pick<Kept, 'list_id' | 'crm_field' | 'option_id'>): string =>
  JSON.stringify([one.list_id, one.crm_field, one.option_id]);

interface Pair {
  readonly key: LineKey;
  readonly listId: string;
  readonly hubField: FieldSchema;
  readonly crmField: FieldSchema;
}

/** Lines between a hub list and a CRM list. */
function listPairs(input: {
  readonly mappings: readonly MappingLine[];
  readonly schema: Schema;
  readonly hubFields: readonly FieldSchema[];
}): readonly Pair[] {
  const hub = new Map(input.hubFields.map((field) => [field.key, field]));
  return input.mappings.flatMap((line): Pair[] => {
    const hubField = hub.get(line.hub);
    const crmField = input.schema.kinds[line.kind]?.find((field) => field.key === line.crm);
    if (line.enabled === false || hubField?.listId === undefined || crmField?.options === undefined) return [];
    return [{ key: lineKey(line), listId: hubField.listId, hubField, crmField }];
  });
}

function linksOf(pair: Pair, known: ReadonlyMap<string, Kept>): { links: OptionLinks; news: readonly Kept[] } {
  const book = optionBook(pair.hubField.options);
  const news: Kept[] = [];
  const linked: (Kept & { readonly active: boolean })[] = [];
  for (const option of pair.crmField.options ?? []) {
    const id = { list_id: pair.listId, crm_field: pair.crmField.key, option_id: option.id };
    const before = known.get(idOf(id));
    const held = before === undefined ? undefined : book.byId(before.value_key);
    const value = held ?? book.find(option.label);
    if (value === undefined) continue;
    const one = { ...id, value_key: value.id, label: option.label };
    linked.push({ ...one, active: option.active });
    if (before?.label !== option.label || before.value_key !== value.id) news.push(one);
  }
  return {
    links: { toHub: new Map(linked.map((one) => [one.option_id, one.value_key])), toCrm: best(linked, pair) },
    news,
  };
}

/** Of several options that are one hub value, the one written: in use, called like the value, then the first. */
function best(linked: readonly (Kept & { readonly active: boolean })[], pair: Pair): ReadonlyMap<string, string> {
  const labels = new Map(pair.hubField.options?.map((option) => [option.id, foldLabel(option.label)]));
  const rank = (one: (typeof linked)[number]): number =>
    (one.active ? 0 : 2) + (labels.get(one.value_key) === foldLabel(one.label) ? 0 : 1);
  const chosen = new Map<string, (typeof linked)[number]>();
  for (const one of linked) {
    const present = chosen.get(one.value_key);
    if (present === undefined || rank(one) < rank(present)) chosen.set(one.value_key, one);
  }
  return new Map([...chosen].map(([key, one]) => [key, one.option_id]));
}

/**
 * Keeps new links and follows labels: a value that came from this CRM and that nobody called otherwise here takes the
 * CRM's new label, any other keeps its own; the label met becomes a spelling of the value either way. Set-based.
 */
export async function keepOptionLinks(trx: Trx, connectionId: string, news: readonly Kept[]): Promise<void> {
  if (news.length === 0) return;
  const rows = JSON.stringify(news.map((one) => ({ ...one, spelling: foldLabel(one.label) })));
  const recordset = sql`jsonb_to_recordset(${rows}::jsonb) as n(list_id text, crm_field text, option_id text, value_key text, label text, spelling text)`;
  // The label that the value had until now stays a spelling of it.
  await sql`
    with candidate as (
      select distinct on (v.list_id, v.key) v.list_id, v.key, v.label as old_label, v.spelling as old_spelling, n.label, n.spelling
        from ${recordset} join list_options o on o.connection_id = ${connectionId} and o.list_id = n.list_id and o.crm_field = n.crm_field and o.option_id = n.option_id
        join list_values v on v.list_id = n.list_id and v.key = n.value_key and v.from_connection = ${connectionId} and v.label = o.label
       where n.label <> o.label and o.value_key = n.value_key
         and not exists (select 1 from list_values other where other.list_id = v.list_id and other.spelling = n.spelling and other.key <> v.key)
       order by v.list_id, v.key, n.option_id
    ), renamed as (
      select distinct on (list_id, spelling) * from candidate order by list_id, spelling, key
    ), kept as (
      insert into list_spellings (list_id, spelling, label, value_key)
      select list_id, old_spelling, old_label, key from renamed where old_spelling <> spelling on conflict do nothing
    )
    update list_values v set label = r.label, spelling = r.spelling from renamed r where v.list_id = r.list_id and v.key = r.key`.execute(
    trx,
  );
  await sql`
    insert into list_spellings (list_id, spelling, label, value_key)
    select distinct on (n.list_id, n.spelling) n.list_id, n.spelling, n.label, n.value_key from ${recordset}
     where not exists (select 1 from list_values v where v.list_id = n.list_id and v.spelling = n.spelling)
    on conflict do nothing`.execute(trx);
  await sql`
    insert into list_options (connection_id, list_id, crm_field, option_id, value_key, label)
    select ${connectionId}::text, list_id, crm_field, option_id, value_key, label from ${recordset}
    on conflict (connection_id, list_id, crm_field, option_id) do update set value_key = excluded.value_key, label = excluded.label`.execute(
    trx,
  );
}

/** CRM field → option id → the hub values that it is known to be, for the screen. One statement. */
export async function knownOptions(
  q: Queryable,
  connectionId: string,
): Promise<ReadonlyMap<string, ReadonlyMap<string, readonly { readonly list: string; readonly key: string }[]>>> {
  const kept = await q
    .selectFrom('list_options')
    .select(['list_id', 'crm_field', 'option_id', 'value_key'])
    .where('connection_id', '=', connectionId)
    .execute();
  const fields = new Map<string, Map<string, { list: string; key: string }[]>>();
  for (const one of kept) {
    const options = fields.get(one.crm_field) ?? new Map<string, { list: string; key: string }[]>();
    fields.set(one.crm_field, options);
    options.set(one.option_id, [...(options.get(one.option_id) ?? []), { list: one.list_id, key: one.value_key }]);
  }
  return fields;
}
