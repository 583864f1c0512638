import type { ChangePage, Cursor, ReadOptions, RemoteRecord } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import type { PipedriveClient } from './client.ts';
import { type Person, parseTime } from './codec.ts';

/** Times have whole seconds, and integrators advise an overlap of a minute (BEHAVIOR.md, "Walking"). */
export const OVERLAP_MS = 60_000;
/** Deleted persons are gone from every list after 30 days (BEHAVIOR.md, "Deletions"). */
const BIN_MS = 30 * 86_400_000;

export interface Walk {
  /** `2026-01-01T00:00:00Z`; null: everything. */
  readonly since: string | null;
  readonly cursor: string | null;
  readonly startedAt: number | null;
}
interface BinWalk {
  readonly since: string;
  readonly start: number;
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

/** Milliseconds are refused by v2. */
const seconds = (ms: number): string => new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
/** v1 has `YYYY-MM-DD HH:MM:SS`, UTC. */
const v1Time = (ms: number): string => seconds(ms).replace('T', ' ').replace('Z', '');

export interface Shape {
  readonly custom: readonly string[];
  readonly optional: readonly string[];
}

export const parseWalk = (cursor: Cursor | null): Walk =>
  parse<Walk>(cursor, { since: null, cursor: null, startedAt: null });

/** Where a walk goes on: inside of it, or a little before its beginning once it has ended. */
export function nextWalk(walk: Walk, page: { readonly next: string | null; readonly startedAt: number }): Walk {
  const startedAt = walk.startedAt ?? page.startedAt;
  return page.next === null
    ? { since: seconds(startedAt - OVERLAP_MS), cursor: null, startedAt: null }
    : { since: walk.since, cursor: page.next, startedAt };
}

/** Persons by the vendor's own keyset cursor: ties and edits between pages are safe within one walk. */
export async function readPersons(
  client: PipedriveClient,
  after: Cursor | null,
  options: ReadOptions & { readonly shape: Shape; readonly now: number },
  decode: (persons: readonly Person[]) => Promise<readonly RemoteRecord[]>,
): Promise<ChangePage> {
  const walk = parseWalk(after);
  const page = await client.persons({
    since: walk.since,
    cursor: walk.cursor,
    limit: options.limit,
    ...options.shape,
  });
  const next = nextWalk(walk, { next: page.next, startedAt: page.serverTime ?? options.now });
  const alive = page.persons.filter((person) => person.is_deleted !== true);
  const gone = page.persons.filter((person) => person.is_deleted === true).map((person) => String(person.id));
  return { changed: await decode(alive), gone, moved: [], next: JSON.stringify(next), more: page.next !== null };
}

export interface BinRead {
  readonly of: 'person' | 'organization';
  readonly since?: number | undefined;
  readonly now: number;
}

/** Deletions: the list of recent changes carries deleted persons with their flag. A merge looks like a deletion here. */
export async function readDeleted(
  client: PipedriveClient,
  after: Cursor | null,
  { of, since = 0, now }: BinRead,
): Promise<ChangePage> {
  const walk = parse<BinWalk>(after, { since: v1Time(Math.max(now - BIN_MS, since)), start: 0, startedAt: null });
  const page = await client.recents(of, walk.since, walk.start);
  const startedAt = walk.startedAt ?? page.serverTime ?? now;
  const next: BinWalk =
    page.nextStart === null
      ? { since: v1Time(startedAt - OVERLAP_MS), start: 0, startedAt: null }
      : { since: walk.since, start: page.nextStart, startedAt };
  // One that begins before what the bin still holds misses deletions.
  const begins = after === null ? since : parseTime(walk.since);
  const isCutOff = of === 'person' && walk.startedAt === null && begins > 0 && begins < now - BIN_MS;
  return {
    changed: [],
    ...(of === 'person' ? { gone: page.gone } : { gone: [], companiesGone: page.gone }),
    moved: [],
    next: JSON.stringify(next),
    more: page.nextStart !== null,
    ...(isCutOff ? { isCutOff } : {}),
  };
}
