import { sql } from 'kysely';
import type { Manifest } from '../connectors/kit/connector.ts';
import type { Queryable } from '../store/db.ts';
import type { Connection } from './connection.ts';

const DAY_MS = 86_400_000;
/** Of the connection's share of the day's calls. */
const PART = 0.1;
const MOST = 10_000;
/** Where the vendor tells no daily limit. */
const UNKNOWN_LIMIT = 500;

/**
 * How many entries a day at most: what the settings say, else as many as a tenth of the connection's share of the day's
 * calls can write, at most 10,000.
 */
export function timelineCap(manifest: Manifest, { settings }: Pick<Connection, 'settings'>): number {
  const { dailyCap } = settings.export.timeline;
  if (dailyCap !== undefined) return dailyCap;
  const daily = manifest.limits.find((limit) => limit.name === 'daily')?.limit.value;
  if (daily === undefined) return UNKNOWN_LIMIT;
  const calls = Math.floor(daily * settings.quota.dailyShare * PART);
  return Math.min(MOST, Math.max(1, calls) * (manifest.timeline?.perCall.value ?? 1));
}

/** Entries announced on this day (UTC, as the quota's): those that were sent count, whatever became of them. */
export async function timelineToday(q: Queryable, connectionId: string, now: number): Promise<number> {
  const rows = await sql<{ count: number }>`
    select count(*)::int as count from timeline_entries
     where connection_id = ${connectionId} and announced_at >= ${Math.floor(now / DAY_MS) * DAY_MS}`.execute(q);
  return rows.rows[0]?.count ?? 0;
}
