import { sql } from 'kysely';
import type { Queryable, Trx } from './db.ts';

/** What stands on timelines in CRMs: form submissions and downloads. */
export const TIMELINE_EVENTS = ['form', 'download'] as const;

/** One event of a person's, by the key of `events`. */
export interface TimelineEvent {
  readonly id: string;
  readonly at: number;
  readonly type: string;
  readonly contactId: string;
}

/** An event's id may be anything that a sender gave it; the key is short, and of letters and figures only. */
const keyOf = sql`'tl' || left(encode(sha256(convert_to(n.id || ':' || n.at, 'UTF8')), 'hex'), 24)`;

/**
 * Owes these events to every connection that writes timelines, in the transaction that records them (R30b). What happened
 * before the option was switched on is not owed, and what is owed already stays as it is. One statement.
 */
export async function oweTimeline(trx: Trx, events: readonly TimelineEvent[], now: number): Promise<void> {
  const rows = events.filter(({ type }) => TIMELINE_EVENTS.some((one) => one === type));
  if (rows.length === 0) return;
  await sql`
    insert into timeline_entries (connection_id, key, contact_id, event_id, at, created_at)
    select c.id, ${keyOf}, n."contactId", n.id, n.at, ${now}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, at bigint, "contactId" text)
      join connections c on c.timeline_since is not null and n.at >= c.timeline_since and c.disconnected_at is null
    on conflict (connection_id, key) do nothing`.execute(trx);
}

/** Somebody asked for what happened before, back to `since` (ms). @returns how many entries are owed by it. */
export async function oweEarlier(trx: Trx, connectionId: string, since: number, now: number): Promise<number> {
  const added = await sql`
    insert into timeline_entries (connection_id, key, contact_id, event_id, at, created_at)
    select ${connectionId}::text, ${keyOf}, n.contact_id, n.id, n.at, ${now}::bigint
      from events n join contacts c on c.id = n.contact_id
     where n.type = any(${[...TIMELINE_EVENTS]}::text[]) and n.at >= ${since}
    on conflict (connection_id, key) do nothing`.execute(trx);
  return Number(added.numAffectedRows ?? 0n);
}

/** Counting ends here: nobody needs it to the last one. */
export const EARLIER_MAX = 10_000;

/** How many events of linked people are not owed yet, at most 10,000. */
export async function countEarlier(q: Queryable, connectionId: string): Promise<number> {
  const rows = await sql<{ count: number }>`
    select count(*)::int as count from (select 1 from events n
      join links l on l.connection_id = ${connectionId} and l.contact_id = n.contact_id and l.role = 'primary' and l.state = 'active'
     where n.type = any(${[...TIMELINE_EVENTS]}::text[])
       and not exists (select 1 from timeline_entries t where t.connection_id = ${connectionId} and t.contact_id = n.contact_id and t.event_id = n.id and t.at = n.at)
     limit ${EARLIER_MAX}) few`.execute(q);
  return rows.rows[0]?.count ?? 0;
}

/** The option was saved: switched on, entries count from now; switched off, what is owed is forgotten, what is on its way is not. */
export async function switchTimeline(trx: Trx, connectionId: string, isOn: boolean, now: number): Promise<void> {
  await sql`update connections set timeline_since = case when ${isOn} then coalesce(timeline_since, ${now}::bigint) end,
                   timeline_problem = case when ${isOn} then timeline_problem end where id = ${connectionId}`.execute(
    trx,
  );
  if (!isOn)
    await sql`delete from timeline_entries where connection_id = ${connectionId} and state = 'owed'`.execute(trx);
}

export interface StandingEntry {
  readonly connection: string;
  readonly crm: string;
  /** When it was written there. */
  readonly at: number;
}

/** In which CRMs a person's events stand, by `id:at` of the event. */
export async function timelineOf(
  q: Queryable,
  contactId: string,
): Promise<ReadonlyMap<string, readonly StandingEntry[]>> {
  const { rows } = await sql<StandingEntry & { event: string }>`
    select t.event_id || ':' || t.at as event, c.name as connection, c.crm, t.stored_at as at
      from timeline_entries t join connections c on c.id = t.connection_id
     where t.contact_id = ${contactId} and t.state = 'stored' order by t.stored_at`.execute(q);
  const standing = new Map<string, StandingEntry[]>();
  for (const { event, ...one } of rows) standing.set(event, [...(standing.get(event) ?? []), one]);
  return standing;
}
