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
  /** Whom this run has read already: they are there. */
  readonly seen?: ReadonlySet<string>;
}

/**
 * R33: where a CRM's deletions come in no feed, the linked records are looked for by id, once a day and by each full run; elsewhere
 * a full run looks for those whom it did not see, because lists of deletions forget. Cost follows the number of links. An id that a look-up which ended properly does not give back is gone (R18d).
 */
export async function sweepDeletes(
  ctx: RunContext,
  hooks: Hooks & { readonly seen: ReadonlySet<string> },
): Promise<void> {
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

/** The linked records of one kind, looked for by id. Also where a feed's list of deletions goes no further. */
export async function sweepKind(ctx: RunContext, kind: Kind, hooks: Hooks): Promise<void> {
  const wanted = (await linkedIds(ctx, kind)).filter((id) => hooks.seen?.has(id) !== true);
  for (const part of chunks(wanted, ctx.manifest.batch.readByIds.value)) {
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

/** Whoever was linked by this very run was just read: a first load asks for nobody a second time. */
async function linkedIds(ctx: RunContext, kind: Kind): Promise<readonly string[]> {
  const rows = await sql<{ crm_id: string }>`
    select crm_id from links where connection_id = ${ctx.connection.id} and kind = ${kind} and state <> 'deleted' and role <> 'merged_away'
       and created_at < (select started_at from runs where id = ${ctx.run.id}) order by crm_id`.execute(
    ctx.deps.store.db,
  );
  return rows.rows.map((row) => row.crm_id);
}
