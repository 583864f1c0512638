import { sql } from 'kysely';
import type { Trx } from '../store/db.ts';
import type { WebhookDeps } from './deps.ts';
import { hasItsKey } from './has-its-key.ts';
import { type WaitingEvent, writeBodies } from './write-body.ts';

const BATCH = 500;

interface Listener {
  readonly id: string;
  readonly types: readonly string[];
  readonly minimum_score: number | null;
  readonly created_at: number;
}

/**
 * Makes a delivery of what happened for each webhook that wants it, at most 500 events, by a handful of statements. Several
 * processes may do so at once: each takes rows that nobody else has. @returns how many events it dealt with.
 */
export async function makeDeliveries(deps: WebhookDeps): Promise<number> {
  const now = deps.clock.now();
  const waiting = await sql<{ any: boolean }>`
    select exists (select 1 from webhook_events where fanned_at is null) as any`.execute(deps.store.db);
  if (waiting.rows[0]?.any !== true) return 0;
  return deps.store.transaction(async (trx) => {
    const events = await take(trx);
    if (events.length === 0) return 0;
    const listeners = await readListeners(trx, now);
    const bodies = await writeBodies(trx, events, deps.baseUrl);
    const rows = events.flatMap((event) =>
      bodies.has(event.id)
        ? listeners
            .filter((one) => wants(one, event))
            .map((one) => ({ id: deps.ids.next('dlv'), webhook_id: one.id, event_id: event.id }))
        : [],
    );
    await sql`
      insert into webhook_deliveries (id, webhook_id, event_id, created_at)
      select id, webhook_id, event_id, ${now} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, webhook_id text, event_id text)
      on conflict (webhook_id, event_id) do nothing`.execute(trx);
    const told = new Set(rows.map((row) => row.event_id));
    const kept = events.filter((event) => told.has(event.id)).map(({ id }) => ({ id, body: bodies.get(id) }));
    await sql`update webhook_events e set body = n.body, fanned_at = ${now}
                from jsonb_to_recordset(${JSON.stringify(kept)}::jsonb) as n(id text, body text) where e.id = n.id`.execute(
      trx,
    );
    // Nobody wants it any more, or the person is gone.
    const dropped = events.filter((event) => !told.has(event.id)).map((event) => event.id);
    if (dropped.length > 0) await sql`delete from webhook_events where id = any(${dropped}::text[])`.execute(trx);
    return events.length;
  });
}

async function take(trx: Trx): Promise<readonly WaitingEvent[]> {
  const rows = await sql<WaitingEvent>`
    select id, type, contact_id, changed, data, at, accepted_at from webhook_events where fanned_at is null
     order by at, id limit ${BATCH} for update skip locked`.execute(trx);
  return rows.rows;
}

/** Webhooks that are on. */
async function readListeners(trx: Trx, now: number): Promise<readonly Listener[]> {
  const rows = await sql<Listener>`
    select w.id, w.types, w.minimum_score, w.created_at from webhooks w where w.enabled and ${hasItsKey(now)}`.execute(
    trx,
  );
  return rows.rows;
}

/** Who was there when we took it: what is told late may have happened before anybody listened. */
function wants(listener: Listener, event: WaitingEvent): boolean {
  if (!listener.types.includes(event.type) || event.accepted_at < listener.created_at) return false;
  if (event.type !== 'score.reached') return true;
  const minimum = listener.minimum_score ?? Number.POSITIVE_INFINITY;
  return Number(event.data['from']) < minimum && Number(event.data['to']) >= minimum;
}
