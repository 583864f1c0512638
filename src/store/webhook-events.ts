import { type RawBuilder, sql } from 'kysely';
import type { WebhookType } from '../core/webhook-types.ts';
import type { Queryable, Trx } from './db.ts';

/**
 * What happened, for outgoing webhooks: written in the transaction of what it tells about, so neither is there without the
 * other, by one statement whatever the number of people. Where nobody listens nothing is written. The worker makes
 * deliveries of it (`src/webhooks`).
 */
export const newEventId: RawBuilder<string> = sql`'msg_' || replace(gen_random_uuid()::text, '-', '')`;

/** Does any webhook that is on want this type? As a condition in SQL. */
export const isWanted = (type: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql`exists (select 1 from webhooks w where w.enabled and ${type} = any(w.types))`;

async function wantedTypes(q: Queryable): Promise<ReadonlySet<string>> {
  const rows = await sql<{ type: string }>`select distinct unnest(types) as type from webhooks where enabled`.execute(
    q,
  );
  return new Set(rows.rows.map((row) => row.type));
}

/** Contacts that were made or changed. What is not told yet of a person takes up what comes: one event. */
export async function tellContacts(
  trx: Trx,
  contacts: readonly { readonly id: string; readonly create: boolean; readonly fields: readonly string[] }[],
  at: number,
): Promise<void> {
  const wanted = await wantedTypes(trx);
  const rows = contacts
    .map(({ id, create, fields }) => ({ id, type: create ? 'contact.created' : 'contact.changed', changed: fields }))
    .filter((row) => wanted.has(row.type) && (row.type === 'contact.created' || row.changed.length > 0));
  if (rows.length === 0) return;
  // What is written to a person in the act that makes them is part of making them.
  await sql`
    insert into webhook_events (id, type, contact_id, changed, at, accepted_at)
    select ${newEventId}, n.type, n.id, n.changed, ${at}::bigint, ${at}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, type text, changed text[])
     where n.type = 'contact.created' or not exists (
           select 1 from webhook_events p where p.contact_id = n.id and p.type = 'contact.created' and p.fanned_at is null and p.at = ${at})
     order by n.id
    on conflict (contact_id, type) where fanned_at is null and type in ('contact.created', 'contact.changed') do update
      set changed = array(select distinct unnest(webhook_events.changed || excluded.changed) order by 1),
          accepted_at = greatest(webhook_events.accepted_at, excluded.accepted_at)`.execute(trx);
}

/** Scores that rose to what some webhook waits for. */
export async function tellScores(
  trx: Trx,
  scores: readonly { readonly id: string; readonly from: number; readonly to: number }[],
  at: number,
): Promise<void> {
  const risen = scores.filter((one) => one.to > one.from);
  if (risen.length === 0) return;
  await sql`
    insert into webhook_events (id, type, contact_id, data, at, accepted_at)
    select ${newEventId}, 'score.reached', n.id, jsonb_build_object('from', n."from", 'to', n."to"), ${at}::bigint, ${at}::bigint
      from jsonb_to_recordset(${JSON.stringify(risen)}::jsonb) as n(id text, "from" int, "to" int)
     where exists (select 1 from webhooks w where w.enabled and 'score.reached' = any(w.types)
                      and n."from" < w.minimum_score and n."to" >= w.minimum_score)`.execute(trx);
}

const TYPE_OF_EVENT: Readonly<Record<string, WebhookType>> = { form: 'form.submitted', download: 'content.downloaded' };

/** What known people did, just recorded for the first time. @param now when we took it: it may have happened long before. */
export async function tellEvents(
  trx: Trx,
  events: readonly {
    readonly id: string;
    readonly type: string;
    readonly contactId: string;
    readonly at: number;
    readonly data: object;
  }[],
  now: number,
): Promise<void> {
  const rows = events.flatMap(({ id, type, contactId, at, data }) =>
    TYPE_OF_EVENT[type] === undefined
      ? []
      : [{ type: TYPE_OF_EVENT[type], contact_id: contactId, at, data: { id, data } }],
  );
  if (rows.length === 0) return;
  await sql`
    insert into webhook_events (id, type, contact_id, data, at, accepted_at)
    select ${newEventId}, n.type, n.contact_id, n.data, n.at, ${now}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(type text, contact_id text, data jsonb, at bigint)
     where ${isWanted(sql`n.type`)}`.execute(trx);
}

/** Contacts that are no more (`departures.ts`). Only the id is told, which says nothing to whoever does not know it. */
export async function tellGone(
  trx: Trx,
  gone: readonly { readonly id: string; readonly why: string; readonly into?: string }[],
  at: number,
): Promise<void> {
  if (gone.length === 0) return;
  await sql`
    insert into webhook_events (id, type, data, at, accepted_at)
    select ${newEventId}, 'contact.erased', n.data, ${at}::bigint, ${at}::bigint
      from jsonb_to_recordset(${JSON.stringify(gone.map((data) => ({ data })))}::jsonb) as n(data jsonb)
     where ${isWanted(sql`'contact.erased'`)}`.execute(trx);
}
