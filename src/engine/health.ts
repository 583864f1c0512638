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

/** The light is the truth, not the setting (product.md): grey off, amber waiting, red failing, green on and good. */
export async function healthOf(deps: EngineDeps, connection: Connection): Promise<Health> {
  const [last] = await listRuns(deps.store.db, { connectionId: connection.id, limit: 1 });
  const waiting = await sql<{ side: string; oldest: number; count: number }>`
    select side, min(created_at) as oldest, count(*)::int as count from due where connection_id = ${connection.id} group by side`.execute(
    deps.store.db,
  );
  const oldest = (side: string): number | null => waiting.rows.find((row) => row.side === side)?.oldest ?? null;
  return {
    ...lightOf(connection, await openSchemaChanges(deps.store.db, connection.id)),
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

function lightOf(
  connection: Connection,
  changes: readonly OpenSchemaChange[],
): Pick<Health, 'light' | 'why' | 'whyParams'> {
  const { pausedReason, lastError } = connection;
  if (!connection.enabled) return { light: 'grey', why: 'off', whyParams: {} };
  if (pausedReason === 'auth' || pausedReason === 'other_account')
    return { light: 'red', why: pausedReason, whyParams: { ...connection.pausedDetail } };
  if (pausedReason !== null) return { light: 'amber', why: pausedReason, whyParams: { ...connection.pausedDetail } };
  if (lastError !== null)
    return { light: 'red', why: `error_${String(lastError['kind'] ?? 'internal')}`, whyParams: { ...lastError } };
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
