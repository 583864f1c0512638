import { sql } from 'kysely';
import { chunks } from '../connectors/kit/read.ts';
import type { Trx } from '../store/db.ts';
import { type DueMark, leaveDue, postponeDue, settleDue } from '../store/due.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { keepStatistics } from '../store/statistics.ts';
import { noCounts } from './counts.ts';
import { finishCompanies, withCompanies } from './export-companies.ts';
import { planBatch } from './export-decide.ts';
import { keptMarks, nextMarks, nobodyWaits, pageIsOver } from './export-marks.ts';
import type { PlannedWrite, Settled } from './export-plan.ts';
import { type Batch, type Owed, readBatch } from './export-read.ts';
import { AT_ONCE, announce, commitCounts, count, effectOptions, writeAndSettle } from './export-write.ts';
import { finishIntents } from './finish-intents.ts';
import { foreseeBatch } from './foresee.ts';
import { MassChange } from './interruptions.ts';
import { leaveOutGone } from './leave-out-gone.ts';
import type { MassGuard } from './mass-guard.ts';
import { Effects, writeEffects } from './page-effects.ts';
import { rebaseLinks } from './rebase-links.ts';
import type { RunContext } from './run-context.ts';
import { checkLease } from './sync-page.ts';

export interface ExportHooks {
  readonly betweenPages: () => Promise<void>;
  /** Looks at each batch before it is announced (R50). */
  readonly guard: MassGuard | null;
  /** Only these people. */
  readonly only?: readonly string[];
}

/** One run towards the CRM: open intents first, then everything owed, page by page; express marks overtake (R35). */
export async function exportRun(ctx: RunContext, hooks: ExportHooks): Promise<void> {
  await ensurePartitions(ctx.deps.store.db, 'items', [ctx.deps.clock.now()]);
  await finishIntents(ctx);
  await finishCompanies(ctx);
  // R50: people for whom the run would create, overwrite or blank wait until its total is known to be within the limits.
  let somebodyWaits = false;
  try {
    for (;;) {
      await hooks.betweenPages();
      const page = await nextMarks(ctx, hooks.only);
      if (page.marks.length === 0) break;
      const mayGoOn = page.isLast && !somebodyWaits;
      const waiting = await alone(ctx, page.open, (batch) => lookAt(ctx, batch, { ...hooks, mayGoOn }));
      await pageIsOver(
        ctx,
        page,
        waiting.map(({ mark }) => mark),
      );
      somebodyWaits ||= waiting.length > 0;
    }
    while (somebodyWaits) {
      await hooks.betweenPages();
      // Read again just before they are written (R32).
      const page = await keptMarks(ctx);
      if (page.marks.length === 0) break;
      await alone(ctx, page.open, (batch) => exportBatch(ctx, batch));
      await pageIsOver(ctx, page);
    }
  } catch (error) {
    // A run that goes on under new settings has written nothing to them (R36).
    if (somebodyWaits)
      await nobodyWaits(ctx).catch((other: unknown) =>
        ctx.deps.log.warn({ err: other, run: ctx.run.id }, 'people wait for a run that is over'),
      );
    throw error;
  }
}

/** Exactly these people, as the express lane has them: open intents stay the ordinary run's (R31). */
export async function exportMarks(ctx: RunContext, marks: readonly DueMark[]): Promise<void> {
  await ensurePartitions(ctx.deps.store.db, 'items', [ctx.deps.clock.now()]);
  const open = await openIntents(
    ctx,
    marks.map((mark) => mark.subject),
  );
  const fresh = marks.filter((mark) => !open.has(mark.subject));
  await alone(ctx, fresh, (batch) => exportBatch(ctx, batch));
}

const NOBODY: readonly Owed[] = [];

/** From the first read to the last settling these contacts are this run's alone: the express lane leaves them to it. */
async function alone(
  ctx: RunContext,
  marks: readonly DueMark[],
  work: (batch: Batch) => Promise<readonly Owed[]>,
): Promise<readonly Owed[]> {
  if (marks.length === 0) return NOBODY;
  for (const mark of marks) ctx.inFlight.add(mark.subject);
  try {
    await ctx.breathe();
    return await work(await readBatch(ctx, marks));
  } finally {
    for (const mark of marks) {
      ctx.inFlight.delete(mark.subject);
      ctx.calculatedDue.delete(mark.subject);
    }
  }
}

/**
 * Writes a batch, or what of it may be written: who would be created, overwritten or blanked waits until the run's total
 * is known (R50). @returns those who wait. @throws MassChange before anything of the batch is written.
 */
async function lookAt(
  ctx: RunContext,
  batch: Batch,
  { guard, mayGoOn }: ExportHooks & { readonly mayGoOn: boolean },
): Promise<readonly Owed[]> {
  // Of a run that somebody watches only deletions are counted, and where nothing is missing there are none.
  if (guard === null || !(guard.countsChanges || batch.missing.size > 0)) {
    return exportBatch(ctx, batch);
  }
  const rehearsed = rehearse(ctx, batch);
  try {
    guard.add(rehearsed.mass, rehearsed.counts, rehearsed.items, () => null);
  } catch (error) {
    // Counted once, and not for each page.
    if (!(error instanceof MassChange)) throw error;
    throw new MassChange({ ...error.report, waiting: await countOwed(ctx, batch) }, error.samples);
  }
  const guarded = new Set(rehearsed.mass.filter((one) => guard.isGuarded([one])).map((one) => one.subject));
  const isKept = (owed: Owed): boolean =>
    guarded.has(owed.contact.id) || (owed.link !== null && guarded.has(owed.link.crmId));
  // Nothing was kept back before and nothing follows: the total is known, and what was read is still warm.
  if (guard.asYouGo || guarded.size === 0 || mayGoOn) return exportBatch(ctx, batch);
  const kept = batch.owed.filter(isKept);
  const others = batch.owed.filter((owed) => !isKept(owed));
  await exportBatch(ctx, { ...batch, owed: others });
  return kept;
}

/** Decides a batch without consequences. */
function rehearse(ctx: RunContext, batch: Batch) {
  const effects = new Effects();
  const conflictsBefore = ctx.counts.conflicts;
  const copies = batch.owed.map((owed) => ({
    ...owed,
    link: owed.link === null ? null : { ...owed.link },
    contact: { ...owed.contact },
  }));
  const planned = planBatch(ctx, { ...batch, owed: copies }, effects);
  ctx.counts.conflicts = conflictsBefore;
  return { ...foreseeBatch(batch, planned, effects), mass: effects.mass };
}

/** How many more people are owed something who were not looked at, beside this batch. */
async function countOwed(ctx: RunContext, batch: Batch): Promise<number> {
  const row = await sql<{ count: number }>`
    select count(*)::int as count from due where connection_id = ${ctx.connection.id} and side = 'crm' and not_before <= ${ctx.deps.clock.now()}
       and seen_by is distinct from ${ctx.seenBy}`.execute(ctx.deps.store.db);
  return Math.max(0, (row.rows[0]?.count ?? 0) - batch.owed.length - batch.vanished.length);
}

/** People with a write whose answer is not known yet: nothing else is written for them until it is (R31). */
async function openIntents(ctx: RunContext, contactIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { connection, deps } = ctx;
  const rows = await sql<{ contact_id: string; not_before: number }>`
    select contact_id, not_before from intents where connection_id = ${connection.id} and contact_id = any(${contactIds as string[]}::text[])`.execute(
    deps.store.db,
  );
  if (rows.rows.length === 0) return new Set();
  const pause = rows.rows.map((row) => ({
    subject: row.contact_id,
    notBefore: Math.max(row.not_before, deps.clock.now() + 1_000),
    reason: 'intent',
  }));
  await deps.store.transaction((trx) => postponeDue(trx, connection.id, 'crm', pause));
  return new Set(rows.rows.map((row) => row.contact_id));
}

/** The order of commits towards the CRM: decide, announce, write, settle (R31). @returns those who wait: nobody. */
async function exportBatch(ctx: RunContext, batch: Batch): Promise<readonly Owed[]> {
  const { deps } = ctx;
  const [first = [], ...pieces] = chunks(await decideBatch(ctx, batch), AT_ONCE);
  const announced = [...first];
  for (const piece of pieces) {
    await ctx.breathe();
    await deps.store.transaction(async (trx) => {
      await checkLease(trx, ctx);
      const alive = await ofThoseWhoAreThere(trx, new Effects(), piece);
      await announce(trx, ctx, alive);
      announced.push(...alive);
    });
  }
  deps.checkpoint?.('export:announced');
  await writeAndSettle(ctx, announced);
  await keepStatistics(deps.store, announced.length);
  return NOBODY;
}

/** R18: the writes of people who are contacts still; the others leave nothing in the effects either. */
async function ofThoseWhoAreThere(
  trx: Trx,
  effects: Effects,
  writes: readonly PlannedWrite[],
): Promise<readonly PlannedWrite[]> {
  const gone = await leaveOutGone(
    trx,
    effects,
    writes.map(({ owed }) => owed.contact.id),
  );
  return gone.size === 0 ? writes : writes.filter(({ owed }) => !gone.has(owed.contact.id));
}

/** Decides a batch, commits what needs no call, and announces the first writes. @returns all writes. */
async function decideBatch(ctx: RunContext, batch: Batch): Promise<readonly PlannedWrite[]> {
  const { deps } = ctx;
  const effects = new Effects();
  const planned = planBatch(ctx, batch, effects);
  deps.checkpoint?.('export:decided');
  await ctx.breathe();
  const found = await withCompanies(ctx, planned, effects);
  return deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    const gone = await leaveOutGone(
      trx,
      effects,
      batch.owed.map(({ contact }) => contact.id),
    );
    const isThere = ({ owed }: Pick<Settled, 'owed'>): boolean => !gone.has(owed.contact.id);
    const writes = found.writes.filter(isThere);
    const refused = found.refused.filter(isThere);
    const waiting = found.waiting.filter(isThere);
    const clear = planned.settled.filter(isThere);
    const [first] = chunks(writes, AT_ONCE);
    const added = noCounts();
    for (const settled of clear) count(added, settled.outcome);
    for (const _ of refused) count(added, 'rejected');
    for (const _ of waiting) count(added, 'deferred');
    // Links to records that were found must exist before their intents name them.
    await rebaseLinks(trx, effects.links.values());
    await writeEffects(trx, effects, effectOptions(ctx));
    await announce(trx, ctx, first ?? []);
    const over = [...batch.vanished, ...[...clear, ...refused].map((one: Pick<Settled, 'owed'>) => one.owed.mark)];
    await settleDue(
      trx,
      ctx.connection.id,
      'crm',
      over.map(({ subject, version }) => ({ subject, version })),
    );
    await postponeDue(
      trx,
      ctx.connection.id,
      'crm',
      waiting.map(({ owed, notBefore }) => ({ subject: owed.mark.subject, notBefore, reason: 'company' })),
    );
    await leaveDue(
      trx,
      ctx.connection.id,
      ctx.seenBy,
      waiting.map(({ owed }) => owed.mark),
    );
    await commitCounts(trx, ctx, added);
    return writes;
  });
}
