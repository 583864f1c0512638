import { sql } from 'kysely';
import type { Queryable } from '../store/db.ts';
import { DEPARTURES_KEPT_MS, type Departure } from '../store/departures.ts';
import { type ContactRow, type ContactView, contactView } from './read-contacts.ts';

/**
 * What changed, for programs that follow the contacts. A row carries the transaction that wrote it last (a trigger sees to
 * that, whoever writes). A read goes up to the oldest transaction that is still open: what is above may yet be joined by a
 * smaller number, and waits for the next read. So nobody slips through who was committed late, whatever any clock says,
 * and a thousand people of one transaction are told apart by their ids.
 */
export interface ChangesPage {
  /** As they are now, archived ones included. */
  readonly items: readonly ContactView[];
  readonly gone: readonly (Departure & { readonly at: number })[];
  /** The next page; null: this was the last one. */
  readonly next: string | null;
  /** Where to go on later; null until the last page. */
  readonly follow: string | null;
}

/** The place was given by another database, or so long ago that ends may be forgotten: the program begins anew. */
export class TooOldToFollow extends Error {
  constructor() {
    super('this position cannot be followed any more');
    this.name = 'TooOldToFollow';
  }
}

const PREFIX = 'f.';
export const isFollowCursor = (cursor: string | undefined): cursor is string => cursor?.startsWith(PREFIX) === true;

interface Place {
  readonly epoch: string;
  /** The last one that was told. */
  readonly changedIn: number;
  readonly id: string;
  /** Of a first read: only what changed since then, ms. */
  readonly since: number | null;
  readonly issuedAt: number;
}

const encode = ({ epoch, changedIn, id, since, issuedAt }: Place): string =>
  PREFIX + Buffer.from(JSON.stringify([epoch, changedIn, id, since, issuedAt])).toString('base64url');

function decode(cursor: string): Place {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor.slice(PREFIX.length), 'base64url').toString());
    if (Array.isArray(parsed)) {
      const [epoch, changedIn, id, since, issuedAt] = parsed as unknown[];
      if (
        typeof epoch === 'string' &&
        typeof changedIn === 'number' &&
        typeof id === 'string' &&
        typeof issuedAt === 'number'
      )
        return { epoch, changedIn, id, since: typeof since === 'number' ? since : null, issuedAt };
    }
  } catch {
    // Not one of ours.
  }
  throw new TooOldToFollow();
}

/**
 * A page of what changed since a moment, or after a place that an earlier page gave.
 * @param options `limit` at most 500; `now` ms. @throws TooOldToFollow
 */
export async function readChanges(
  q: Queryable,
  from: { readonly since: number } | { readonly cursor: string },
  options: { readonly limit: number; readonly now: number; readonly baseUrl: string },
): Promise<ChangesPage> {
  const { limit, now } = options;
  const epoch = await epochOf(q, now);
  const place: Place =
    'cursor' in from ? decode(from.cursor) : { epoch, changedIn: -1, id: '', since: from.since, issuedAt: now };
  if (place.epoch !== epoch || now - place.issuedAt > DEPARTURES_KEPT_MS) throw new TooOldToFollow();
  const { rows, horizon } = await readRows(q, place, limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    items: page.flatMap((row) => (row.contact === null ? [] : [contactView(row.contact, options.baseUrl)])),
    gone: page.flatMap((row) =>
      row.gone === null
        ? []
        : [
            {
              id: row.id,
              why: row.gone.why,
              at: row.gone.at,
              ...(row.gone.into === null ? {} : { into: row.gone.into }),
            },
          ],
    ),
    next: last === undefined ? null : encode({ ...place, changedIn: last.changed_in, id: last.id, issuedAt: now }),
    // Everything below the horizon has been told.
    follow: last === undefined ? encode({ epoch, changedIn: horizon, id: '', since: null, issuedAt: now }) : null,
  };
}

interface Row {
  readonly id: string;
  readonly changed_in: number;
  readonly contact: ContactRow | null;
  readonly gone: { readonly why: Departure['why']; readonly into: string | null; readonly at: number } | null;
}

/** One statement, so that horizon and rows are of one snapshot. */
async function readRows(
  q: Queryable,
  { changedIn, id, since }: Place,
  limit: number,
): Promise<{ readonly rows: readonly Row[]; readonly horizon: number }> {
  const after = sql`(changed_in, id) > (${changedIn}::bigint, ${id}::text) and changed_in < h.xmin`;
  const sinceThen = (column: 'updated_at' | 'at') => (since === null ? sql`true` : sql`${sql.ref(column)} >= ${since}`);
  const result = await sql<{ horizon: number; rows: readonly Row[] | null }>`
    with h as materialized (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin)
    select h.xmin as horizon, (
      select jsonb_agg(jsonb_build_object('id', r.id, 'changed_in', r.changed_in, 'contact', r.contact, 'gone', r.gone) order by r.changed_in, r.id)
        from (
          (select id, changed_in, jsonb_build_object('id', id, 'email', email, 'fields', fields, 'origins', origins, 'score', score, 'archived_at', archived_at,
                  'version', version, 'created_at', created_at, 'updated_at', updated_at) as contact, null::jsonb as gone
             from contacts where ${after} and ${sinceThen('updated_at')} order by changed_in, id limit ${limit})
          union all
          (select id, changed_in, null, jsonb_build_object('why', why, 'into', into_id, 'at', at)
             from departures where ${after} and ${sinceThen('at')} order by changed_in, id limit ${limit})
          order by changed_in, id limit ${limit}
        ) r) as rows
      from h`.execute(q);
  const [row] = result.rows;
  return { rows: row?.rows ?? [], horizon: row?.horizon ?? 0 };
}

const EPOCH = 'changes_epoch';

/** Names this database: numbers of transactions mean nothing in another one. `restore` forgets it. */
async function epochOf(q: Queryable, now: number): Promise<string> {
  const read = () => q.selectFrom('settings').select('value').where('key', '=', EPOCH).executeTakeFirst();
  const known = await read();
  if (known !== undefined) return String(known.value);
  await sql`insert into settings (key, value, updated_at) values (${EPOCH}, to_jsonb(gen_random_uuid()::text), ${now})
            on conflict (key) do nothing`.execute(q);
  return String((await read())?.value);
}
