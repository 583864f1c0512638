import { sql } from 'kysely';
import { emailKey } from '../core/email.ts';
import { Conflicted, NotFound } from '../core/invalid-input.ts';
import type { SuspendedLine } from '../core/mapping.ts';
import type { MassCounts } from '../core/mass-change.ts';
import type { LineKey, RunDirection, Trigger } from '../core/model.ts';
import type { Queryable } from '../store/db.ts';
import type { Approval, GuardReport } from './approval.ts';
import { loadConnection } from './connection.ts';
import { noCounts } from './counts.ts';
import type { EngineDeps } from './deps.ts';
import type { UndoWork } from './undo.ts';

export type RunStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'paused';

export interface RunRequest {
  readonly mode: 'changes' | 'full';
  readonly direction?: RunDirection | undefined;
  readonly dryRun?: boolean | undefined;
  readonly emails?: readonly string[] | undefined;
  readonly trigger: Trigger;
  /** What a person has let through, by direction (R50). */
  readonly approvals?: Readonly<Partial<Record<RunDirection, Approval>>> | undefined;
  /** R36: only these mapping lines, for people who are linked. */
  readonly lines?: readonly LineKey[] | undefined;
}

/** A run as everybody sees it. Times ms since 1970. */
export interface RunView {
  readonly id: string;
  readonly connection: string;
  readonly connectionId: string;
  readonly direction: RunDirection;
  readonly trigger: Trigger;
  readonly mode: 'changes' | 'full';
  readonly dryRun: boolean;
  readonly status: RunStatus;
  readonly pausedReason: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly counts: ReturnType<typeof noCounts>;
  readonly apiCalls: number;
  /** How often the CRM asked to slow down, and how long the run waited for it. */
  readonly slowed: number;
  readonly waitedMs: number;
  readonly error: Readonly<Record<string, string | number>> | null;
  readonly plan: {
    readonly calls: number;
    readonly ofDailyQuota: number | null;
    readonly seconds: number;
    /** R23: writes that carry nothing but what we calculate. */
    readonly calculated?: number;
    readonly mass?: MassCounts;
  } | null;
  /** Why the run waits for a person, and what it would do (R40, R50). */
  readonly guard: GuardReport | null;
  readonly approval: Approval | null;
  readonly lines: readonly LineKey[] | null;
  /** R38: it takes another run back, and this is how far it is; null: an ordinary run. */
  readonly undo: UndoWork | null;
  /** R38: the undo that takes it back, or did; the latest of several. */
  readonly undone: { readonly run: string; readonly status: RunStatus } | null;
  /** R49: lines that rested. */
  readonly suspended: readonly SuspendedLine[];
  readonly expiresAt: number | null;
  /** Names the runs that were started together, toHub first. */
  readonly batch: string;
}

/** A preview can be approved for so long. */
export const PLAN_LIVES_MS = 24 * 60 * 60 * 1000;

/**
 * Asks for runs: one per direction, towards the hub first (R35). Waiting runs of the same wish are not doubled: the
 * caller gets the waiting ones. A connection that is off can be previewed, not written.
 */
export async function requestRuns(
  deps: EngineDeps,
  connectionId: string,
  request: RunRequest,
): Promise<readonly RunView[]> {
  const connection = await loadConnection(deps.store.db, connectionId);
  const dryRun = request.dryRun ?? false;
  if (!connection.enabled && !dryRun) throw new Conflicted('connection_off', { connection: connection.name });
  if (connection.pausedReason === 'restored' && !dryRun)
    throw new Conflicted('connection_restored', { connection: connection.name });
  const emails = request.emails?.flatMap((email) => emailKey(email) ?? []) ?? null;
  const directions: RunDirection[] = request.direction === undefined ? ['toHub', 'toCrm'] : [request.direction];
  const now = deps.clock.now();
  const ids = await deps.store.transaction(async (trx) => {
    await trx.selectFrom('connections').select('id').where('id', '=', connection.id).forUpdate().execute();
    const batch = deps.ids.next('bat');
    const result: string[] = [];
    for (const direction of directions) {
      const waiting =
        emails === null && request.lines === undefined && request.approvals === undefined
          ? await waitingRun(trx, { connectionId: connection.id, direction, request, dryRun })
          : undefined;
      if (waiting !== undefined) {
        result.push(waiting);
        continue;
      }
      const id = deps.ids.next('run');
      await trx
        .insertInto('runs')
        .values({
          id,
          connection_id: connection.id,
          connection_name: connection.name,
          direction,
          trigger: request.trigger,
          mode: request.mode,
          dry_run: dryRun,
          status: 'queued',
          batch,
          counts: JSON.stringify(noCounts()),
          emails: emails === null ? null : JSON.stringify(emails),
          lines: request.lines === undefined ? null : JSON.stringify(request.lines),
          approval: JSON.stringify(request.approvals?.[direction] ?? null),
          created_at: now,
          expires_at: dryRun ? now + PLAN_LIVES_MS : null,
          settings_version: connection.settingsVersion,
        })
        .execute();
      result.push(id);
    }
    return result;
  });
  deps.wake?.(connection.id);
  return readRuns(deps.store.db, ids);
}

async function waitingRun(
  q: Queryable,
  wish: {
    readonly connectionId: string;
    readonly direction: RunDirection;
    readonly request: RunRequest;
    readonly dryRun: boolean;
  },
): Promise<string | undefined> {
  const row = await q
    .selectFrom('runs')
    .select('id')
    .where('connection_id', '=', wish.connectionId)
    .where('direction', '=', wish.direction)
    .where('mode', '=', wish.request.mode)
    .where('dry_run', '=', wish.dryRun)
    .where('status', '=', 'queued')
    .where('emails', 'is', null)
    .where('lines', 'is', null)
    .where('parity', 'is', null)
    .where('undo', 'is', null)
    // A run for a webhook looks at single records only; it stands for nobody else's wish.
    .where(
      'trigger',
      wish.request.trigger === 'webhook' ? 'is not' : '<>',
      wish.request.trigger === 'webhook' ? null : 'webhook',
    )
    .executeTakeFirst();
  // Whoever asks for it now also watches it (R50).
  if (row !== undefined && ['person', 'api'].includes(wish.request.trigger))
    await q
      .updateTable('runs')
      .set({ trigger: wish.request.trigger })
      .where('id', '=', row.id)
      .where('trigger', 'in', ['schedule', 'form', 'webhook'])
      .execute();
  return row?.id;
}

export async function readRuns(q: Queryable, ids: readonly string[]): Promise<readonly RunView[]> {
  const rows = await q
    .selectFrom('runs')
    .selectAll()
    .where(sql<boolean>`id = any(${ids as string[]}::text[])`)
    .execute();
  const byId = new Map((await toViews(q, rows)).map((run) => [run.id, run]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** The runs that were started together, toHub first; previews, too. */
export async function readBatchOfRuns(q: Queryable, batch: string): Promise<readonly RunView[]> {
  const rows = await q
    .selectFrom('runs')
    .selectAll()
    .where('batch', '=', batch)
    .orderBy(sql`direction = 'toHub'`, 'desc')
    .execute();
  return toViews(q, rows);
}

/** The runs that one report told about, oldest first. */
export async function readReportedRuns(q: Queryable, reportId: string): Promise<readonly RunView[]> {
  const rows = await q.selectFrom('runs').selectAll().where('report_id', '=', reportId).orderBy('ended_at').execute();
  return toViews(q, rows);
}

/** @throws NotFound */
export async function readRun(q: Queryable, id: string): Promise<RunView> {
  const [run] = await readRuns(q, [id]);
  if (run === undefined) throw new NotFound('run');
  return run;
}

export interface RunQuery {
  readonly connectionId?: string | undefined;
  readonly since?: number | undefined;
  readonly trigger?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly limit: number;
  readonly before?: { readonly createdAt: number; readonly id: string } | undefined;
}

/** The history, newest first. */
export async function listRuns(q: Queryable, query: RunQuery): Promise<readonly RunView[]> {
  let rows = q.selectFrom('runs').selectAll();
  if (query.connectionId !== undefined) rows = rows.where('connection_id', '=', query.connectionId);
  if (query.since !== undefined) rows = rows.where('created_at', '>=', query.since);
  if (query.trigger !== undefined) rows = rows.where('trigger', '=', query.trigger);
  rows = rows.where('dry_run', '=', query.dryRun ?? false).where('parity', 'is', null);
  if (query.before !== undefined)
    rows = rows.where(sql<boolean>`(created_at, id) < (${query.before.createdAt}, ${query.before.id})`);
  return toViews(q, await rows.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(query.limit).execute());
}

type Row = Awaited<ReturnType<typeof anyRow>>;
const anyRow = (q: Queryable) => q.selectFrom('runs').selectAll().executeTakeFirstOrThrow();

/** With the undo of each, by one statement. */
async function toViews(q: Queryable, rows: readonly Row[]): Promise<readonly RunView[]> {
  const written = rows.flatMap((row) => (row.dry_run || row.undo !== null ? [] : [row.id]));
  const undone =
    written.length === 0
      ? []
      : (
          await sql<{ of: string; run: string; status: RunStatus }>`
            select distinct on (undo ->> 'of') undo ->> 'of' as of, id as run, status from runs
             where undo is not null and undo ->> 'of' = any(${written}::text[]) and not dry_run
             order by undo ->> 'of', created_at desc, id desc`.execute(q)
        ).rows;
  const byRun = new Map(undone.map(({ of, run, status }) => [of, { run, status }]));
  return rows.map((row) => toView(row, byRun.get(row.id) ?? null));
}

function toView(row: Row, undone: RunView['undone']): RunView {
  return {
    id: row.id,
    connection: row.connection_name,
    connectionId: row.connection_id,
    // These columns hold only what this file wrote.
    direction: row.direction as RunDirection,
    trigger: row.trigger as Trigger,
    mode: row.mode as RunView['mode'],
    dryRun: row.dry_run,
    status: row.status as RunStatus,
    pausedReason: row.paused_reason,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    counts: { ...noCounts(), ...(row.counts as Partial<ReturnType<typeof noCounts>>) },
    apiCalls: row.api_calls,
    slowed: row.slowed,
    waitedMs: row.waited_ms,
    error: row.error as RunView['error'],
    plan: row.plan as RunView['plan'],
    guard: row.guard as GuardReport | null,
    approval: row.approval as Approval | null,
    lines: row.lines,
    undo: row.undo as UndoWork | null,
    undone,
    suspended: row.suspended as unknown as readonly SuspendedLine[],
    expiresAt: row.expires_at,
    batch: row.batch,
  };
}

const ENDED = ['succeeded', 'failed', 'cancelled', 'paused'];

/** Waits until all have ended or the time is up. @returns the runs as they are then. */
export async function waitForRuns(
  deps: EngineDeps,
  ids: readonly string[],
  timeoutMs: number,
): Promise<readonly RunView[]> {
  const until = deps.clock.now() + timeoutMs;
  // A short run is told at once; a long one is not asked after too often.
  for (let pause = 20; ; pause = Math.min(200, pause * 1.2)) {
    const runs = await readRuns(deps.store.db, ids);
    if (runs.every((run) => ENDED.includes(run.status)) || deps.clock.now() >= until) return runs;
    await deps.clock.sleep(pause);
  }
}
