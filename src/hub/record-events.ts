import { sql } from 'kysely';
import { emailKey } from '../core/email.ts';
import type { Trx } from '../store/db.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { oweTimeline } from '../store/timeline.ts';
import { tellEvents } from '../store/webhook-events.ts';
import { rescore } from './score.ts';

/** Something a person did: `visit`, `download`, `form`, or an own name in snake_case. */
export interface EventInput {
  /** Given by the sender so that a repeated delivery counts once; made by us otherwise. */
  readonly id: string;
  readonly type: string;
  /** Who: a contact's id or e-mail. One of them. */
  readonly contactId?: string;
  readonly email?: string;
  /** ms since 1970: when it happened. */
  readonly at: number;
  /** The sender named it and said no time: the same id of the same person is the same event, whenever it comes again. */
  readonly onceById?: boolean;
  /** What else is known: page, file, form, phase (`discovery`, `evaluation`, `purchase`). */
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

export interface RecordedEvent {
  readonly id: string;
  /** `unknown_contact`: nobody has that id or address; `duplicate`: recorded before. */
  readonly outcome: 'recorded' | 'duplicate' | 'unknown_contact';
}

/**
 * Records up to 1,000 events and rescores those they concern, by a handful of statements. Points are those of the rules
 * of the day and stay with the event, so that a later rule does not rewrite the past.
 */
export async function recordEvents(
  trx: Trx,
  events: readonly EventInput[],
  now: number,
): Promise<readonly RecordedEvent[]> {
  if (events.length === 0) return [];
  await ensurePartitions(
    trx,
    'events',
    events.map((event) => event.at),
  );
  await lockIds(
    trx,
    events.flatMap((event) => (event.onceById === true ? [event.id] : [])),
  );
  const rows = events.map((event) => ({
    id: event.id,
    type: event.type,
    contact_id: event.contactId ?? null,
    email_key: event.email === undefined ? null : emailKey(event.email),
    at: event.at,
    data: event.data,
    once: event.onceById === true,
  }));
  const result = await sql<{ id: string; at: number; contact_id: string | null; inserted: boolean }>`
    with n as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as n(id text, type text, contact_id text, email_key text, at bigint, data jsonb, once boolean)
    ), known as (
      select n.*, c.id as person, n.once and exists (select 1 from events e where e.id = n.id and e.contact_id = c.id and e.visitor is null) as is_known
        from n left join contacts c on c.id = n.contact_id or c.email_key = n.email_key
    ), written as (
      insert into events (id, contact_id, type, data, points, rule_id, at, received_at)
      select k.id, k.person, k.type, k.data, coalesce(r.points, 0), r.id, k.at, ${now}
        from known k left join lateral (
          select id, points from score_rules
           where enabled and on_event = k.type and (condition is null or k.data @> condition)
           order by (condition is not null) desc, points desc limit 1
        ) r on true
       where k.person is not null and not k.is_known
      on conflict (at, id) do nothing
      returning id, at
    )
    select k.id, k.at, k.person as contact_id, w.id is not null as inserted
      from known k left join written w on w.id = k.id and w.at = k.at`.execute(trx);
  const keyOf = (one: { readonly id: string; readonly at: number }): string => `${one.at} ${one.id}`;
  const byKey = new Map(result.rows.map((row) => [keyOf(row), row]));
  const people = new Set(
    result.rows.flatMap((row) => (row.inserted && row.contact_id !== null ? [row.contact_id] : [])),
  );
  // An event that stands twice in the batch is recorded, and told, once.
  const firsts = new Map(events.toReversed().map((event) => [keyOf(event), event]));
  const recorded = [...firsts.values()].flatMap(({ id, type, at, data }) => {
    const row = byKey.get(keyOf({ id, at }));
    return row?.inserted === true && row.contact_id !== null ? [{ id, type, at, data, contactId: row.contact_id }] : [];
  });
  await oweTimeline(trx, recorded, now);
  await rescore(trx, [...people], now);
  await tellEvents(trx, recorded, now);
  return events.map((event) => {
    const { id } = event;
    const row = byKey.get(keyOf(event));
    if (row === undefined || row.contact_id === null) return { id, outcome: 'unknown_contact' };
    return { id, outcome: row.inserted && firsts.get(keyOf(event)) === event ? 'recorded' : 'duplicate' };
  });
}

/** Any number that no other lock of ours uses. */
const LOCK_SPACE = 74_032;
const LOCKS = 16;

/** The same event sent twice at the same moment waits for the other one; few locks, whatever the number of events. */
async function lockIds(trx: Trx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    select pg_advisory_xact_lock(${LOCK_SPACE}::int, n.bucket) from (
      select distinct abs(hashtext(id) % ${LOCKS}::int) as bucket from unnest(${ids as string[]}::text[]) as t(id) order by 1) n`.execute(
    trx,
  );
}
