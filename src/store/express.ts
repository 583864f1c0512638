import { sql } from 'kysely';
import type { Queryable, Trx } from './db.ts';

/**
 * Owes these contacts to every connection that is on and would write them now: the linked, and those who have reached its
 * minimum score (R35). Such marks overtake everything else; whoever has not reached it keeps an ordinary mark.
 * @returns the connections that have something to do.
 */
export async function markExpress(
  trx: Trx,
  contactIds: readonly string[],
  mark: { readonly reason: string; readonly at: number },
): Promise<readonly string[]> {
  if (contactIds.length === 0) return [];
  const marked = await sql<{ connection_id: string }>`
    with marked as (
      insert into due (connection_id, side, subject, reason, express, created_at)
      select c.id, 'crm', p.id, ${mark.reason}, true, ${mark.at}::bigint
        from connections c cross join contacts p
       where p.id = any(${contactIds as string[]}::text[]) and c.enabled and c.disconnected_at is null
         and (c.settings -> 'export' ->> 'enabled')::boolean
         and (p.score >= (c.settings -> 'export' ->> 'minimumScore')::int
              or exists (select 1 from links l where l.connection_id = c.id and l.contact_id = p.id and l.role = 'primary'))
      on conflict (connection_id, side, subject) do update
        set version = due.version + 1, reason = excluded.reason, not_before = 0, tries = 0, express = true
      returning connection_id
    ) select distinct connection_id from marked`.execute(trx);
  return marked.rows.map((row) => row.connection_id);
}

/**
 * Pauses under which single people go on: forms have a reserve of the day's calls (R34), and what waits for a person
 * because it would change very much (R40, R50) is not these. After an undo nobody does, whatever else it is paused for (R38).
 */
export const GOES_ON = ['quota', 'breaker', 'mass_deletion'];

/** Connections that express marks wait for; those that are off, or paused otherwise, let them wait. */
export async function connectionsWithExpress(q: Queryable, now: number): Promise<readonly string[]> {
  const rows = await sql<{ id: string }>`
    select c.id from connections c
     where c.enabled and c.disconnected_at is null and c.held_by_undo is null and (c.paused_reason is null or c.paused_reason = any(${GOES_ON}))
       and (c.settings -> 'export' ->> 'enabled')::boolean
       and exists (select 1 from due d where d.connection_id = c.id and d.express and d.side = 'crm' and d.not_before <= ${now})`.execute(
    q,
  );
  return rows.rows.map((row) => row.id);
}

export const hasExpress = async (q: Queryable, connectionId: string, now: number): Promise<boolean> =>
  (
    await sql<{
      one: number;
    }>`select 1 as one from due where connection_id = ${connectionId} and express and side = 'crm' and not_before <= ${now} limit 1`.execute(
      q,
    )
  ).rows.length > 0;
