import { sql } from 'kysely';
import type { RunDirection, Trigger } from '../core/model.ts';
import type { Queryable } from '../store/db.ts';
import { type RunView, readRuns } from './runs.ts';

const HOUR_MS = 3_600_000;
/** So many runs are looked at for one page of lines; a busier hour than that is folded in two. */
const LOOKED_AT = 20_000;

/** One line of the history: a run, or the form and webhook runs of one hour, connection and direction together. */
export interface RunLine extends RunView {
  /** How many runs the line stands for. */
  readonly folded: number;
}

export interface LineQuery {
  readonly connectionId?: string | undefined;
  readonly limit: number;
  /** The newest run of the last line of the page before. */
  readonly before?: { readonly createdAt: number; readonly id: string } | undefined;
}

/**
 * The history with form and webhook runs folded per hour, newest first. A line is named by its newest run; one that
 * stands for several has their counts and calls together, and the worst of their endings.
 */
export async function listRunLines(q: Queryable, query: LineQuery): Promise<readonly RunLine[]> {
  const at = query.before?.createdAt ?? Number.MAX_SAFE_INTEGER;
  const id = query.before?.id ?? '';
  const hour = query.before === undefined ? 0 : Math.floor(at / HOUR_MS) * HOUR_MS;
  const only = query.connectionId ?? null;
  const rows = await sql<LineRow>`
    with shown as (
      select distinct connection_id, direction, trigger from runs
       where not dry_run and trigger in ('form', 'webhook') and created_at >= ${hour} and created_at < ${hour + HOUR_MS}
         and (created_at, id) >= (${at}, ${id})
    ), looked as (
      select * from runs r
       where not dry_run and (created_at, id) < (${at}, ${id}) and (${only}::text is null or connection_id = ${only})
         and not (created_at >= ${hour} and exists (
           select 1 from shown s where s.connection_id = r.connection_id and s.direction = r.direction and s.trigger = r.trigger))
       order by created_at desc, id desc limit ${LOOKED_AT}
    ), lines as (
      select *, case when trigger in ('form', 'webhook') then concat_ws(' ', connection_id, direction, trigger, created_at / ${HOUR_MS}::bigint) else id end as line from looked
    )
    select (array_agg(id order by created_at desc, id desc))[1] as head, max(created_at) as at, count(*)::int as folded,
           sum(api_calls)::int as calls, sum(slowed)::int as slowed, sum(waited_ms)::bigint as waited, min(coalesce(started_at, created_at)) as started, max(ended_at) as ended,
           bool_or(status = 'failed') as failed, bool_or(status in ('queued', 'running')) as live, bool_or(status = 'paused') as paused,
           ${sql.join(SUMMED.map((name) => sql`sum(coalesce((counts ->> ${sql.lit(name)})::int, 0))::int as ${sql.ref(name)}`))}
      from lines group by line order by at desc, head desc limit ${query.limit}`.execute(q);
  const heads = new Map(
    (
      await readRuns(
        q,
        rows.rows.map((row) => row.head),
      )
    ).map((run) => [run.id, run]),
  );
  return rows.rows.flatMap((row) => {
    const head = heads.get(row.head);
    return head === undefined ? [] : [toLine(row, head)];
  });
}

const SUMMED = ['seen', 'created', 'updated', 'rejected', 'unchanged', 'filtered', 'deferred', 'conflicts'] as const;

interface LineRow extends Record<(typeof SUMMED)[number], number> {
  head: string;
  at: number;
  folded: number;
  calls: number;
  slowed: number;
  waited: number;
  started: number;
  ended: number | null;
  failed: boolean;
  live: boolean;
  paused: boolean;
}

function toLine(row: LineRow, head: RunView): RunLine {
  if (row.folded === 1) return { ...head, folded: 1 };
  return {
    ...head,
    folded: row.folded,
    status: row.live ? 'running' : row.failed ? 'failed' : row.paused ? 'paused' : head.status,
    startedAt: row.started,
    endedAt: row.live ? null : row.ended,
    apiCalls: row.calls,
    slowed: row.slowed,
    waitedMs: row.waited,
    counts: Object.fromEntries(SUMMED.map((name) => [name, row[name]])) as RunView['counts'],
  };
}

/** The runs behind a folded line: those of its hour, connection, direction and trigger, newest first. */
export async function unfold(
  q: Queryable,
  line: {
    readonly connectionId: string;
    readonly direction: RunDirection;
    readonly trigger: Trigger;
    readonly createdAt: number;
  },
): Promise<readonly RunView[]> {
  const hour = Math.floor(line.createdAt / HOUR_MS) * HOUR_MS;
  const rows = await q
    .selectFrom('runs')
    .select('id')
    .where('connection_id', '=', line.connectionId)
    .where('direction', '=', line.direction)
    .where('trigger', '=', line.trigger)
    .where('dry_run', '=', false)
    .where('created_at', '>=', hour)
    .where('created_at', '<', hour + HOUR_MS)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(500)
    .execute();
  return readRuns(
    q,
    rows.map((row) => row.id),
  );
}
