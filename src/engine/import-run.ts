import { sql } from 'kysely';
import type { ChangePage, FeedInfo, ReadOptions } from '../connectors/kit/connector.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import type { Kind } from '../core/model.ts';
import { type DueMark, settleDue, takeDue } from '../store/due.ts';
import type { MassGuard } from './mass-guard.ts';
import { refreshOwners } from './owners.ts';
import { PageSink } from './page-sink.ts';
import type { RunContext } from './run-context.ts';
import { sweepDeletes, sweepKind } from './sweep-deletes.ts';
import type { PagePlace } from './sync-page.ts';
import { fieldNamed } from './system-fields.ts';

const PAGE = 1_000;
/** No feed has this many pages; a feed that does not end is a defect, and the run says so. */
const PAGES_MAX = 100_000;
const EMPTY: ChangePage = { changed: [], gone: [], moved: [], next: '', more: false };
/** Records that were read by id or address belong to no feed: no cursor moves. */
const DUE: PagePlace = { feed: '', mode: 'due', from: null, next: null, done: true };

/** One run towards the hub: the feeds of the kinds in use, then what the hub is owed by single records. */
export async function importRun(ctx: RunContext, hooks: ImportHooks): Promise<void> {
  const pages = new PageSink(ctx, hooks.guard);
  if (ctx.run.emails !== null) await importPeople(ctx, pages, ctx.run.emails);
  // A webhook names records, which are owed a look; the feeds are the schedule's.
  else if (ctx.run.trigger !== 'webhook') {
    await refreshOwners(ctx.deps, ctx.connection, ctx.connector);
    for (const feed of feedsInUse(ctx)) await drainFeed(ctx, feed, { ...hooks, pages });
    await sweepDeletes(ctx, { ...hooks, pages });
  }
  await pages.flush();
  await drainOwed(ctx, { ...hooks, pages });
}

export interface ImportHooks {
  readonly betweenPages: () => Promise<void>;
  /** Looks at each page before it is written (R50). */
  readonly guard: MassGuard | null;
}
interface Hooks extends ImportHooks {
  readonly pages: PageSink;
}

/** R11: the kinds in use; deletions and merges are followed for every linked record, whatever the boxes say (R18b). */
export function feedsInUse(ctx: RunContext): readonly FeedInfo[] {
  const { leads, contacts } = ctx.connection.settings.import;
  const used = (kind: Kind): boolean => (kind === 'contact' ? contacts : leads);
  const shared = ctx.manifest.feeds.filter((feed) => feed.carries === 'changes').length < ctx.manifest.kinds.length;
  return ctx.manifest.feeds.filter((feed) =>
    feed.carries === 'companies'
      ? used(feed.kind) && readsCompanies(ctx, feed.kind)
      : feed.carries === 'gone' || shared || used(feed.kind),
  );
}

/** R25: companies are looked at only where a line brings their names in. */
const readsCompanies = (ctx: RunContext, kind: Kind): boolean =>
  (ctx.lines[kind] ?? []).some(({ line, crmField }) => crmField.company === true && line.direction !== 'toCrm');

async function drainFeed(ctx: RunContext, feed: FeedInfo, hooks: Hooks): Promise<void> {
  const { pages } = hooks;
  const mode = ctx.run.mode === 'full' && feed.carries === 'changes' ? 'full' : 'changes';
  const stored = await readCursor(ctx, feed.name, mode);
  // A full read that was finished starts anew; one that was cut off goes on (R30, R36).
  let cursor = stored === null || (mode === 'full' && stored.done) ? null : stored.cursor;
  if (mode === 'full' && stored?.done === true) await forgetCursor(ctx, feed.name, mode);
  const whole = mode === 'full' && cursor === null;
  const promised = whole ? await ctx.connector.count?.(feed.name) : undefined;
  const readBefore = promised === undefined ? 0 : await countRead(ctx, pages);
  await hooks.betweenPages();
  for await (const { page, from } of readPages(ctx, feed, { mode, cursor })) {
    // The CRM no longer knew our position and began anew; the shadows keep what has not changed quiet.
    if (from !== cursor) await pages.afterwards(() => forgetCursor(ctx, feed.name, mode));
    // Before the cursor moves: what the list did not tell is found now, or again by the next run.
    if (page.isCutOff === true) await sweepKind(ctx, feed.kind, hooks);
    const news =
      page.changed.length +
      page.gone.length +
      page.moved.length +
      (page.companies?.length ?? 0) +
      (page.companiesGone?.length ?? 0);
    const idle = news === 0 && page.next === from;
    if (!idle)
      await pages.take(
        page,
        { feed: feed.name, mode, from, next: page.next, done: !page.more },
        { acknowledged: feed.acknowledged === true },
      );
    cursor = page.next;
    if (page.more) await hooks.betweenPages();
  }
  if (promised !== undefined)
    await compareCount(ctx, feed, { promised, read: (await countRead(ctx, pages)) - readBefore });
  const end = cursor;
  if (mode === 'full') await pages.afterwards(() => startChanges(ctx, feed.name, end));
}

interface PageRead {
  readonly page: ChangePage;
  /** The position that it was read from. */
  readonly from: string | null;
}

/**
 * A feed's pages in their order. The next one is read while the last one is written: the CRM's time and the database's
 * overlap. A page that nobody asks for any more (the run was stopped) costs its call and is read again by the next run.
 * Where reading on acknowledges the page before, it waits until that one is written.
 */
async function* readPages(
  ctx: RunContext,
  feed: FeedInfo,
  start: { readonly mode: 'changes' | 'full'; readonly cursor: string | null },
): AsyncGenerator<PageRead> {
  const read = (cursor: string | null) => settled(readPage(ctx, feed, { mode: start.mode, cursor }));
  let ahead = read(start.cursor);
  try {
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const present = orThrow(await ahead);
      const { more, next } = present.page;
      if (more && feed.acknowledged !== true) ahead = read(next);
      yield present;
      if (!more) return;
      if (feed.acknowledged === true) ahead = read(next);
    }
  } finally {
    // Whoever stops reading does not leave a call behind that goes on by itself.
    await ahead;
  }
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };
/** A promise that may wait for its reader without anybody missing its failure. */
const settled = <T>(promise: Promise<T>): Promise<Settled<T>> =>
  promise.then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  );
function orThrow<T>(result: Settled<T>): T {
  if (result.ok) return result.value;
  throw result.error;
}

/** One page; waits for a bulk read that is still running, and starts anew where the CRM no longer knows the position. */
async function readPage(
  ctx: RunContext,
  feed: FeedInfo,
  { mode, cursor }: { readonly mode: 'changes' | 'full'; readonly cursor: string | null },
): Promise<PageRead> {
  for (;;) {
    const page = await ctx.connector
      .readChanges(feed.name, cursor, {
        limit: ctx.manifest.batch.readPage.value,
        fields: ctx.asked,
        mode,
        ...sinceOf(ctx, feed),
        ...filterOf(ctx, feed),
      })
      .catch((error: unknown) => forgotten(error, cursor));
    if (page === 'forgotten') return readPage(ctx, feed, { mode, cursor: null });
    if (page.waitMs === undefined) {
      if (page.more && page.next === cursor)
        throw new RemoteError('unexpected', `the feed ${feed.name} returned the same position twice`);
      return { page, from: cursor };
    }
    await ctx.deps.clock.sleep(page.waitMs);
  }
}

const DAY_MS = 86_400_000;

/** Nobody was linked before the connection was made; the CRM's clock may differ by a day. */
export const sinceOf = (ctx: RunContext, feed: FeedInfo): Pick<ReadOptions, 'since'> =>
  feed.carries === 'gone' ? { since: ctx.connection.createdAt - DAY_MS } : {};

/** R11: a first load of contacts asks the CRM only for those whose sync field is ticked; the connector ignores it later. */
function filterOf(ctx: RunContext, feed: FeedInfo): Pick<ReadOptions, 'filter'> {
  const { contactFilter } = ctx.connection.settings.import;
  if (feed.kind !== 'contact' || !contactFilter.enabled) return {};
  return { filter: { field: fieldNamed(ctx.schema.kinds.contact, contactFilter.field), value: contactFilter.value } };
}

/** How many different records this run has read so far. */
async function countRead(ctx: RunContext, pages: PageSink): Promise<number> {
  const kept = [...pages.keptIds()];
  const row = await sql<{ count: number }>`
    select count(*)::int as count from (
      select crm_id from directory where connection_id = ${ctx.connection.id} and seen_run = ${ctx.run.id} and gone_at is null
      union select unnest(${kept}::text[])) as read`.execute(ctx.deps.store.db);
  return (row.rows[0]?.count ?? 0) + ctx.seen.size;
}

/** R33: a full read that saw less than the CRM says it holds is faulty, and says so. Deletions meanwhile are no gap. */
async function compareCount(
  ctx: RunContext,
  feed: FeedInfo,
  { promised, read }: { readonly promised: number; readonly read: number },
): Promise<void> {
  if (read >= promised) return;
  const now = (await ctx.connector.count?.(feed.name)) ?? 0;
  if (read >= now) return;
  throw new RemoteError(
    'unexpected',
    `the full read of ${feed.name} saw ${read} records, ${ctx.manifest.label} counts ${now}`,
    { case: 'count_gap', params: { read, count: now } },
  );
}

function forgotten(error: unknown, cursor: string | null): 'forgotten' {
  if (error instanceof RemoteError && error.kind === 'cursor' && cursor !== null) return 'forgotten';
  throw error;
}

async function readCursor(
  ctx: RunContext,
  feed: string,
  mode: string,
): Promise<{ cursor: string | null; done: boolean } | null> {
  const row = await ctx.deps.store.db
    .selectFrom('cursors')
    .select(['cursor', 'done'])
    .where('connection_id', '=', ctx.connection.id)
    .where('feed', '=', feed)
    .where('mode', '=', mode)
    .executeTakeFirst();
  return row ?? null;
}

async function forgetCursor(ctx: RunContext, feed: string, mode: string): Promise<void> {
  await ctx.deps.store.db
    .deleteFrom('cursors')
    .where('connection_id', '=', ctx.connection.id)
    .where('feed', '=', feed)
    .where('mode', '=', mode)
    .execute();
}

/** A full read never moves the incremental cursor, but begins one where there is none: changes since the read's start. */
async function startChanges(ctx: RunContext, feed: string, cursor: string | null): Promise<void> {
  await sql`insert into cursors (connection_id, feed, mode, cursor, done, updated_at) values (${ctx.connection.id}, ${feed}, 'changes', ${cursor}, true, ${ctx.deps.clock.now()})
            on conflict do nothing`.execute(ctx.deps.store.db);
}

/** R30b: what the hub is owed by single records (the other run saw them change, a conversion led here): read by id. */
async function drainOwed(ctx: RunContext, hooks: Hooks): Promise<void> {
  const { connection, deps } = ctx;
  const handled = new Set<string>();
  for (;;) {
    await hooks.betweenPages();
    const marks = (
      await takeDue(deps.store.db, { connectionId: connection.id, side: 'hub', now: deps.clock.now(), limit: PAGE })
    ).filter((mark) => !handled.has(mark.subject));
    if (marks.length === 0) return;
    for (const mark of marks) {
      handled.add(mark.subject);
      if (mark.backlog != null) ctx.settingsDue.set(mark.subject, mark.backlog);
    }
    const page = await readOwed(ctx, marks);
    // Debts of single records are looked at page by page: what is too much stays owed.
    await hooks.pages.take(page, DUE, { acknowledged: true });
    await deps.store.transaction((trx) =>
      settleDue(
        trx,
        connection.id,
        'hub',
        marks.map(({ subject, version }) => ({ subject, version })),
      ),
    );
  }
}

async function readOwed(ctx: RunContext, marks: readonly DueMark[]): Promise<ChangePage> {
  const ids = marks.map((mark) => mark.subject);
  const known = await sql<{ crm_id: string; kind: Kind }>`
    select crm_id, kind from links where connection_id = ${ctx.connection.id} and crm_id = any(${ids as string[]}::text[])`.execute(
    ctx.deps.store.db,
  );
  const kindOf = new Map<string, string>(
    marks.flatMap((mark) => (mark.kind == null ? [] : [[mark.subject, mark.kind]])),
  );
  for (const row of known.rows) kindOf.set(row.crm_id, row.kind);
  const changed = [];
  for (const kind of ctx.manifest.kinds) {
    const wanted = ids.filter((id) => (kindOf.get(id) ?? ctx.manifest.kinds[0]) === kind);
    if (wanted.length > 0) changed.push(...(await ctx.connector.readByIds(kind, wanted, ctx.asked)));
  }
  return { ...EMPTY, changed };
}

/** R35: only these people, at once. */
async function importPeople(ctx: RunContext, pages: PageSink, emails: readonly string[]): Promise<void> {
  const found = await ctx.connector.findByKeys(
    emails.map((email) => ({ email })),
    ctx.asked,
  );
  const changed = found.flatMap((one) => one.records);
  await pages.take({ ...EMPTY, changed }, DUE);
}
