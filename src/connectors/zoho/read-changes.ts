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
  /** Counted all the way; what it is asked by where there is no token. */
  readonly page: number;
  /** Of converted leads, where an answer gave one: reaches further than `page`. */
  readonly token: string | null;
  /** Of converted leads: the time of the last one seen, where a place that was lost is found again. */
  readonly seenAt?: string;
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
  readonly module: ModuleName | 'Accounts';
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

export const parsePlace = (cursor: Cursor): Walk => parse<Walk>(cursor, startingAt(0));
/** The place from which everything is read that changed since, less what may commit late. */
export const startingAt = (ms: number): Walk => ({ at: zohoTime(ms - OVERLAP_MS), id: '', startedAt: null });

export interface WalkInput {
  readonly module: string;
  /** `Modified_Time` among them. */
  readonly select: readonly string[];
  /** A criterion beside the place; null: none. */
  readonly condition: string | null;
  readonly limit: number;
  readonly now: number;
}

/** 2,000 rows a call by COQL, walked by (Modified_Time, id): no wall at 2,000 or 100,000, no tie lost. */
export async function walkRows(
  client: ZohoClient,
  walk: Walk,
  { module, select, condition, limit, now }: WalkInput,
): Promise<{
  readonly rows: readonly Row[];
  readonly next: Walk;
  readonly more: boolean;
  readonly serverTime: number | null;
}> {
  const where =
    walk.id === ''
      ? `Modified_Time >= ${quote(walk.at)}`
      : `(Modified_Time > ${quote(walk.at)} or (Modified_Time = ${quote(walk.at)} and id > ${quote(walk.id)}))`;
  const page = await client.coql(
    `select ${select.join(', ')} from ${module} where ${condition === null ? where : `(${where} and ${condition})`} order by Modified_Time asc, id asc limit 0, ${limit}`,
  );
  const startedAt = walk.startedAt ?? page.serverTime ?? now;
  const last = page.rows.at(-1);
  // A full page is the last one only where the answer says so.
  const more = last !== undefined && (page.more ?? page.rows.length >= limit);
  const next: Walk = more
    ? { ...walk, at: zohoTime(Date.parse(String(last['Modified_Time']))), id: last.id, startedAt }
    : startingAt(startedAt);
  return { rows: page.rows, next, more, serverTime: page.serverTime };
}

export async function readRows(
  { client, module, cursor, now }: ReadInput,
  options: ReadOptions,
  { select, condition, decode }: RowsInput,
): Promise<ChangePage> {
  const walk = parse<Walk>(cursor, { at: zohoTime(0), id: '', startedAt: null, first: true });
  const isFiltered = walk.first === true && options.mode === 'changes' && condition !== null;
  const { rows, next, more } = await walkRows(client, walk, {
    module,
    select,
    condition: isFiltered ? condition : null,
    limit: Math.min(COQL_ROWS, options.limit),
    now,
  });
  return { changed: rows.map(decode), gone: [], moved: [], next: JSON.stringify(next), more };
}

const beginning = (now: number, since: number): ListWalk => ({
  since: zohoTime(Math.max(now - BIN_MS, since)),
  page: 1,
  token: null,
  startedAt: null,
});
const isLost = (error: unknown): boolean => error instanceof RemoteError && error.kind === 'cursor';

/**
 * Deleted records, merged ones among them: nothing names the winner (BEHAVIOR.md, "Deletions and merges"). Where the list
 * does not go on, who was deleted is found by looking for the linked ones.
 */
export async function readDeleted({ client, module, cursor, now, since }: ReadInput): Promise<ChangePage> {
  const walk = parse<ListWalk>(cursor, beginning(now, since));
  const page = await client.deleted(module, walk.since, walk.page).catch((error: unknown) => {
    if (walk.page > 1 && isLost(error)) return 'wall' as const;
    throw error;
  });
  const isWall = page === 'wall';
  const startedAt = walk.startedAt ?? (isWall ? null : page.serverTime) ?? now;
  const more = !isWall && page.more;
  const next: ListWalk = more
    ? { ...walk, page: walk.page + 1, startedAt }
    : { since: zohoTime(startedAt - OVERLAP_MS), page: 1, token: null, startedAt: null };
  return {
    changed: [],
    gone: isWall ? [] : page.ids,
    moved: [],
    next: JSON.stringify(next),
    more,
    ...(isWall ? { isCutOff: true } : {}),
  };
}

/**
 * Converted leads leave the ordinary lists and are not in the deleted one: a list of their own, by time. A place that the
 * vendor no longer knows, or will not go beyond, is found again by the time of the last lead seen.
 */
export async function readConverted({ client, cursor, now, since }: ReadInput): Promise<ChangePage> {
  const stored = parse<ListWalk>(cursor, beginning(now, since));
  let walk = stored;
  const page = await client.converted(stored.since, stored).catch((error: unknown) => {
    const { seenAt } = stored;
    if (!isLost(error) || seenAt === undefined) throw error;
    if (seenAt === stored.since)
      throw new RemoteError('unexpected', `Zoho's list of converted leads does not go beyond ${seenAt}`);
    walk = { ...stored, since: seenAt, page: 1, token: null };
    return client.converted(walk.since, walk);
  });
  const startedAt = walk.startedAt ?? page.serverTime ?? now;
  const more = page.more === true && page.rows.length > 0;
  const last = page.rows.at(-1)?.['Modified_Time'];
  const seenAt = typeof last === 'string' ? zohoTime(Date.parse(last)) : walk.seenAt;
  // Without a token by time, because pages shift when a lead leaves the list; by page within one second only.
  const isByTime = page.next === null && seenAt !== undefined && seenAt !== walk.since;
  const next: ListWalk = more
    ? {
        since: isByTime ? seenAt : walk.since,
        page: isByTime ? 1 : walk.page + 1,
        token: page.next,
        ...(seenAt === undefined ? {} : { seenAt }),
        startedAt,
      }
    : { since: zohoTime(startedAt - OVERLAP_MS), page: 1, token: null, startedAt: null };
  const moved = page.rows.map((row) => {
    const contact = row['Converted_Contact'];
    const to = typeof contact === 'object' && contact !== null && 'id' in contact ? String(contact.id) : null;
    return { from: row.id, to, why: 'converted' as const, toKind: 'contact' as const };
  });
  return { changed: [], gone: [], moved, next: JSON.stringify(next), more };
}
