import { sql } from 'kysely';
import type { RemoteRecord, WriteOutcome } from '../connectors/kit/connector.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import type { Trx } from '../store/db.ts';
import { postponeDue, settleDue, takeDue } from '../store/due.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { planBatch } from './export-decide.ts';
import type { PlannedWrite, Settled } from './export-plan.ts';
import { type Batch, readBatch } from './export-read.ts';
import { type SettledWrite, settleWrite } from './export-settle.ts';
import { finishIntents } from './finish-intents.ts';
import { Effects, writeEffects } from './page-effects.ts';
import { type Counts, noCounts, type RunContext } from './run-context.ts';
import { checkLease, storeCounts, sum } from './sync-page.ts';

/** A page of people, at most 1,000 (R30). */
const PAGE = 1_000;

/** One run towards the CRM: open intents first, then everything owed, page by page; express marks overtake (R35). */
export async function exportRun(
  ctx: RunContext,
  hooks: { readonly betweenPages: () => Promise<void>; readonly only?: readonly string[] },
): Promise<void> {
  await ensurePartitions(ctx.deps.store.db, 'items', [ctx.deps.clock.now()]);
  await finishIntents(ctx);
  for (;;) {
    await hooks.betweenPages();
    const { connection, deps } = ctx;
    const marks = await takeDue(deps.store.db, {
      connectionId: connection.id,
      side: 'crm',
      now: deps.clock.now(),
      limit: PAGE,
      only: hooks.only,
    });
    const open = await openIntents(
      ctx,
      marks.map((mark) => mark.subject),
    );
    const fresh = marks.filter((mark) => !ctx.seen.has(`${mark.subject}:${mark.version}`) && !open.has(mark.subject));
    if (fresh.length === 0) return;
    for (const mark of fresh) ctx.seen.add(`${mark.subject}:${mark.version}`);
    await exportBatch(ctx, await readBatch(ctx, fresh));
  }
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
  await deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    const added = noCounts();
    for (const settled of planned.settled) count(added, settled.outcome);
    // Links to records that were found must exist before their intents name them.
    await writeEffects(trx, effects, options(ctx));
    await announce(trx, ctx, planned.writes);
    await settleDue(
      trx,
      ctx.connection.id,
      'crm',
      [...batch.vanished, ...planned.settled.map((one: Settled) => one.owed.mark)].map(({ subject, version }) => ({
        subject,
        version,
      })),
    );
    await commitCounts(trx, ctx, added);
  });
  deps.checkpoint?.('export:announced');
  await writeAndSettle(ctx, planned.writes);
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
  const effects = new Effects();
  const results = writes.map((one, index) => ({
    planned: one,
    result: settleWrite(ctx, effects, one, complete[index] ?? { kind: 'unknown' }),
  }));
  const again = results.filter(({ result }) => result.retryWithout.length > 0);
  await deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    await settle(trx, ctx, effects, results);
    deps.checkpoint?.('export:before-settle-commit');
  });
  deps.checkpoint?.('export:settled');
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
    else later.push({ subject: mark.subject, notBefore: result.later, reason: result.open ? 'unknown' : 'deferred' });
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
  const total = sum(ctx.counts, added);
  Object.assign(ctx.counts, total);
  await storeCounts(trx, ctx, total);
}
