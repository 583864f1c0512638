import { type RawBuilder, sql } from 'kysely';
import type { ContactFilter } from '../core/contact-filter.ts';
import { emailKey } from '../core/email.ts';
import type { FieldSchema, Fields, Origins, Value } from '../core/model.ts';
import { type StoredOrigins, unpackOrigins } from '../core/origins.ts';
import type { Queryable } from '../store/db.ts';
import { filterConditions, namesArchived } from './contact-filters.ts';

/** A contact as screens, API and export show it. */
export interface ContactView {
  readonly id: string;
  readonly email: string;
  /** Every filled field, `email`, `score` and `url` included. */
  readonly fields: Readonly<Record<string, Value>>;
  readonly origins: Origins;
  /** 0 to 50. */
  readonly score: number;
  readonly archivedAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
}

export interface ContactRow {
  id: string;
  email: string;
  fields: Fields;
  origins: StoredOrigins;
  score: number;
  archived_at: number | null;
  version: number;
  created_at: number;
  updated_at: number;
}

export const contactColumns = [
  'id',
  'email',
  'fields',
  'origins',
  'score',
  'archived_at',
  'version',
  'created_at',
  'updated_at',
] as const;

/** `url` holds the address of the day (R24). */
export const contactUrl = (baseUrl: string, id: string): string => `${baseUrl.replace(/\/$/, '')}/contacts/${id}`;

export function contactView(row: ContactRow, baseUrl: string): ContactView {
  return {
    id: row.id,
    email: row.email,
    fields: { email: row.email, ...row.fields, score: row.score, url: contactUrl(baseUrl, row.id) },
    origins: unpackOrigins(row.origins),
    score: row.score,
    archivedAt: row.archived_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

export type ContactSort = 'updated' | 'created' | 'score' | 'email';

export interface ContactQuery {
  readonly limit: number;
  /** Opaque `next` of the page before. */
  readonly cursor?: string;
  /** Words found in e-mail, first and last name or company. */
  readonly search?: string;
  readonly sort?: ContactSort;
  readonly descending?: boolean;
  readonly minimumScore?: number;
  readonly archived?: boolean;
  /** Conditions that hold together; `checkFilter` has let them in. */
  readonly filter?: ContactFilter;
  /** The hub's fields, where there is a filter. */
  readonly fields?: readonly FieldSchema[];
  /** Only these. */
  readonly ids?: readonly string[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

const SORT_COLUMN = { updated: 'updated_at', created: 'created_at', score: 'score', email: 'email_key' } as const;

/** What a query says of each contact, as conditions on `contacts`. At least one. */
export function contactConditions(query: Omit<ContactQuery, 'limit'>): RawBuilder<boolean>[] {
  const filter = query.filter ?? [];
  const words = (query.search ?? '').trim().split(/\s+/u).filter(Boolean).slice(0, 5);
  return [
    ...(namesArchived(filter)
      ? []
      : [query.archived === true ? sql<boolean>`archived_at is not null` : sql<boolean>`archived_at is null`]),
    ...(query.ids === undefined ? [] : [sql<boolean>`id = any(${query.ids as string[]}::text[])`]),
    ...(query.minimumScore === undefined ? [] : [sql<boolean>`score >= ${query.minimumScore}`]),
    ...words.map((word) => {
      const pattern = `%${word.replace(/[\\%_]/gu, '\\$&')}%`;
      return sql<boolean>`(email || ' ' || coalesce(fields->>'first_name', '') || ' ' || coalesce(fields->>'last_name', '')
        || ' ' || coalesce(fields->>'company', '')) ilike ${pattern}`;
    }),
    ...filterConditions(filter, query.fields ?? []),
  ];
}

/** How many contacts a query means. */
export async function countContacts(q: Queryable, query: ContactQuery): Promise<number> {
  const row = await q
    .selectFrom('contacts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where((eb) => eb.and(contactConditions(query)))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** A page of contacts by keyset, so that a page stays right while others change. At most 500. */
export async function listContacts(q: Queryable, query: ContactQuery, baseUrl: string): Promise<Page<ContactView>> {
  const { sort, descending, limit } = orderOf(query);
  const column = SORT_COLUMN[sort];
  let rows = q
    .selectFrom('contacts')
    .select([...contactColumns, 'email_key'])
    .where((eb) => eb.and(contactConditions(query)));
  const after = decodeCursor(query.cursor);
  if (after !== null) {
    const comparison = descending ? sql.raw('<') : sql.raw('>');
    rows = rows.where(sql<boolean>`(${sql.ref(column)}, id) ${comparison} (${after.value}, ${after.id})`);
  }
  const direction = descending ? 'desc' : 'asc';
  const found = await rows
    .orderBy(column, direction)
    .orderBy('id', direction)
    .limit(limit + 1)
    .execute();
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return {
    items: page.map((row) => contactView(row, baseUrl)),
    next: last === undefined ? null : encodeCursor({ value: last[column], id: last.id }),
  };
}

/**
 * A page of contacts, and how many there are. A search looks into every contact, so it looks once: it counts whom it meets
 * and keeps the ids of the page.
 */
export async function findContacts(
  q: Queryable,
  query: ContactQuery,
  baseUrl: string,
): Promise<Page<ContactView> & { readonly total: number }> {
  if ((query.search ?? '').trim() === '')
    return { ...(await listContacts(q, query, baseUrl)), total: await countContacts(q, query) };
  const { sort, descending, limit } = orderOf(query);
  const column = sql.ref(SORT_COLUMN[sort]);
  const direction = sql.raw(descending ? 'desc' : 'asc');
  const after = decodeCursor(query.cursor);
  const rest =
    after === null ? sql`true` : sql`(key, id) ${sql.raw(descending ? '<' : '>')} (${after.value}, ${after.id})`;
  const found = await sql<{ total: number; ids: string[] }>`
    with met as materialized (
      select id, ${column} as key from contacts where ${sql.join(contactConditions(query), sql` and `)})
    select (select count(*)::int from met) as total,
           array(select id from met where ${rest} order by key ${direction}, id ${direction} limit ${limit + 1}) as ids`.execute(
    q,
  );
  const [{ total, ids } = { total: 0, ids: [] }] = found.rows;
  return { ...(await listContacts(q, { ...query, search: '', ids }, baseUrl)), total };
}

function orderOf(query: ContactQuery) {
  const sort = query.sort ?? 'updated';
  return {
    sort,
    descending: query.descending ?? sort !== 'email',
    limit: Math.min(Math.max(query.limit, 1), 500),
  };
}

interface Keyset {
  readonly value: string | number;
  readonly id: string;
}
const encodeCursor = (key: Keyset): string => Buffer.from(JSON.stringify([key.value, key.id])).toString('base64url');

function decodeCursor(cursor: string | undefined): Keyset | null {
  if (cursor === undefined || cursor === '') return null;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(parsed)) return null;
    const [value, id] = parsed as unknown[];
    if ((typeof value !== 'string' && typeof value !== 'number') || typeof id !== 'string') return null;
    return { value, id };
  } catch {
    return null;
  }
}

/** By id, by the id of a contact merged into it, or by e-mail, the main one before a further one; undefined: there is none. */
export async function findContact(q: Queryable, idOrEmail: string, baseUrl: string): Promise<ContactView | undefined> {
  const key = idOrEmail.includes('@') ? emailKey(idOrEmail) : null;
  const row = await q
    .selectFrom('contacts')
    .select([...contactColumns])
    .where((eb) =>
      key === null
        ? eb.or([
            eb('id', '=', idOrEmail),
            eb('id', '=', eb.selectFrom('merged_contacts').select('to_id').where('from_id', '=', idOrEmail)),
          ])
        : eb.or([
            eb('email_key', '=', key),
            eb('id', 'in', eb.selectFrom('contact_emails').select('contact_id').where('email_key', '=', key)),
          ]),
    )
    .orderBy(sql`email_key is distinct from ${key}`)
    .orderBy('id')
    .executeTakeFirst();
  return row === undefined ? undefined : contactView(row, baseUrl);
}

/** Contacts by id, in one statement; ids without one are left out. */
export async function contactsById(
  q: Queryable,
  ids: readonly string[],
  baseUrl: string,
): Promise<readonly ContactView[]> {
  const rows = await q
    .selectFrom('contacts')
    .select(contactColumns)
    .where(sql<boolean>`id = any(${ids as string[]}::text[])`)
    .execute();
  return rows.map((row) => contactView(row, baseUrl));
}

/** Contacts of up to 500 addresses, main or further ones, in one statement; addresses without one are left out. */
export async function lookupContacts(
  q: Queryable,
  emails: readonly string[],
  baseUrl: string,
): Promise<readonly ContactView[]> {
  const keys = emails.flatMap((email) => emailKey(email) ?? []);
  if (keys.length === 0) return [];
  const rows = await q
    .selectFrom('contacts')
    .select([...contactColumns])
    .where(
      sql<boolean>`email_key = any(${keys}::text[]) or id in (select contact_id from contact_emails where email_key = any(${keys}::text[]))`,
    )
    .execute();
  return rows.map((row) => contactView(row, baseUrl));
}

/** How many contacts have at least this score: what a minimum score means today. */
export async function countByScore(q: Queryable, minimumScore: number): Promise<number> {
  const row = await q
    .selectFrom('contacts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('archived_at', 'is', null)
    .where('score', '>=', minimumScore)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The values that a field had, newest first: who set each, when, by which rule, what it replaced (R39). */
export async function fieldHistory(q: Queryable, contactId: string, field: string | undefined, limit: number) {
  let rows = q
    .selectFrom('contact_history')
    .select(['id', 'field', 'from', 'to', 'origin', 'from_origin', 'at'])
    .where('contact_id', '=', contactId);
  if (field !== undefined) rows = rows.where('field', '=', field);
  return rows.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).execute();
}
