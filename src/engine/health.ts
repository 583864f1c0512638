import { sql } from 'kysely';
import { type Backlog, backlogOf } from './backlog.ts';
import type { Connection } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { type LinkOffer, linkOffer } from './link-address.ts';
import { listRuns, type RunView } from './runs.ts';
import { groupChanges, type OpenSchemaChange, openSchemaChanges } from './schema-watch.ts';

export interface Health {
  readonly light: 'green' | 'amber' | 'red' | 'grey';
  /** Message key under `why.`; null: nothing to say. */
  readonly why: string | null;
  readonly whyParams: Readonly<Record<string, string | number>>;
  readonly lastRun: RunView | null;
  readonly nextRunAt: number | null;
  /** Age of the oldest change not yet on the other side, by the side to write. */
  readonly oldestWaiting: { readonly toHub: number | null; readonly toCrm: number | null };
  readonly waiting: number;
  /** Since when it has not been green: paused, or failing. */
  readonly since: number | null;
  /** R36: what changes of the settings have left to be brought into line. */
  readonly backlog: Backlog | null;
  /** R24: links in the CRM that hold another public address than ours. */
  readonly links: LinkOffer | null;
}

/** So long may what is due wait for somebody to take it up: many connections on one worker, or a restart. */
const OVERDUE_MS = 10 * 60_000;

/** The light is the truth, not the setting (product.md): grey off, amber waiting, red failing, green on and good. */
export async function healthOf(deps: EngineDeps, connection: Connection): Promise<Health> {
  const [last] = await listRuns(deps.store.db, { connectionId: connection.id, limit: 1 });
  const waiting = await sql<{ side: string; oldest: number; count: number }>`
    select side, min(created_at) as oldest, count(*)::int as count from due where connection_id = ${connection.id} group by side`.execute(
    deps.store.db,
  );
  const oldest = (side: string): number | null => waiting.rows.find((row) => row.side === side)?.oldest ?? null;
  return {
    ...lightOf(connection, {
      changes: await openSchemaChanges(deps.store.db, connection.id),
      overdueSince: await overdueSince(deps, connection, last),
    }),
    lastRun: last ?? null,
    // While one direction waits for a person the other one goes on (R50).
    nextRunAt:
      connection.enabled && [null, 'breaker', 'mass_deletion'].includes(connection.pausedReason)
        ? connection.nextDueAt
        : null,
    oldestWaiting: { toHub: oldest('hub'), toCrm: oldest('crm') },
    waiting: waiting.rows.reduce((sum, row) => sum + row.count, 0),
    since: connection.pausedReason === null ? connection.failingSince : connection.pausedAt,
    backlog: await backlogOf(deps, connection),
    links: linkOffer(deps, connection),
  };
}

/** R35: since when a synchronisation has been due, or asked for, that nothing takes up; null: none. */
async function overdueSince(
  deps: EngineDeps,
  connection: Connection,
  last: RunView | undefined,
): Promise<number | null> {
  const before = deps.clock.now() - OVERDUE_MS;
  const { nextDueAt } = connection;
  // A run since then shows that somebody is at work, whatever asked for it.
  if (nextDueAt !== null && nextDueAt < before && (last === undefined || last.createdAt < nextDueAt)) return nextDueAt;
  if (last?.status !== 'queued') return null;
  const waiting = await sql<{ since: number | null }>`
    select min(created_at) as since from runs r where connection_id = ${connection.id} and status = 'queued'
       and not exists (select 1 from runs busy where busy.connection_id = r.connection_id and busy.status = 'running')`.execute(
    deps.store.db,
  );
  const since = waiting.rows[0]?.since ?? null;
  return since !== null && since < before ? since : null;
}

function lightOf(
  connection: Connection,
  found: { readonly changes: readonly OpenSchemaChange[]; readonly overdueSince: number | null },
): Pick<Health, 'light' | 'why' | 'whyParams'> {
  const { changes, overdueSince: dueAt } = found;
  const { pausedReason, lastError } = connection;
  if (!connection.enabled) return { light: 'grey', why: 'off', whyParams: {} };
  if (pausedReason === 'auth' || pausedReason === 'other_account')
    return { light: 'red', why: pausedReason, whyParams: { ...connection.pausedDetail } };
  if (pausedReason !== null) return { light: 'amber', why: pausedReason, whyParams: { ...connection.pausedDetail } };
  if (lastError !== null)
    return { light: 'red', why: `error_${String(lastError['kind'] ?? 'internal')}`, whyParams: { ...lastError } };
  if (dueAt !== null) return { light: 'red', why: 'overdue', whyParams: { dueAt } };
  if (connection.accountId === null) return { light: 'amber', why: 'never_checked', whyParams: {} };
  // R49: lines rest, or people cannot be made; the rest runs.
  const urgent = groupChanges(changes).filter((change) => change.what !== 'options');
  if (urgent.length > 0)
    return {
      light: 'amber',
      why: 'schema',
      whyParams: { count: urgent.length, fields: urgent.map((change) => change.label).join(', ') },
    };
  return { light: 'green', why: null, whyParams: {} };
}
