import { sql } from 'kysely';
import type { ChangePage } from '../connectors/kit/connector.ts';
import { chunks } from '../connectors/kit/read.ts';
import type { Kind } from '../core/model.ts';
import type { PageSink } from './page-sink.ts';
import type { RunContext } from './run-context.ts';
import type { PagePlace } from './sync-page.ts';

const DAY_MS = 86_400_000;
/** A run that begins a little earlier than yesterday's still sweeps today. */
const SLACK_MS = 2 * 3_600_000;
const SWEEP = { feed: 'deleted', mode: 'sweep' } as const;
/** Records that were looked for by id belong to no feed: no cursor moves. */
const DUE: PagePlace = { feed: '', mode: 'due', from: null, next: null, done: true };
const EMPTY: ChangePage = { changed: [], gone: [], moved: [], next: '', more: false };

interface Hooks {
  readonly betweenPages: () => Promise<void>;
  readonly pages: PageSink;
}

/**
 * R33: where a CRM's deletions come in no feed, the linked records are looked for by id, once a day and by each full run; elsewhere
 * a full run looks for those whom it did not see, because lists of deletions forget. Cost follows the number of links. An id that a look-up which ended properly does not give back is gone (R18d).
 */
export async function sweepDeletes(ctx: RunContext, hooks: Hooks): Promise<void> {
  if (ctx.manifest.capabilities.deletesInFeed) {
    // After weeks or months; and what is erased for privacy may never be in one.
    if (ctx.run.mode === 'full') for (const kind of ctx.manifest.kinds) await sweepKind(ctx, kind, hooks);
    return;
  }
  if (!(await isDue(ctx))) return;
  for (const kind of ctx.manifest.kinds) await sweepKind(ctx, kind, hooks);
  await sweepCompanies(ctx, hooks);
  await hooks.pages.afterwards(() => rememberSweep(ctx));
}

/** R25: companies that vanish without a word are looked for by id, too. */
async function sweepCompanies(ctx: RunContext, hooks: Hooks): Promise<void> {
  const { companies } = ctx.connector;
  if (companies === undefined || ctx.manifest.companies?.ended !== 'sweep') return;
  const known = await sql<{ crm_id: string }>`
    select crm_id from companies where connection_id = ${ctx.connection.id} and gone_at is null order by crm_id`.execute(
    ctx.deps.store.db,
  );
  const ids = known.rows.map((row) => row.crm_id);
  for (const part of chunks(ids, ctx.manifest.batch.readByIds.value)) {
    await hooks.betweenPages();
    const companiesGone = await companies.gone(part);
    if (companiesGone.length > 0) await hooks.pages.take({ ...EMPTY, companiesGone, more: true }, DUE);
  }
}

/** The linked records of one kind that this run has not read, looked for by id. Also where a feed's list of deletions goes no further. */
export async function sweepKind(ctx: RunContext, kind: Kind, hooks: Hooks): Promise<void> {
  const size = ctx.manifest.batch.readByIds.value;
  for await (const part of unreadIds(ctx, kind, { size, pages: hooks.pages })) {
    await hooks.betweenPages();
    const there = new Set((await ctx.connector.readByIds(kind, part, [])).map((record) => record.id));
    const gone = part.filter((id) => !there.has(id));
    // Whether so many deletions are meant is asked of all of them together (R40): the page sink counts.
    if (gone.length > 0) await hooks.pages.take({ ...EMPTY, gone, more: true }, DUE);
  }
}

async function rememberSweep(ctx: RunContext): Promise<void> {
  await sql`insert into cursors (connection_id, feed, mode, done, updated_at) values (${ctx.connection.id}, ${SWEEP.feed}, ${SWEEP.mode}, true, ${ctx.deps.clock.now()})
            on conflict (connection_id, feed, mode) do update set updated_at = excluded.updated_at`.execute(
    ctx.deps.store.db,
  );
}

async function isDue(ctx: RunContext): Promise<boolean> {
  if (ctx.run.mode === 'full') return true;
  const last = await ctx.deps.store.db
    .selectFrom('cursors')
    .select('updated_at')
    .where('connection_id', '=', ctx.connection.id)
    .where('feed', '=', SWEEP.feed)
    .where('mode', '=', SWEEP.mode)
    .executeTakeFirst();
  return last === undefined || ctx.deps.clock.now() - last.updated_at >= DAY_MS - SLACK_MS;
}

/** Linked records are looked up so many at a time, so that memory does not grow with their number. */
const LOOKED_UP = 10_000;

/**
 * Ids of linked records that this run has not read, in batches of `size`. Whoever was linked by this very run was just read: a
 * first load asks for nobody a second time.
 */
async function* unreadIds(
  ctx: RunContext,
  kind: Kind,
  { size, pages }: { readonly size: number; readonly pages: PageSink },
): AsyncGenerator<readonly string[]> {
  let rest: readonly string[] = [];
  for (let after = ''; ; ) {
    const { rows } = await sql<{ crm_id: string }>`
      select crm_id from links l where connection_id = ${ctx.connection.id} and kind = ${kind} and state <> 'deleted' and role <> 'merged_away' and crm_id > ${after}
         and created_at < (select started_at from runs where id = ${ctx.run.id})
         and not exists (select 1 from directory d where d.connection_id = l.connection_id and d.crm_id = l.crm_id and d.seen_run = ${ctx.run.id})
       order by crm_id limit ${LOOKED_UP}`.execute(ctx.deps.store.db);
    const kept = pages.keptIds();
    const parts = chunks([...rest, ...rows.map((row) => row.crm_id).filter((id) => !kept.has(id))], size);
    const last = rows.at(-1)?.crm_id;
    const isEnd = last === undefined || rows.length < LOOKED_UP;
    // A batch that is not full waits for the next ones: no call is spent on a rest.
    rest = isEnd || (parts.at(-1)?.length ?? size) === size ? [] : (parts.pop() ?? []);
    yield* parts;
    if (isEnd) return;
    after = last;
  }
}
