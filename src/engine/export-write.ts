import { sql } from 'kysely';
import type { RemoteRecord, WriteOutcome } from '../connectors/kit/connector.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import { chunks } from '../connectors/kit/read.ts';
import type { Trx } from '../store/db.ts';
import { leaveDue, postponeDue, settleDue } from '../store/due.ts';
import { noteCalculated } from './calculated-gate.ts';
import { type Counts, noCounts, sumCounts } from './counts.ts';
import { withCompanies } from './export-companies.ts';
import { withoutEndedCompanies } from './export-ended.ts';
import type { PlannedWrite, Settled } from './export-plan.ts';
import { done, postponed, type SettledWrite, settleWrite } from './export-settle.ts';
import { leaveOutGone } from './leave-out-gone.ts';
import { Effects, writeEffects } from './page-effects.ts';
import { rebaseLinks } from './rebase-links.ts';
import type { RunContext } from './run-context.ts';
import { checkLease, storeCounts } from './sync-page.ts';

/** So many are announced or settled by one transaction: whoever has just submitted a form is not kept waiting by it. */
export const AT_ONCE = 250;
const UNKNOWN: WriteOutcome = { kind: 'unknown' };

/** R31: one intent a record, one statement a batch, committed before the call. */
export async function announce(trx: Trx, ctx: RunContext, writes: readonly PlannedWrite[]): Promise<void> {
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

/** Writes what was announced, and settles what the CRM says; fields that were refused one by one are left out and the rest is written again. */
export async function writeAndSettle(ctx: RunContext, writes: readonly PlannedWrite[]): Promise<void> {
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
  const { pairs, ended } = await withoutEndedCompanies(
    ctx,
    writes.map((planned, index) => ({ planned, outcome: complete[index] ?? UNKNOWN })),
  );
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
  await writeAndSettle(ctx, [
    ...again.map(({ planned, result }) => withoutFields(ctx, planned, result.retryWithout)),
    ...(await withOtherCompanies(ctx, ended)),
  ]);
}

/** R25: those whose company is none any more, with the one that is found or made in its place. */
async function withOtherCompanies(ctx: RunContext, ended: readonly PlannedWrite[]): Promise<readonly PlannedWrite[]> {
  if (ended.length === 0) return [];
  const effects = new Effects();
  const { writes, refused, waiting } = await withCompanies(ctx, { writes: [...ended], settled: [] }, effects);
  const over = new Map([
    ...refused.map(({ owed }) => [owed, done('rejected')] as const),
    ...waiting.map(({ owed, notBefore }) => [owed, postponed(notBefore)] as const),
  ]);
  const results = ended.flatMap((planned) => {
    const result = over.get(planned.owed);
    return result === undefined ? [] : [{ planned, result }];
  });
  await ctx.deps.store.transaction(async (trx) => {
    await checkLease(trx, ctx);
    await settle(trx, ctx, effects, results);
  });
  return writes;
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
  // Erased or deleted meanwhile: nothing of that person is written (R18).
  await leaveOutGone(
    trx,
    effects,
    results.map(({ planned }) => planned.owed.contact.id),
  );
  const added = noCounts();
  const closed: string[] = [];
  const reopened: { id: string; state: string; notBefore: number }[] = [];
  const settledMarks: { subject: string; version: number }[] = [];
  const later: { subject: string; notBefore: number; reason: string }[] = [];
  const left: { subject: string; version: number }[] = [];
  for (const { planned, result } of results) {
    const { mark } = planned.owed;
    if (result.retryWithout.length > 0) continue;
    count(added, result.outcome);
    if (result.open) reopened.push({ id: planned.write.key, state: 'unknown', notBefore: result.later ?? 0 });
    else closed.push(planned.owed.contact.id);
    (result.later === null ? settledMarks : left).push({ subject: mark.subject, version: mark.version });
    if (result.later !== null)
      later.push({
        subject: mark.subject,
        notBefore: result.later,
        reason: result.open ? 'unknown' : mark.reason === 'link_back' ? mark.reason : 'deferred',
      });
  }
  noteCalculated(effects, results, ctx.deps.clock.now());
  await rebaseLinks(trx, effects.links.values());
  await writeEffects(trx, effects, effectOptions(ctx));
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
  await leaveDue(trx, ctx.connection.id, ctx.seenBy, left);
  await commitCounts(trx, ctx, added);
}

/** What the effects of a run towards the CRM are written with. */
export const effectOptions = (ctx: RunContext) => ({
  connectionId: ctx.connection.id,
  runId: ctx.run.id,
  direction: 'toCrm' as const,
  at: ctx.deps.clock.now(),
  ids: ctx.deps.ids,
  rescore: false,
});

export const count = (counts: Counts, outcome: Settled['outcome']): void => {
  counts.seen += 1;
  counts[outcome] += 1;
};

export async function commitCounts(trx: Trx, ctx: RunContext, added: Counts): Promise<void> {
  const total = sumCounts(ctx.counts, added);
  Object.assign(ctx.counts, total);
  await storeCounts(trx, ctx, total);
}
