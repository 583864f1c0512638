import { sql } from 'kysely';
import { chunks } from '../connectors/kit/read.ts';
import type { Trx } from '../store/db.ts';
import { type DueMark, postponeDue, settleDue, takeDue } from '../store/due.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { keepStatistics } from '../store/statistics.ts';
import { gateCalculated } from './calculated-gate.ts';
import { noCounts } from './counts.ts';
import { finishCompanies, withCompanies } from './export-companies.ts';
import { planBatch } from './export-decide.ts';
import type { PlannedWrite, Settled } from './export-plan.ts';
import { type Batch, type Owed, readBatch } from './export-read.ts';
import { AT_ONCE, announce, commitCounts, count, effectOptions, writeAndSettle } from './export-write.ts';
import { finishIntents } from './finish-intents.ts';
import { foreseeBatch } from './foresee.ts';
import { leaveOutGone } from './leave-out-gone.ts';
import type { MassGuard } from './mass-guard.ts';
import { Effects, writeEffects } from './page-effects.ts';
import { rebaseLinks } from './rebase-links.ts';
import type { RunContext } from './run-context.ts';
import { checkLease } from './sync-page.ts';

/** A page of people, at most 1,000 (R30). */
const PAGE = 1_000;

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
  // R50: people for whom the run would create, overwrite or blank, until its total is known to be within the limits.
  const kept = new Map<string, DueMark>();
  try {
    for (;;) {
      await hooks.betweenPages();
      const { fresh, seen, isLast } = await nextMarks(ctx, { only: hooks.only, except: [...kept.keys()] });
      if (seen === 0) break;
      if (fresh.length === 0) continue;
      const waiting = await alone(ctx, fresh, (batch) =>
        lookAt(ctx, batch, { ...hooks, mayGoOn: isLast && kept.size === 0 }),
      );
      for (const owed of waiting) kept.set(owed.contact.id, owed.mark);
    }
    for (const part of chunks([...kept.keys()], PAGE)) {
      await hooks.betweenPages();
      // Read again just before they are written (R32).
      await alone(ctx, await marksOf(ctx, part), (batch) => exportBatch(ctx, batch));
      for (const id of part) kept.delete(id);
    }
  } catch (error) {
    // A run that goes on under new settings has written nothing to them (R36).
    unsee(ctx, [...kept.values()]);
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
  if (fresh.length > 0) await alone(ctx, fresh, (batch) => exportBatch(ctx, batch));
}

/** From the first read to the last settling these contacts are this run's alone: the express lane leaves them to it. */
async function alone<T>(ctx: RunContext, marks: readonly DueMark[], work: (batch: Batch) => Promise<T>): Promise<T> {
  for (const mark of marks) ctx.inFlight.add(mark.subject);
  try {
    await ctx.breathe();
    return await work(await orUnseen(ctx, marks, () => readBatch(ctx, marks)));
  } finally {
    for (const mark of marks) ctx.inFlight.delete(mark.subject);
  }
}

/** How a run remembers whom it has looked at, so that everybody has one outcome (R43). */
const seenAs = (mark: DueMark): string => `${mark.subject}:${mark.version}`;

/** Does it, and takes back that these were looked at when it fails: a run that goes on under new settings looks again (R36). */
async function orUnseen<T>(ctx: RunContext, marks: readonly DueMark[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    unsee(ctx, marks);
    throw error;
  }
}

function unsee(ctx: RunContext, marks: readonly DueMark[]): void {
  for (const mark of marks) ctx.seen.delete(seenAs(mark));
}

/** The next page of what is owed. */
async function nextMarks(
  ctx: RunContext,
  wanted: { readonly only: readonly string[] | undefined; readonly except: readonly string[] },
): Promise<{ readonly fresh: readonly DueMark[]; readonly seen: number; readonly isLast: boolean }> {
  const marks = await takeDue(ctx.deps.store.db, {
    connectionId: ctx.connection.id,
    side: 'crm',
    now: ctx.deps.clock.now(),
    limit: PAGE,
    // A page of people whose writes are open would look like the end: whoever stands behind them would wait for nothing.
    withoutIntents: true,
    ...wanted,
  });
  const fresh = marks.filter((mark) => !ctx.seen.has(seenAs(mark)));
  const { open: due, quiet, later } = await gateCalculated(ctx, fresh);
  if (quiet.length + later.length > 0)
    await ctx.deps.store.transaction(async (trx) => {
      await checkLease(trx, ctx);
      await settleDue(
        trx,
        ctx.connection.id,
        'crm',
        quiet.map(({ subject, version }) => ({ subject, version })),
      );
      await postponeDue(trx, ctx.connection.id, 'crm', later);
    });
  for (const mark of fresh) ctx.seen.add(seenAs(mark));
  return { fresh: due, seen: fresh.length, isLast: marks.length < PAGE };
}

/** What these people are owed by now; newer debts than those that were looked at are taken with them. */
async function marksOf(ctx: RunContext, contactIds: readonly string[]): Promise<readonly DueMark[]> {
  const marks = await takeDue(ctx.deps.store.db, {
    connectionId: ctx.connection.id,
    side: 'crm',
    now: ctx.deps.clock.now(),
    limit: PAGE,
    // The express lane may have announced some of them meanwhile.
    withoutIntents: true,
    only: contactIds,
  });
  for (const mark of marks) ctx.seen.add(seenAs(mark));
  return marks;
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
    await exportBatch(ctx, batch);
    return [];
  }
  const rehearsed = rehearse(ctx, batch);
  const waiting = rehearsed.mass.length === 0 ? null : await countOwed(ctx, batch);
  guard.add(rehearsed.mass, rehearsed.counts, rehearsed.items, () => waiting);
  const guarded = new Set(rehearsed.mass.filter((one) => guard.isGuarded([one])).map((one) => one.subject));
  const isKept = (owed: Owed): boolean =>
    guarded.has(owed.contact.id) || (owed.link !== null && guarded.has(owed.link.crmId));
  // Nothing was kept back before and nothing follows: the total is known, and what was read is still warm.
  if (guard.asYouGo || guarded.size === 0 || mayGoOn) {
    await exportBatch(ctx, batch);
    return [];
  }
  const kept = batch.owed.filter(isKept);
  const others = batch.owed.filter((owed) => !isKept(owed));
  await orUnseen(
    ctx,
    kept.map((owed) => owed.mark),
    () => exportBatch(ctx, { ...batch, owed: others }),
  );
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

/** How many more people are owed something, beside this batch. */
async function countOwed(ctx: RunContext, batch: Batch): Promise<number> {
  const row = await sql<{ count: number }>`
    select count(*)::int as count from due where connection_id = ${ctx.connection.id} and side = 'crm' and not_before <= ${ctx.deps.clock.now()}`.execute(
    ctx.deps.store.db,
  );
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

/** The order of commits towards the CRM: decide, announce, write, settle (R31). */
async function exportBatch(ctx: RunContext, batch: Batch): Promise<void> {
  const { deps } = ctx;
  const marks = [...batch.vanished, ...batch.owed.map((owed) => owed.mark)];
  const writes = await orUnseen(ctx, marks, () => decideBatch(ctx, batch));
  const [first = [], ...pieces] = chunks(writes, AT_ONCE);
  const announced = [...first];
  for (const [index, piece] of pieces.entries()) {
    const left = pieces.slice(index).flat();
    await orUnseen(
      ctx,
      left.map(({ owed }) => owed.mark),
      async () => {
        await ctx.breathe();
        await deps.store.transaction(async (trx) => {
          await checkLease(trx, ctx);
          const alive = await ofThoseWhoAreThere(trx, new Effects(), piece);
          await announce(trx, ctx, alive);
          announced.push(...alive);
        });
      },
    );
  }
  deps.checkpoint?.('export:announced');
  await writeAndSettle(ctx, announced);
  await keepStatistics(deps.store, announced.length);
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
    await commitCounts(trx, ctx, added);
    return writes;
  });
}
