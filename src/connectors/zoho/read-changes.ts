import type { ChangePage, Cursor, ReadOptions, RemoteRecord } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { COQL_ROWS, type ModuleName, type ZohoClient } from './client.ts';
import { type Row, zohoTime } from './codec.ts';

/** Both reads come from the database; a minute covers what commits late (BEHAVIOR.md, "Walking"). */
export const OVERLAP_MS = 60_000;
/** Deletions are listed for 60 days in the bin, and some time after. */
const BIN_MS = 60 * 86_400_000;

/** By time and id, because thousands of rows share one second. */
interface Walk {
  readonly at: string;
  readonly id: string;
  readonly startedAt: number | null;
  /** A first load, whose query may be filtered (R11). */
  readonly first?: boolean;
}
interface ListWalk {
  readonly since: string;
  /** Of `/deleted`. */
  readonly page: number;
  /** Of converted leads. */
  readonly token: string | null;
  readonly startedAt: number | null;
}

function parse<T>(cursor: Cursor | null, fallback: T): T {
  if (cursor === null) return fallback;
  try {
    // Written by `JSON.stringify` below and kept unread by the engine.
    return JSON.parse(cursor) as T;
  } catch {
    throw new RemoteError('cursor', 'the position in the feed cannot be read');
  }
}

export const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;

export interface ReadInput {
  readonly client: ZohoClient;
  readonly module: ModuleName;
  readonly cursor: Cursor | null;
  readonly now: number;
  /** Where a list of deletions or conversions begins, at the earliest. */
  readonly since: number;
}

export interface RowsInput {
  readonly select: readonly string[];
  /** R11, as a criterion; null: none. */
  readonly condition: string | null;
  readonly decode: (row: Row) => RemoteRecord;
}

/** 2,000 rows a call by COQL, walked by (Modified_Time, id): no wall at 2,000 or 100,000, no tie lost. */
export async function readRows(
  { client, module, cursor, now }: ReadInput,
  options: ReadOptions,
  { select, condition, decode }: RowsInput,
): Promise<ChangePage> {
  const walk = parse<Walk>(cursor, { at: zohoTime(0), id: '', startedAt: null, first: true });
  const limit = Math.min(COQL_ROWS, options.limit);
  const where =
    walk.id === ''
      ? `Modified_Time >= ${quote(walk.at)}`
      : `(Modified_Time > ${quote(walk.at)} or (Modified_Time = ${quote(walk.at)} and id > ${quote(walk.id)}))`;
  const isFiltered = walk.first === true && options.mode === 'changes' && condition !== null;
  const page = await client.coql(
    `select ${select.join(', ')} from ${module} where ${isFiltered ? `(${where} and ${condition})` : where} order by Modified_Time asc, id asc limit 0, ${limit}`,
  );
  const startedAt = walk.startedAt ?? page.serverTime ?? now;
  const last = page.rows.at(-1);
  // A full page is the last one only where the answer says so.
  const more = last !== undefined && (page.more ?? page.rows.length >= limit);
  const next: Walk = more
    ? { ...walk, at: zohoTime(Date.parse(String(last['Modified_Time']))), id: last.id, startedAt }
    : { at: zohoTime(startedAt - OVERLAP_MS), id: '', startedAt: null };
  return { changed: page.rows.map(decode), gone: [], moved: [], next: JSON.stringify(next), more };
}

/** Deleted records, merged ones among them: nothing names the winner (BEHAVIOR.md, "Deletions and merges"). */
export async function readDeleted({ client, module, cursor, now, since }: ReadInput): Promise<ChangePage> {
  const walk = parse<ListWalk>(cursor, {
    since: zohoTime(Math.max(now - BIN_MS, since)),
    page: 1,
    token: null,
    startedAt: null,
  });
  const page = await client.deleted(module, walk.since, walk.page);
  const startedAt = walk.startedAt ?? page.serverTime ?? now;
  const next: ListWalk = page.more
    ? { ...walk, page: walk.page + 1, startedAt }
    : { since: zohoTime(startedAt - OVERLAP_MS), page: 1, token: null, startedAt: null };
  return { changed: [], gone: page.ids, moved: [], next: JSON.stringify(next), more: page.more };
}

/** Converted leads leave the ordinary lists and are not in the deleted one: a list of their own. */
export async function readConverted({ client, cursor, now, since }: ReadInput): Promise<ChangePage> {
  const walk = parse<ListWalk>(cursor, {
    since: zohoTime(Math.max(now - BIN_MS, since)),
    page: 1,
    token: null,
    startedAt: null,
  });
  const page = await client.converted(walk.since, walk.token);
  const startedAt = walk.startedAt ?? page.serverTime ?? now;
  const more = page.more === true && page.next !== null;
  const next: ListWalk = more
    ? { ...walk, token: page.next, startedAt }
    : { since: zohoTime(startedAt - OVERLAP_MS), page: 1, token: null, startedAt: null };
  const moved = page.rows.map((row) => {
    const contact = row['Converted_Contact'];
    const to = typeof contact === 'object' && contact !== null && 'id' in contact ? String(contact.id) : null;
    return { from: row.id, to, why: 'converted' as const, toKind: 'contact' as const };
  });
  return { changed: [], gone: [], moved, next: JSON.stringify(next), more };
}
