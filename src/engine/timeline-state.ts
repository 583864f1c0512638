import { sql } from 'kysely';
import type { Failure } from '../connectors/kit/errors.ts';
import { Conflicted } from '../core/invalid-input.ts';
import { countEarlier, oweEarlier } from '../store/timeline.ts';
import { type Connection, loadConnection, manifestOf } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { timelineCap, timelineToday } from './timeline-cap.ts';

/** What a person wants to know of a connection's timeline (R80). Four statements. */
export async function timelineState(deps: EngineDeps, connection: Connection) {
  const { db } = deps.store;
  const manifest = manifestOf(deps, connection.crm);
  const { enabled, dailyCap } = connection.settings.export.timeline;
  const { rows } = await sql<{
    waiting: number;
    waiting_for_link: number;
    open: number;
    stored: number;
    refused: number;
    refused_because: string | null;
  }>`
    select count(*) filter (where t.state = 'owed' and l.id is not null)::int as waiting,
           count(*) filter (where t.state = 'owed' and l.id is null)::int as waiting_for_link,
           count(*) filter (where t.state = 'sent')::int as open,
           count(*) filter (where t.state = 'stored')::int as stored,
           count(*) filter (where t.state = 'refused')::int as refused,
           (array_agg(coalesce(nullif(t.fault -> 'params' ->> 'vendor', ''), t.fault -> 'params' ->> 'code') order by t.announced_at desc) filter (where t.state = 'refused'))[1] as refused_because
      from timeline_entries t
      left join links l on l.connection_id = t.connection_id and l.contact_id = t.contact_id and l.role = 'primary' and l.state = 'active'
     where t.connection_id = ${connection.id}`.execute(db);
  const since = await sql<{ timeline_since: number | null; timeline_problem: Failure | null }>`
    select timeline_since, timeline_problem from connections where id = ${connection.id}`.execute(db);
  const [counts] = rows;
  const [row] = since.rows;
  return {
    as: manifest.timeline?.as ?? null,
    enabled,
    perCall: manifest.timeline?.perCall.value ?? 1,
    dailyCap: timelineCap(manifest, connection),
    capIsSet: dailyCap !== undefined,
    today: await timelineToday(db, connection.id, deps.clock.now()),
    waiting: counts?.waiting ?? 0,
    waitingForLink: counts?.waiting_for_link ?? 0,
    open: counts?.open ?? 0,
    stored: counts?.stored ?? 0,
    refused: counts?.refused ?? 0,
    refusedBecause: counts?.refused_because ?? null,
    earlier: manifest.timeline === undefined ? 0 : await countEarlier(db, connection.id),
    since: row?.timeline_since ?? null,
    problem: row?.timeline_problem ?? null,
  };
}

/** Owes what happened before the option was switched on. @throws Conflicted while it is off. */
export async function writeEarlier(deps: EngineDeps, idOrName: string, since: number): Promise<number> {
  const connection = await loadConnection(deps.store.db, idOrName);
  if (!connection.settings.export.timeline.enabled) throw new Conflicted('timeline_off', { name: connection.name });
  const added = await deps.store.transaction((trx) => oweEarlier(trx, connection.id, since, deps.clock.now()));
  deps.wake?.(connection.id);
  return added;
}
