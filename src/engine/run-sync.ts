import { sql } from 'kysely';
import { type Failure, failureOf, RemoteError } from '../connectors/kit/errors.ts';
import { markAllDue, markContactsDue } from '../store/due.ts';
import { isWanted, newEventId } from '../store/webhook-events.ts';
import { noteFullRead } from './backlog.ts';
import { loadConnection, pauseConnection } from './connection.ts';
import { type Counts, noCounts } from './counts.ts';
import type { EngineDeps } from './deps.ts';
import { exportRun } from './export-run.ts';
import { exportTimeline } from './export-timeline.ts';
import { endHeldRuns, holdRun } from './held-runs.ts';
import { importRun } from './import-run.ts';
import { Cancelled, LeaseLost, MassChange, SettingsChanged } from './interruptions.ts';
import type { Lane } from './lane.ts';
import { renewLease } from './lease.ts';
import { guardFor, type MassGuard } from './mass-guard.ts';
import { parityRun } from './parity-run.ts';
import { previewRun } from './preview.ts';
import { openRun, type Run, type RunContext, type RunLease } from './run-context.ts';
import { undoTowardsCrm } from './undo-crm.ts';
import { undoTowardsHub } from './undo-hub.ts';

const RESTARTS_MAX = 20;

/** Runs one run to its end, whatever that is; its row says which. @throws LeaseLost only. */
export async function runSync(
  deps: EngineDeps,
  run: Run,
  worker: RunLease & { readonly lane?: Lane | undefined },
): Promise<void> {
  const { leaseNumber } = worker;
  const started = await sql<{
    counts: Partial<Counts>;
  }>`update runs set status = 'running', started_at = coalesce(started_at, ${deps.clock.now()}), lease_number = ${leaseNumber} where id = ${run.id} and status in ('queued', 'running') returning counts`.execute(
    deps.store.db,
  );
  const [row] = started.rows;
  if (row === undefined) return;
  deps.onProgress?.(run.id);
  // One that a lost process or a question left off goes on counting: the directory knows whom it has met already (R43).
  const goesOn = run.undo !== null || (run.direction === 'toHub' && !run.dryRun);
  let counts: Counts | null = goesOn ? { ...noCounts(), ...row.counts } : null;
  let seen: Set<string> | null = null;
  let seenBy: string | undefined;
  let calls = (): number => 0;
  let reread = false;
  try {
    if (run.undo !== null && run.direction === 'toHub') {
      await undoTowardsHub(deps, { ...run, undo: run.undo }, { leaseNumber, counts: row.counts });
      return await endRun(deps, run, { status: 'succeeded' });
    }
    if (run.direction === 'toCrm' && !run.dryRun && run.undo === null) await prepareExport(deps, run);
    for (let restarts = 0; ; restarts += 1) {
      const ctx = await openRun(deps, run, { ...worker, seenBy });
      // A run that takes up new settings goes on counting (R36).
      if (counts !== null) Object.assign(ctx.counts, counts);
      for (const id of seen ?? []) ctx.seen.add(id);
      counts = ctx.counts;
      seen = ctx.seen;
      seenBy = ctx.seenBy;
      await noteSuspended(ctx);
      calls = ctx.calls;
      try {
        await carryOut(ctx, await guardFor(deps.store.db, run, ctx.connection));
        await endRun(deps, run, { status: 'succeeded', calls: ctx.calls(), ...ctx.waits() });
        return await noteSuccess(deps, ctx);
      } catch (error) {
        // R49: our picture of the CRM is old: it is read again, and the run goes on with it; once, since it may not help.
        const isNew: boolean = error instanceof RemoteError && error.kind === 'schema' && !reread;
        if (isNew) await forgetSchemaAge(deps, run.connectionId);
        reread ||= isNew;
        if (!isNew && (!(error instanceof SettingsChanged) || restarts >= RESTARTS_MAX)) throw error;
      }
    }
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    await endBadly(deps, run, { error, calls });
  }
}

/** The history says which lines rested (R49). */
async function noteSuspended({ deps, run, suspended }: RunContext): Promise<void> {
  if (suspended.length === 0) return;
  await sql`update runs set suspended = ${JSON.stringify(suspended)}::jsonb where id = ${run.id}`.execute(
    deps.store.db,
  );
}

async function carryOut(ctx: RunContext, guard: MassGuard | null): Promise<void> {
  const hooks = { betweenPages: () => betweenPages(ctx), guard };
  if (ctx.run.parity !== null) return parityRun(ctx, hooks);
  if (ctx.run.undo !== null) return undoTowardsCrm(ctx, hooks);
  if (ctx.run.dryRun) return previewRun(ctx, hooks);
  if (ctx.run.direction === 'toHub') return importRun(ctx, hooks);
  const { export: out } = ctx.connection.settings;
  if (!out.enabled) return;
  const only = ctx.run.emails === null ? undefined : await contactIds(ctx.deps, ctx.run.emails);
  await exportRun(ctx, only === undefined ? hooks : { ...hooks, only });
  await exportTimeline(ctx, { betweenPages: hooks.betweenPages, only });
}

/** Between pages a run renews its lease and looks whether it may go on (R42). */
async function betweenPages(ctx: RunContext): Promise<void> {
  const { deps, run } = ctx;
  if (!(await renewLease(deps, ctx.connection.id, ctx.leaseNumber))) throw new LeaseLost();
  const row = await deps.store.db.selectFrom('runs').select('status').where('id', '=', run.id).executeTakeFirst();
  if (row?.status === 'cancelled') throw new Cancelled();
  const connection = await loadConnection(deps.store.db, ctx.connection.id);
  const stopped =
    !run.dryRun &&
    (!connection.enabled || connection.pausedReason === 'person' || connection.pausedReason === 'restored');
  if (stopped) throw new Cancelled();
  if (connection.settingsVersion !== ctx.connection.settingsVersion) throw new SettingsChanged();
}

async function prepareExport(deps: EngineDeps, run: Run): Promise<void> {
  const connection = await loadConnection(deps.store.db, run.connectionId);
  const { enabled, minimumScore } = connection.settings.export;
  if (!enabled) return;
  await deps.store.transaction(async (trx) => {
    if (run.emails !== null)
      return markContactsDue(trx, connection.id, await contactIds(deps, run.emails, trx), {
        reason: run.trigger,
        at: deps.clock.now(),
      });
    if (run.mode === 'full') await markAllDue(trx, connection.id, minimumScore ?? 51, deps.clock.now());
  });
}

async function contactIds(
  deps: EngineDeps,
  keys: readonly string[],
  q: EngineDeps['store']['db'] = deps.store.db,
): Promise<readonly string[]> {
  const rows = await q
    .selectFrom('contacts')
    .select('id')
    .where(sql<boolean>`email_key = any(${keys as string[]}::text[])`)
    .execute();
  return rows.map((row) => row.id);
}

interface Ending {
  readonly status: 'succeeded' | 'failed' | 'cancelled' | 'paused';
  readonly pausedReason?: string;
  readonly error?: Readonly<Record<string, string | number>>;
  readonly calls?: number;
  readonly slowed?: number;
  readonly waitedMs?: number;
}

/** The run's row says how it ended, and so hears, by the same statement, whoever wants to. */
export async function endRun(deps: EngineDeps, run: Run, ending: Ending): Promise<void> {
  const at = deps.clock.now();
  await sql`with ended as (update runs set status = ${ending.status}, paused_reason = ${ending.pausedReason ?? null}, error = ${JSON.stringify(ending.error ?? null)}::jsonb,
              ended_at = ${at}, api_calls = coalesce(${ending.calls ?? null}::int, api_calls),
              slowed = coalesce(${ending.slowed ?? null}::int, slowed), waited_ms = coalesce(${ending.waitedMs ?? null}::bigint, waited_ms) where id = ${run.id} returning id, dry_run or undo is not null as is_silent)
            insert into webhook_events (id, type, data, at, accepted_at)
            select ${newEventId}, 'run.finished', jsonb_build_object('run', id), ${at}::bigint, ${at}::bigint from ended
             where not is_silent and ${isWanted(sql`'run.finished'`)}`.execute(deps.store.db);
  deps.onProgress?.(run.id);
}

async function noteSuccess(deps: EngineDeps, { connection, run, calls }: RunContext): Promise<void> {
  // Whoever ran everything in the open did what a held run waited with.
  if (run.undo === null && !run.dryRun && run.emails === null && run.lines === null)
    await endHeldRuns(deps.store.db, connection.id, run.direction, deps.clock.now());
  if (!run.dryRun && run.emails === null && run.direction === 'toHub' && run.mode === 'full') {
    const row = await deps.store.db.selectFrom('runs').select('started_at').where('id', '=', run.id).executeTakeFirst();
    await noteFullRead(deps.store.db, connection.id, row?.started_at ?? 0);
  }
  // A run that had nothing to ask the CRM proves nothing about it.
  if (calls() === 0) return;
  await sql`update connections set last_error = null, failing_since = null,
              paused_reason = case when paused_reason in ('auth', 'quota') then null else paused_reason end where id = ${connection.id}`.execute(
    deps.store.db,
  );
}

/** Failures come from a closed list; each has its ending (`REACTION` in kit/errors.ts). */
export async function endBadly(
  deps: EngineDeps,
  run: Run,
  { error, calls }: { readonly error: unknown; readonly calls: () => number },
): Promise<void> {
  const at = deps.clock.now();
  const pause = (reason: 'auth' | 'quota', detail: Failure) =>
    pauseConnection(deps.store.db, run.connectionId, { reason, detail, at });
  if (error instanceof Cancelled) return endRun(deps, run, { status: 'cancelled' });
  if (error instanceof MassChange) return holdRun(deps, run, error, calls());
  const said = failureOf(error);
  deps.log.warn({ run: run.id, connection: run.connectionId, kind: said['kind'], err: error }, 'a run ended badly');
  const detail = await noteFailure(deps, run.connectionId, said);
  if (error instanceof RemoteError && (error.kind === 'auth' || error.kind === 'forbidden')) {
    await pause('auth', detail);
    return endRun(deps, run, { status: 'paused', pausedReason: 'auth', error: detail });
  }
  if (error instanceof RemoteError && (error.kind === 'quota' || error.kind === 'throttled')) {
    await pause('quota', { ...detail, resumesAt: error.retryAt ?? at + 60_000 });
    return endRun(deps, run, {
      status: 'paused',
      pausedReason: 'quota',
      error: { ...detail, resumesAt: error.retryAt ?? at + 60_000 },
    });
  }
  if (error instanceof RemoteError && error.kind === 'schema') await forgetSchemaAge(deps, run.connectionId);
  return endRun(deps, run, { status: 'failed', error: detail });
}

/** The connection says what went wrong and since when. @returns the same with the CRM that it is about: whoever reads it later has nothing else to tell by. */
export async function noteFailure(deps: EngineDeps, connectionId: string, said: Failure): Promise<Failure> {
  const noted = await sql<{ crm: string }>`
    update connections set last_error = ${JSON.stringify(said)}::jsonb || jsonb_build_object('crm', crm),
           failing_since = coalesce(failing_since, ${deps.clock.now()}) where id = ${connectionId} returning crm`.execute(
    deps.store.db,
  );
  return { ...said, crm: noted.rows[0]?.crm ?? '' };
}

/** The next look at the CRM's fields is at once. */
async function forgetSchemaAge(deps: EngineDeps, connectionId: string): Promise<void> {
  await sql`update connections set schema_checked_at = null where id = ${connectionId}`.execute(deps.store.db);
}
