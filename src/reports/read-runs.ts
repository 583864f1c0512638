import { sql } from 'kysely';
import { reasonText } from '../api/messages/reason-text.ts';
import type { Locale } from '../api/messages/say.ts';
import type { RunDirection, Trigger } from '../core/model.ts';
import type { Queryable } from '../store/db.ts';
import type { Half, Task } from './write-report.ts';

/** A run that ended and has not been told about. */
export interface EndedRun {
  readonly id: string;
  readonly direction: RunDirection;
  readonly trigger: Trigger;
  readonly status: string;
  readonly pausedReason: string | null;
  readonly counts: Readonly<Partial<Record<string, number>>>;
  readonly error: Readonly<Record<string, string | number>> | null;
  readonly batch: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Runs of a connection that ended since then and are in no report, oldest first, and the batches of which a run still
 * works. A run that waits for a person is not over; its waiting is told as a problem. An undo is what somebody has just done
 * on the screen (R38).
 */
export async function readUnreported(
  q: Queryable,
  connectionId: string,
  since: number,
): Promise<{ readonly ended: readonly EndedRun[]; readonly open: ReadonlySet<string> }> {
  const ended = await sql<EndedRun>`
    select id, direction, trigger, status, paused_reason as "pausedReason", counts, error, batch,
           coalesce(started_at, ended_at) as "startedAt", ended_at as "endedAt"
      from runs where connection_id = ${connectionId} and report_id is null and not dry_run and undo is null and ended_at >= ${since}
       and not (status = 'paused' and paused_reason in ('breaker', 'mass_deletion'))
     order by ended_at, id`.execute(q);
  const open = await sql<{ batch: string }>`
    select distinct batch from runs where connection_id = ${connectionId} and status in ('queued', 'running')`.execute(
    q,
  );
  return { ended: ended.rows, open: new Set(open.rows.map((row) => row.batch)) };
}

/** Notes that these runs are told about by this report. */
export async function markReported(q: Queryable, runs: readonly EndedRun[], reportId: string): Promise<void> {
  await sql`update runs set report_id = ${reportId} where id = any(${runs.map((run) => run.id)}::text[])`.execute(q);
}

const count = (run: EndedRun, name: string): number => run.counts[name] ?? 0;

/** Did it do, or leave undone, anything that somebody might want to know? */
export const didSomething = (run: EndedRun): boolean =>
  count(run, 'created') + count(run, 'updated') + count(run, 'rejected') > 0;

/** Summed by direction, towards the hub first. */
export function toHalves(runs: readonly EndedRun[]): readonly Half[] {
  return (['toHub', 'toCrm'] as const).flatMap((direction): readonly Half[] => {
    const mine = runs.filter((run) => run.direction === direction);
    const [first] = mine;
    const last = mine.at(-1);
    if (first === undefined || last === undefined) return [];
    const sum = (name: string): number => mine.reduce((total, run) => total + count(run, name), 0);
    const broken = last.status === 'failed' || last.status === 'paused' ? last : null;
    return [
      {
        direction,
        runs: mine.length,
        runId: mine.length === 1 ? first.id : null,
        created: sum('created'),
        updated: sum('updated'),
        rejected: sum('rejected'),
        from: Math.min(...mine.map((run) => run.startedAt)),
        to: last.endedAt,
        stopped:
          broken === null
            ? null
            : { key: `error_${String(broken.error?.['kind'] ?? 'internal')}`, params: broken.error ?? {} },
      },
    ];
  });
}

interface OpenRejection {
  readonly reason: string;
  readonly field: string | null;
  readonly name: string | null;
  readonly email: string | null;
  readonly params: Readonly<Record<string, string | number>>;
}

/** What these runs left for a person: open rejections (the newest three, and how many), held conflicts. */
export async function readTasks(
  q: Queryable,
  connectionId: string,
  runs: readonly EndedRun[],
): Promise<{ readonly rejections: readonly OpenRejection[]; readonly open: number; readonly held: number }> {
  const ids = runs.map((run) => run.id);
  const rejections = await sql<OpenRejection & { readonly total: number }>`
    select reason, field, name, email, params, count(*) over ()::int as total from rejections
     where connection_id = ${connectionId} and resolved_at is null and run_id = any(${ids}::text[])
     order by last_at desc, id desc limit 3`.execute(q);
  const held = await sql<{ count: number }>`
    select count(*)::int as count from conflicts
     where connection_id = ${connectionId} and status = 'held' and run_id = any(${ids}::text[])`.execute(q);
  return { rejections: rejections.rows, open: rejections.rows[0]?.total ?? 0, held: held.rows[0]?.count ?? 0 };
}

export const toTask = (locale: Locale, crm: string, rejection: OpenRejection): Task => {
  const { message, todo } = reasonText(locale, { ...rejection, crm });
  return { text: message, todo };
};
