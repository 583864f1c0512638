import { sql } from 'kysely';
import type { Owner } from '../connectors/kit/connector.ts';
import { foldLabel, optionBook } from '../core/labels.ts';
import type { FieldSchema } from '../core/model.ts';
import type { Queryable } from '../store/db.ts';
import type { Connection } from './connection.ts';
import { listOwners, ownerChooser, ownerKey } from './owners.ts';

/** How a value of the map's field finds its owner. */
export type OwnerWay = 'map' | 'address' | 'fallback' | 'nobody';

export interface OwnerReport {
  readonly owners: readonly (Owner & {
    /** Linked records that they own today. */
    readonly records: number;
    /** Values that the map gives them. */
    readonly values: readonly string[];
    /** Contacts whose new record would be theirs. */
    readonly contacts: number;
    readonly isFallback: boolean;
  })[];
  /** The field's values, the most frequent first: whose people go to whom. */
  readonly values: readonly {
    readonly value: string;
    readonly contacts: number;
    readonly owner: string | null;
    readonly how: OwnerWay;
  }[];
  /** Values that lead to nobody in particular (the fallback apart), with how many contacts have them; the most frequent first. */
  readonly unmapped: readonly { readonly value: string; readonly contacts: number }[];
  /** Contacts that have no value in the field. */
  readonly withoutValue: number;
}

const VALUES_MAX = 2_000;
const UNMAPPED_MAX = 100;

/**
 * Who owns how much, and whose people would go to whom, were the map in use.
 * @param field the hub field to look at, where it shall be another than the saved one
 */
export async function ownerReport(
  q: Queryable,
  connection: Connection,
  hubFields: readonly FieldSchema[],
  field = connection.settings.owners.field,
): Promise<OwnerReport> {
  const settings = { ...connection.settings.owners, field, assign: true };
  const owners = await ownersWithStrangers(q, connection.id);
  const schema = hubFields.find((one) => one.key === field);
  const { rows, withoutValue } = await valuesOf(q, schema);
  const book = optionBook(schema?.options);
  const choose = ownerChooser({ ...settings, fallback: undefined }, owners, hubFields);
  const fallback = ownerChooser({ ...settings, map: {} }, owners, hubFields)({});
  const inMap = new Set(Object.keys(settings.map).map(foldLabel));
  const values = sameTogether(rows, (value) => book.label(value)).map(({ value, contacts }) => {
    const own = choose({ [field]: value });
    const isMapped = inMap.has(foldLabel(value)) || inMap.has(foldLabel(book.label(value)));
    const how: OwnerWay = own === null ? (fallback === null ? 'nobody' : 'fallback') : isMapped ? 'map' : 'address';
    return { value: book.label(value), contacts, owner: (own ?? fallback)?.id ?? null, how };
  });
  const contactsOf = new Map<string, number>();
  const add = (id: string | null | undefined, count: number): void => {
    if (id !== null && id !== undefined) contactsOf.set(id, (contactsOf.get(id) ?? 0) + count);
  };
  for (const one of values) add(one.owner, one.contacts);
  add(fallback?.id, withoutValue);
  const named = ({ email }: Owner): readonly string[] =>
    email === null
      ? []
      : Object.entries(settings.map).flatMap(([value, to]) => (ownerKey(to) === ownerKey(email) ? [value] : []));
  return {
    owners: owners.map((one) => ({
      ...one,
      values: named(one),
      contacts: contactsOf.get(one.id) ?? 0,
      isFallback: fallback?.id === one.id,
    })),
    values,
    unmapped: values
      .filter(({ how }) => how === 'fallback' || how === 'nobody')
      .slice(0, UNMAPPED_MAX)
      .map(({ value, contacts }) => ({ value, contacts })),
    withoutValue,
  };
}

/** Spellings of one value are one value, named as most contacts have it. */
function sameTogether<T extends { readonly value: string; readonly contacts: number }>(
  rows: readonly T[],
  labelOf: (value: string) => string,
): readonly T[] {
  const together = new Map<string, T>();
  for (const row of rows) {
    const key = foldLabel(labelOf(row.value));
    const before = together.get(key);
    together.set(key, before === undefined ? row : { ...before, contacts: before.contacts + row.contacts });
  }
  return [...together.values()].sort((a, b) => b.contacts - a.contacts);
}

/** The CRM's owners with their records; whoever owns records and is not among them is named by the id. */
async function ownersWithStrangers(
  q: Queryable,
  connectionId: string,
): Promise<readonly (Owner & { readonly records: number })[]> {
  const owners = await listOwners(q, connectionId);
  const counts = await sql<{ owner: string; records: number }>`
    select owner, count(*)::int as records from links where connection_id = ${connectionId} and role = 'primary' and owner is not null and state <> 'deleted' group by owner`.execute(
    q,
  );
  const records = new Map(counts.rows.map((row) => [row.owner, row.records]));
  const known = new Set(owners.map((one) => one.id));
  const strangers = [...records.keys()]
    .filter((id) => !known.has(id))
    .map((id): Owner => ({ id, name: id, email: null, active: false }));
  return [...owners, ...strangers].map((one) => ({ ...one, records: records.get(one.id) ?? 0 }));
}

/** How many contacts have which value of a field; of several values each counts. One statement. */
async function valuesOf(
  q: Queryable,
  field: FieldSchema | undefined,
): Promise<{
  readonly rows: readonly { readonly value: string; readonly contacts: number }[];
  readonly withoutValue: number;
}> {
  const all = await sql<{ count: number }>`
    select count(*)::int as count from contacts where archived_at is null and (${field?.key ?? null}::text is null or not fields ? ${field?.key ?? ''}::text)`.execute(
    q,
  );
  const withoutValue = all.rows[0]?.count ?? 0;
  if (field === undefined) return { rows: [], withoutValue };
  const rows = await sql<{ value: string; contacts: number }>`
    select v.value, count(*)::int as contacts from contacts c
      cross join lateral jsonb_array_elements_text(case jsonb_typeof(c.fields -> ${field.key})
        when 'array' then c.fields -> ${field.key} when 'string' then jsonb_build_array(c.fields -> ${field.key}) else '[]'::jsonb end) as v(value)
     where c.archived_at is null group by v.value order by contacts desc, v.value limit ${VALUES_MAX}`.execute(q);
  return { rows: rows.rows, withoutValue };
}
