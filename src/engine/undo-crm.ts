import { sql } from 'kysely';
import { RemoteError } from '../connectors/kit/errors.ts';
import { chunks } from '../connectors/kit/read.ts';
import type { LeftWhy, UndoFound } from '../core/undo.ts';
import { addFound, NOTHING_FOUND } from '../core/undo.ts';
import type { Trx } from '../store/db.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { type Counts, noCounts, sumCounts } from './counts.ts';
import { withCompanies } from './export-companies.ts';
import type { PlannedWrite } from './export-plan.ts';
import { AT_ONCE, announce, commitCounts, effectOptions, writeAndSettle } from './export-write.ts';
import { Effects, writeEffects } from './page-effects.ts';
import { rebaseLinks } from './rebase-links.ts';
import type { RunContext } from './run-context.ts';
import { readRun } from './runs.ts';
import { writeItemRows } from './samples.ts';
import { checkLease } from './sync-page.ts';
import type { UndoWork } from './undo.ts';
import { type DecidedInCrm, decidePage } from './undo-crm-decide.ts';
import { nextDeeds, type RunDeed } from './undo-items.ts';
import { deleteMade } from './undo-made-there.ts';
import { countUndone, itemsOf, keepProgress, outcomeOf, type Undone } from './undo-progress.ts';
import { leaveAlone, withoutFieldsLeft } from './undo-settle.ts';

/** Somebody wrote between our look and our write, or the CRM was busy: so often it is looked at again within the page. */
const LOOKS = 3;

/**
 * R38: takes back what a run wrote into the CRM: each record is read again, and only fields that still hold what the run
 * wrote go back, under intents (R31), each line held. A plan reads and decides the same and writes nothing. Goes on from
 * where it was: whoever has an item of this undo is done.
 * @throws RemoteError `throttled` when the CRM does not take the rest now; LeaseLost, Cancelled
 */
export async function undoTowardsCrm(
  ctx: RunContext,
  hooks: { readonly betweenPages: () => Promise<void> },
): Promise<void> {
  const { deps, run } = ctx;
  await ensurePartitions(deps.store.db, 'items', [deps.clock.now()]);
  // As it stands now: settings may have been saved since the run began, and then it begins again (R36).
  let { undo: work } = await readRun(deps.store.db, run.id);
  if (work === null) return;
  for (;;) {
    await hooks.betweenPages();
    const page = await nextDeeds(deps.store.db, work.of, work.after);
    if (page === null) return;
    deps.checkpoint?.('undo:before-page');
    work = run.dryRun ? await foreseePage(ctx, work, page) : await carryOutPage(ctx, work, page);
    deps.onProgress?.(run.id);
  }
}

type Page = NonNullable<Awaited<ReturnType<typeof nextDeeds>>>;

async function foreseePage(ctx: RunContext, work: UndoWork, page: Page): Promise<UndoWork> {
  const decided = await decidePage(ctx, work, page.deeds);
  const undone = decided.map((one) => one.undone);
  const next = undone.reduce(countUndone, { work, counts: ctx.counts });
  const kept = { counts: next.counts, work: { ...next.work, after: page.after } };
  const needed = costOf(ctx, kept.counts);
  await ctx.deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    await keepProgress(trx, ctx.run, kept, {
      items: undone.flatMap(itemsOf),
      at: ctx.deps.clock.now(),
      calls: ctx.calls(),
    });
    await sql`update runs set plan = ${JSON.stringify(needed)}::jsonb where id = ${ctx.run.id}`.execute(trx);
  });
  Object.assign(ctx.counts, kept.counts);
  return kept.work;
}

/** The plan's own reading once more, and the writes. */
function costOf(ctx: RunContext, counts: Counts) {
  const { manifest } = ctx;
  const calls =
    ctx.calls() +
    Math.ceil(counts.updated / manifest.batch.update.value) +
    Math.ceil(counts.created / (manifest.deletion?.perCall.value ?? 1));
  const daily = manifest.limits.find((limit) => limit.name === 'daily')?.limit.value;
  return { calls, ofDailyQuota: daily === undefined ? null : calls / daily, seconds: Math.ceil((calls * 400) / 1000) };
}

async function carryOutPage(ctx: RunContext, work: UndoWork, page: Page): Promise<UndoWork> {
  const { deps, run } = ctx;
  const ids = page.deeds.flatMap((deed) => deed.contactId ?? []);
  for (const id of ids) ctx.inFlight.add(id);
  let nothingToDo: readonly Undone[] = [];
  try {
    for (let look = 1; ; look += 1) {
      const open = await notDone(ctx, page.deeds);
      const decided = await decidePage(ctx, work, open);
      nothingToDo = decided.map((one) => one.undone).filter((one) => outcomeOf(one) === 'unchanged');
      await tellLeft(ctx, decided);
      await writeBack(ctx, decided);
      await deleteMade(ctx, decided);
      const again = await notDone(ctx, open, nothingToDo);
      if (again.length === 0) break;
      await takeBackDeferred(ctx, again.length);
      if (look === LOOKS)
        throw new RemoteError('throttled', 'the CRM did not take the rest of an undo', {
          retryAt: deps.clock.now() + 60_000,
        });
    }
  } finally {
    for (const id of ids) ctx.inFlight.delete(id);
  }
  return deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    const found = await foundOf(trx, ctx, work, page.deeds);
    const kept = { ...work, after: page.after, found };
    const added = noCounts();
    added.seen = nothingToDo.length;
    added.unchanged = nothingToDo.length;
    const counts = sumCounts(ctx.counts, added);
    await keepProgress(trx, run, { counts, work: kept }, { items: [], at: deps.clock.now(), calls: ctx.calls() });
    Object.assign(ctx.counts, counts);
    return kept;
  });
}

/** Whoever has no item of this undo yet, and no write whose answer is not known. */
async function notDone(
  ctx: RunContext,
  deeds: readonly RunDeed[],
  except: readonly Undone[] = [],
): Promise<readonly RunDeed[]> {
  const ids = deeds.flatMap((deed) => deed.contactId ?? []);
  const { rows } = await sql<{ id: string }>`
    select contact_id as id from items where run_id = ${ctx.run.id} and contact_id = any(${ids}::text[])
     union select contact_id from intents where connection_id = ${ctx.connection.id} and run_id = ${ctx.run.id} and contact_id = any(${ids}::text[])`.execute(
    ctx.deps.store.db,
  );
  const done = new Set(rows.map((row) => row.id));
  const nothing = new Set(except.map((one) => one.deed));
  return deeds.filter((deed) => deed.contactId !== null && !done.has(deed.contactId) && !nothing.has(deed));
}

/** They are looked at again, and counted then. */
async function takeBackDeferred(ctx: RunContext, deferred: number): Promise<void> {
  const less = { ...noCounts(), seen: -deferred, deferred: -deferred };
  await ctx.deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    await commitCounts(trx, ctx, less);
  });
}

/** Of whom nothing goes back, and what is left alone of the others. */
async function tellLeft(ctx: RunContext, decided: readonly DecidedInCrm[]): Promise<void> {
  const undone = decided.map((one) => one.undone).filter((one) => outcomeOf(one) === 'filtered');
  if (undone.length === 0) return;
  const added = { ...noCounts(), seen: undone.length, filtered: undone.length };
  await ctx.deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    await writeItemRows(trx, ctx.run, undone.flatMap(itemsOf), ctx.deps.clock.now(), true);
    await commitCounts(trx, ctx, added);
  });
}

/** R31: announced under an intent with its lines held already, so that no answer, and no crash, lets a side repeat it. */
async function writeBack(ctx: RunContext, decided: readonly DecidedInCrm[]): Promise<void> {
  const wanted = decided.flatMap((one) => one.write ?? []);
  if (wanted.length === 0) return;
  const writes = await withItsCompanies(ctx, wanted);
  for (const piece of chunks(writes, AT_ONCE)) {
    await ctx.breathe();
    await ctx.deps.store.transaction(async (trx) => {
      await checkLease(trx, ctx);
      await holdAndAnnounce(trx, ctx, piece);
    });
  }
  ctx.deps.checkpoint?.('export:announced');
  await writeAndSettle(ctx, writes);
}

/** R25: with the companies that values name; one that cannot be had stays out, and is left alone like what the CRM refuses. */
async function withItsCompanies(ctx: RunContext, wanted: readonly PlannedWrite[]): Promise<readonly PlannedWrite[]> {
  // What it would put on the list of things to fix is told with the undo instead.
  const { writes } = await withCompanies(ctx, { writes: [...wanted], settled: [] }, new Effects());
  const byContact = new Map(writes.map((one) => [one.owed.contact.id, one]));
  const effects = new Effects();
  const ready = wanted.flatMap((planned): PlannedWrite[] => {
    const write = byContact.get(planned.owed.contact.id);
    if (write === undefined) leaveAlone(effects, planned, 'refused');
    return write === undefined ? [] : [withoutFieldsLeft(planned, write)];
  });
  const left = wanted.length - ready.length;
  if (left === 0) return ready;
  await ctx.deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    await writeEffects(trx, effects, effectOptions(ctx));
    await commitCounts(trx, ctx, { ...noCounts(), seen: left, filtered: left });
  });
  return ready;
}

async function holdAndAnnounce(trx: Trx, ctx: RunContext, writes: readonly PlannedWrite[]): Promise<void> {
  const effects = new Effects();
  for (const { link } of writes) if (link !== null) effects.links.set(link.id, link);
  await rebaseLinks(trx, effects.links.values());
  await writeEffects(trx, effects, effectOptions(ctx));
  await announce(trx, ctx, writes);
}

/** What this page came to: read from its items, so that a page that was begun twice counts once. */
async function foundOf(trx: Trx, ctx: RunContext, work: UndoWork, deeds: readonly RunDeed[]): Promise<UndoFound> {
  const ids = deeds.flatMap((deed) => deed.contactId ?? []);
  const { rows } = await sql<{
    contact_id: string;
    outcome: string;
    reason: LeftWhy | null;
    /** Of what is left alone the rule is why. */
    changes: readonly { readonly rule: LeftWhy }[];
  }>`
    select contact_id, outcome, reason, changes from items where run_id = ${ctx.run.id} and contact_id = any(${ids}::text[])`.execute(
    trx,
  );
  let found = work.found ?? NOTHING_FOUND;
  for (const items of Map.groupBy(rows, (row) => row.contact_id).values()) {
    const whys = items
      .filter((item) => item.outcome === 'filtered')
      .flatMap((item) => (item.changes.length > 0 ? item.changes.map((one) => one.rule) : [item.reason ?? 'edited']));
    found = addFound(found, {
      fields: items.reduce((sum, item) => sum + (item.outcome === 'updated' ? item.changes.length : 0), 0),
      removed: items.some((item) => item.outcome === 'created') ? 1 : 0,
      left: whys,
    });
  }
  return found;
}
