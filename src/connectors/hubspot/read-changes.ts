import type { ChangePage, Cursor, ReadOptions } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { type HubSpotClient, type SearchFilter, wanted } from './client.ts';
import { type DecodeContext, decodeRecord } from './codec.ts';

/** Records appear in the search index "after a few moments"; integrators report up to 30 s (BEHAVIOR.md, "Index lag"). */
export const INDEX_LAG_MS = 30_000;
export const SEARCH_PAGE = 200;

/**
 * A walk over everything modified since `from`, in the order of record ids: pages never overlap, nothing is lost when
 * records change meanwhile (they stay in the walk or come with the next), 20,000 records of one instant are ordinary, and
 * the search's 10,000 cap is never met, because each page is a query of its own (BEHAVIOR.md, "Walking").
 */
interface Walk {
  /** ms; null: everything. */
  readonly from: number | null;
  readonly lastId: string;
  /** Server time at the walk's first page: the next walk starts there, less the index lag. */
  readonly startedAt: number | null;
}

const parse = <T>(cursor: Cursor | null, fallback: T): T => {
  if (cursor === null) return fallback;
  try {
    // Written by `JSON.stringify` below and kept unread by the engine.
    return JSON.parse(cursor) as T;
  } catch {
    throw new RemoteError('cursor', 'the position in the feed cannot be read');
  }
};

export async function readContacts(
  client: HubSpotClient,
  after: Cursor | null,
  options: ReadOptions,
  decode: { readonly context: DecodeContext; readonly now: () => number },
): Promise<ChangePage> {
  const walk = parse<Walk>(after, { from: null, lastId: '0', startedAt: null });
  const filters: SearchFilter[] = [{ propertyName: 'hs_object_id', operator: 'GT', value: walk.lastId }];
  if (walk.from !== null) filters.push({ propertyName: 'lastmodifieddate', operator: 'GTE', value: String(walk.from) });
  const properties =
    options.mode === 'slim'
      ? wanted([], decode.context.linkBackField)
      : wanted(options.fields, decode.context.linkBackField);
  const page = await client.search({
    filterGroups: [{ filters }],
    sort: 'hs_object_id',
    properties,
    limit: Math.min(SEARCH_PAGE, options.limit),
  });
  const startedAt = walk.startedAt ?? page.serverTime ?? decode.now();
  const changed = page.results.map((object) => decodeRecord(object, decode.context));
  const { last, more } = page;
  const next: Walk =
    more && last !== null
      ? { from: walk.from, lastId: last, startedAt }
      : { from: startedAt - INDEX_LAG_MS, lastId: '0', startedAt: null };
  const moved = changed.flatMap((record) =>
    record.formerIds.map((from) => ({ from, to: record.id, why: 'merged' as const })),
  );
  return { changed, gone: [], moved, next: JSON.stringify(next), more, expected: page.total - page.found };
}

/** Archived contacts come by record id and cannot be asked by date, so the list is walked from its start (90 days of it). */
interface ArchiveWalk {
  readonly after: string | null;
  readonly pages: number;
  readonly walkedAt: number | null;
}

/** A longer list is walked this often only; deletions meanwhile show when a record is read by id. */
const LONG_LIST_PAGES = 3;
const LONG_LIST_EVERY_MS = 6 * 60 * 60 * 1000;

export async function readArchived(client: HubSpotClient, after: Cursor | null, now: number): Promise<ChangePage> {
  const walk = parse<ArchiveWalk>(after, { after: null, pages: 0, walkedAt: null });
  const isFresh =
    walk.after === null &&
    walk.walkedAt !== null &&
    walk.pages > LONG_LIST_PAGES &&
    now - walk.walkedAt < LONG_LIST_EVERY_MS;
  if (isFresh) return { changed: [], gone: [], moved: [], next: JSON.stringify(walk), more: false };
  const page = await client.listArchived(walk.after);
  const pages = (walk.after === null ? 0 : walk.pages) + 1;
  const next: ArchiveWalk = { after: page.next, pages, walkedAt: page.next === null ? now : walk.walkedAt };
  return {
    changed: [],
    gone: page.results.map((object) => object.id),
    moved: [],
    next: JSON.stringify(next),
    more: page.next !== null,
  };
}
