import { sql } from 'kysely';
import type { RemoteRecord, WriteOutcome } from '../connectors/kit/connector.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import { chunks } from '../connectors/kit/read.ts';
import type { Trx } from '../store/db.ts';
import { type DueMark, postponeDue, settleDue, takeDue } from '../store/due.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { gateCalculated, noteCalculated } from './calculated-gate.ts';
import { type Counts, noCounts, sumCounts } from './counts.ts';
import { finishCompanies, withCompanies } from './export-companies.ts';
import { planBatch } from './export-decide.ts';
import type { PlannedWrite, Settled } from './export-plan.ts';
import { type Batch, type Owed, readBatch } from './export-read.ts';
import { type SettledWrite, settleWrite } from './export-settle.ts';
import { finishIntents } from './finish-intents.ts';
import { foreseeBatch } from './foresee.ts';
import type { MassGuard } from './mass-guard.ts';
import { Effects, writeEffects } from './page-effects.ts';
import type { RunContext } from './run-context.ts';
import { checkLease, storeCounts } from './sync-page.ts';

/** A page of people, at most 1,000 (R30). */
const PAGE = 1_000;
/** So many are announced or settled by one transaction: whoever has just submitted a form is not kept waiting by it. */
const AT_ONCE = 250;
const UNKNOWN: WriteOutcome = { kind: 'unknown' };

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
  const kept = new Set<string>();
  for (;;) {
    await hooks.betweenPages();
    const { fresh, seen, isLast } = await nextMarks(ctx, { only: hooks.only, except: [...kept] });
    if (seen === 0) break;
    if (fresh.length === 0) continue;
    const waiting = await alone(ctx, fresh, (batch) =>
      lookAt(ctx, batch, { ...hooks, mayGoOn: isLast && kept.size === 0 }),
    );
    for (const owed of waiting) kept.add(owed.contact.id);
  }
  for (const part of chunks([...kept], PAGE)) {
    await hooks.betweenPages();
    // Read again just before they are written (R32).
    await alone(ctx, await marksOf(ctx, part), (batch) => exportBatch(ctx, batch));
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
    return await work(await readBatch(ctx, marks));
  } finally {
    for (const mark of marks) ctx.inFlight.delete(mark.subject);
  }
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
    ...wanted,
  });
  const open = await openIntents(
    ctx,
    marks.map((mark) => mark.subject),
  );
  const fresh = marks.filter((mark) => !ctx.seen.has(`${mark.subject}:${mark.version}`) && !open.has(mark.subject));
  for (const mark of fresh) ctx.seen.add(`${mark.subject}:${mark.version}`);
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
  return { fresh: due, seen: fresh.length, isLast: marks.length < PAGE };
}

/** What these people are owed by now; newer debts than those that were looked at are taken with them. */
async function marksOf(ctx: RunContext, contactIds: readonly string[]): Promise<readonly DueMark[]> {
  const marks = await takeDue(ctx.deps.store.db, {
    connectionId: ctx.connection.id,
    side: 'crm',
    now: ctx.deps.clock.now(),
    limit: PAGE,
    only: contactIds,
  });
  for (const mark of marks) ctx.seen.add(`${mark.subject}:${mark.version}`);
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
  await exportBatch(ctx, { ...batch, owed: batch.owed.filter((owed) => !isKept(owed)) });
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
  const effects = new Effects();
  const planned = planBatch(ctx, batch, effects);
  deps.checkpoint?.('export:decided');
  await ctx.breathe();
  const { writes, refused, waiting } = await withCompanies(ctx, planned, effects);
  const [first, ...others] = chunks(writes, AT_ONCE);
  await deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    const added = noCounts();
    for (const settled of planned.settled) count(added, settled.outcome);
    for (const _ of refused) count(added, 'rejected');
    for (const _ of waiting) count(added, 'deferred');
    // Links to records that were found must exist before their intents name them.
    await writeEffects(trx, effects, options(ctx));
    await announce(trx, ctx, first ?? []);
    const over = [
      ...batch.vanished,
      ...[...planned.settled, ...refused].map((one: Pick<Settled, 'owed'>) => one.owed.mark),
    ];
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
  });
  for (const piece of others) {
    await ctx.breathe();
    await deps.store.transaction(async (trx) => {
      await checkLease(trx, ctx);
      await announce(trx, ctx, piece);
    });
  }
  deps.checkpoint?.('export:announced');
  await writeAndSettle(ctx, writes);
}

/** R31: one intent a record, one statement a batch, committed before the call. */
async function announce(trx: Trx, ctx: RunContext, writes: readonly PlannedWrite[]): Promise<void> {
  if (writes.length === 0) return;
  const rows = writes.map(({ owed, kind, write, fields, link }) => ({
    id: write.key,
    contact_id: owed.contact.id,
    link_id: link?.id ?? null,
    crm_id: write.id ?? null,
    kind,
    op: write.op,
    email_key: owed.contact.emailKey,
    fields: write.fields,
    writes: fields,
    due_version: owed.mark.version,
  }));
  await sql`
    insert into intents (id, connection_id, run_id, contact_id, link_id, crm_id, kind, op, email_key, fields, writes, due_version, created_at)
    select id, ${ctx.connection.id}::text, ${ctx.run.id}::text, contact_id, link_id, crm_id, kind, op, email_key, fields, writes, due_version, ${ctx.deps.clock.now()}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, contact_id text, link_id text, crm_id text, kind text, op text, email_key text, fields jsonb, writes jsonb, due_version bigint)
    on conflict (connection_id, contact_id) do nothing`.execute(trx);
}

async function writeAndSettle(ctx: RunContext, writes: readonly PlannedWrite[]): Promise<void> {
  if (writes.length === 0) return;
  const { deps } = ctx;
  let failure: RemoteError | null = null;
  const outcomes = await ctx.connector
    .write(writes.map((one) => one.write))
    .catch((error: unknown): readonly WriteOutcome[] => {
      // The call as a whole failed (credentials, scope): nothing is known of any of them; intents tell the next run.
      if (!(error instanceof RemoteError)) throw error;
      failure = error;
      return writes.map(() => ({ kind: 'unknown' }));
    });
  deps.checkpoint?.('export:written');
  const complete = await readBack(ctx, writes, outcomes);
  const again: { readonly planned: PlannedWrite; readonly result: SettledWrite }[] = [];
  const pairs = writes.map((planned, index) => ({ planned, outcome: complete[index] ?? UNKNOWN }));
  for (const piece of chunks(pairs, AT_ONCE)) {
    await ctx.breathe();
    const effects = new Effects();
    const results = piece.map(({ planned, outcome }) => ({
      planned,
      result: settleWrite(ctx, effects, planned, outcome),
    }));
    again.push(...results.filter(({ result }) => result.retryWithout.length > 0));
    await deps.store.transaction(async (trx) => {
      await checkLease(trx, ctx);
      await settle(trx, ctx, effects, results);
      deps.checkpoint?.('export:before-settle-commit');
    });
    deps.checkpoint?.('export:settled');
  }
  deps.onProgress?.(ctx.run.id);
  if (failure !== null) throw failure;
  await writeAndSettle(
    ctx,
    again.map(({ planned, result }) => withoutFields(ctx, planned, result.retryWithout)),
  );
}

function withoutFields(ctx: RunContext, planned: PlannedWrite, names: readonly string[]): PlannedWrite {
  const fields = Object.fromEntries(Object.entries(planned.write.fields).filter(([name]) => !names.includes(name)));
  return {
    ...planned,
    write: { ...planned.write, key: ctx.deps.ids.next('int'), fields },
    fields: planned.fields.filter((one) => !names.includes(one.field)),
  };
}

/** R2c: where answers carry no values, the records are read again, gathered. */
async function readBack(
  ctx: RunContext,
  writes: readonly PlannedWrite[],
  outcomes: readonly WriteOutcome[],
): Promise<readonly WriteOutcome[]> {
  const records = new Map<string, RemoteRecord>();
  for (const kind of ctx.manifest.kinds) {
    const ids = outcomes.flatMap((outcome, index) =>
      outcome.kind === 'stored' && outcome.record === null && writes[index]?.kind === kind ? [outcome.id] : [],
    );
    if (ids.length === 0) continue;
    for (const record of await ctx.connector.readByIds(kind, ids, ctx.asked)) records.set(record.id, record);
  }
  return outcomes.map((outcome) => {
    const record = outcome.kind === 'stored' && outcome.record === null ? records.get(outcome.id) : undefined;
    return outcome.kind === 'stored' && record !== undefined
      ? { ...outcome, record, certain: record.byUs === true }
      : outcome;
  });
}

async function settle(
  trx: Trx,
  ctx: RunContext,
  effects: Effects,
  results: readonly { readonly planned: PlannedWrite; readonly result: SettledWrite }[],
): Promise<void> {
  const alive = new Set(
    (
      await sql<{
        id: string;
      }>`select id from contacts where id = any(${results.map(({ planned }) => planned.owed.contact.id)}::text[]) for share`.execute(
        trx,
      )
    ).rows.map((row) => row.id),
  );
  // Erased or deleted meanwhile: nothing of that person is written (R18).
  for (const [id, link] of effects.links)
    if (link.contactId !== null && !alive.has(link.contactId)) effects.links.delete(id);
  const added = noCounts();
  const closed: string[] = [];
  const reopened: { id: string; state: string; notBefore: number }[] = [];
  const settledMarks: { subject: string; version: number }[] = [];
  const later: { subject: string; notBefore: number; reason: string }[] = [];
  for (const { planned, result } of results) {
    const { mark } = planned.owed;
    if (result.retryWithout.length > 0) continue;
    count(added, result.outcome);
    if (result.open) reopened.push({ id: planned.write.key, state: 'unknown', notBefore: result.later ?? 0 });
    else closed.push(planned.owed.contact.id);
    if (result.later === null) settledMarks.push({ subject: mark.subject, version: mark.version });
    else
      later.push({
        subject: mark.subject,
        notBefore: result.later,
        reason: result.open ? 'unknown' : mark.reason === 'link_back' ? mark.reason : 'deferred',
      });
  }
  await writeEffects(trx, effects, options(ctx));
  if (closed.length > 0)
    await sql`delete from intents where connection_id = ${ctx.connection.id} and contact_id = any(${closed}::text[])`.execute(
      trx,
    );
  if (reopened.length > 0) {
    await sql`update intents i set state = n.state, not_before = n."notBefore", tries = tries + 1
                from jsonb_to_recordset(${JSON.stringify(reopened)}::jsonb) as n(id text, state text, "notBefore" bigint) where i.id = n.id`.execute(
      trx,
    );
  }
  await noteCalculated(trx, ctx, results);
  await settleDue(trx, ctx.connection.id, 'crm', settledMarks);
  await postponeDue(trx, ctx.connection.id, 'crm', later);
  await commitCounts(trx, ctx, added);
}

const options = (ctx: RunContext) => ({
  connectionId: ctx.connection.id,
  runId: ctx.run.id,
  direction: 'toCrm' as const,
  at: ctx.deps.clock.now(),
  ids: ctx.deps.ids,
  rescore: false,
});

const count = (counts: Counts, outcome: Settled['outcome']): void => {
  counts.seen += 1;
  counts[outcome] += 1;
};

async function commitCounts(trx: Trx, ctx: RunContext, added: Counts): Promise<void> {
  const total = sumCounts(ctx.counts, added);
  Object.assign(ctx.counts, total);
  await storeCounts(trx, ctx, total);
}
