import { sql } from 'kysely';
import { RemoteError } from '../connectors/kit/errors.ts';
import { type DueMark, postponeDue } from '../store/due.ts';
import { GOES_ON, hasExpress } from '../store/express.ts';
import { noCounts } from './counts.ts';
import type { EngineDeps } from './deps.ts';
import { exportMarks } from './export-run.ts';
import { LeaseLost } from './interruptions.ts';
import { renewLease } from './lease.ts';
import { openRun, type Run, type RunLease } from './run-context.ts';
import { endBadly, endRun } from './run-sync.ts';

/**
 * The express lane of one connection (R35): who has just submitted a form overtakes whatever is running. It is looked at
 * before each call to the CRM, between an ordinary run's own steps, under the same lease; never inside a transaction.
 */
export interface Lane {
  /** Writes the people of the express marks, if there are any. Runs once at a time; never throws. */
  serve(): Promise<void>;
  /** Contacts that the ordinary run is working on: it has read them, so nobody else may write them until it has settled. */
  readonly inFlight: Set<string>;
}

const BATCH = 200;
/** After a failure the same people wait so long; the ordinary run meets the same CRM meanwhile. */
const PAUSE_MS = 30_000;

/** @param lease under which the worker holds the connection. */
export function createLane(deps: EngineDeps, connectionId: string, lease: RunLease): Lane {
  const inFlight = new Set<string>();
  let serving: Promise<void> | null = null;
  const serve = async (): Promise<void> => {
    const marks = await takeExpress(deps, connectionId, inFlight);
    if (marks.length > 0) await expressRun(deps, { connectionId, lease, marks });
  };
  return {
    inFlight,
    serve: () => {
      serving ??= serve()
        .catch((error: unknown) => {
          // The ordinary run finds out by itself at its next commit that another worker has the connection.
          if (!(error instanceof LeaseLost))
            deps.log.error({ err: error, connection: connectionId }, 'the express lane stumbled');
        })
        .finally(() => {
          serving = null;
        });
      return serving;
    },
  };
}

async function takeExpress(
  deps: EngineDeps,
  connectionId: string,
  inFlight: ReadonlySet<string>,
): Promise<readonly DueMark[]> {
  // Looked at before every call: mostly nobody waits, and then the long list of who is in flight stays at home.
  if (!(await hasExpress(deps.store.db, connectionId, deps.clock.now()))) return [];
  const rows = await sql<DueMark>`
    select d.subject, d.version, d.reason, d.express, d.tries from due d join connections c on c.id = d.connection_id
     where d.connection_id = ${connectionId} and d.express and d.side = 'crm' and d.not_before <= ${deps.clock.now()}
       and c.enabled and c.disconnected_at is null and c.held_by_undo is null and (c.paused_reason is null or c.paused_reason = any(${GOES_ON}))
       and (c.settings -> 'export' ->> 'enabled')::boolean and d.subject <> all(${[...inFlight]}::text[])
     order by d.created_at limit ${BATCH}`.execute(deps.store.db);
  return rows.rows;
}

interface Work {
  readonly connectionId: string;
  readonly lease: RunLease;
  readonly marks: readonly DueMark[];
}

/** One line of the history, trigger `form`, towards the CRM; with the reserve of the day's calls (R34). */
async function expressRun(deps: EngineDeps, { connectionId, lease, marks }: Work): Promise<void> {
  const { leaseNumber } = lease;
  if (!(await renewLease(deps, connectionId, leaseNumber))) throw new LeaseLost();
  const run = await startRun(deps, connectionId, leaseNumber);
  let calls = (): number => 0;
  try {
    const ctx = await openRun(deps, run, lease);
    calls = ctx.calls;
    await exportMarks(ctx, marks);
    await endRun(deps, run, { status: 'succeeded', calls: ctx.calls(), ...ctx.waits() });
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    await endBadly(deps, run, { error, calls });
    const retryAt = error instanceof RemoteError ? error.retryAt : undefined;
    const notBefore = Math.max(retryAt ?? 0, deps.clock.now() + PAUSE_MS);
    await deps.store.transaction((trx) =>
      postponeDue(
        trx,
        connectionId,
        'crm',
        marks.map(({ subject }) => ({ subject, notBefore, reason: 'form' })),
      ),
    );
  }
}

async function startRun(deps: EngineDeps, connectionId: string, leaseNumber: number): Promise<Run> {
  const id = deps.ids.next('run');
  const at = deps.clock.now();
  await sql`
    insert into runs (id, connection_id, connection_name, direction, trigger, mode, status, batch, counts, settings_version, lease_number, created_at, started_at)
    select ${id}::text, c.id, c.name, 'toCrm', 'form', 'changes', 'running', ${deps.ids.next('bat')}::text, ${JSON.stringify(noCounts())}::jsonb,
           c.settings_version, ${leaseNumber}::bigint, ${at}::bigint, ${at}::bigint
      from connections c where c.id = ${connectionId}`.execute(deps.store.db);
  deps.onProgress?.(id);
  return {
    id,
    connectionId,
    direction: 'toCrm',
    trigger: 'form',
    mode: 'changes',
    dryRun: false,
    emails: null,
    approval: null,
    parity: null,
    lines: null,
    undo: null,
  };
}
