import { sql } from 'kysely';
import { Conflicted, NotFound } from '../core/invalid-input.ts';
import { TEST_TYPE } from '../core/webhook-types.ts';
import type { Queryable } from '../store/db.ts';
import { isQuiet } from '../store/quiet.ts';
import { deliverNow } from './deliver.ts';
import type { WebhookDeps } from './deps.ts';
import { hasItsKey } from './has-its-key.ts';

export const DELIVERY_STATES = ['queued', 'sending', 'delivered', 'failed', 'held'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One message to one receiver. Times ms since 1970. */
export interface DeliveryView {
  readonly id: string;
  /** The message's id: the same for every receiver and whenever it is sent again. */
  readonly event: string;
  readonly type: string;
  readonly state: DeliveryState;
  readonly tries: number;
  /** When it is tried again; null: it is not. */
  readonly nextTryAt: number | null;
  /** HTTP status of the last answer; null: there was none. */
  readonly answer: number | null;
  readonly answerText: string | null;
  readonly error: string | null;
  readonly createdAt: number;
  readonly deliveredAt: number | null;
}

interface Row {
  id: string;
  event_id: string;
  type: string;
  body: string | null;
  status: DeliveryState;
  tries: number;
  not_before: number;
  retry_at: number;
  answer: number | null;
  answer_text: string | null;
  error: string | null;
  created_at: number;
  delivered_at: number | null;
}

const COLUMNS = sql`d.id, d.event_id, e.type, d.status, d.tries, d.not_before, w.retry_at, d.answer, d.answer_text, d.error, d.created_at, d.delivered_at`;
const FROM = sql`webhook_deliveries d join webhook_events e on e.id = d.event_id join webhooks w on w.id = d.webhook_id`;

/** Newest first. */
export async function listDeliveries(
  q: Queryable,
  query: {
    readonly webhookId: string;
    readonly state?: DeliveryState | undefined;
    readonly limit: number;
    readonly before?: { readonly createdAt: number; readonly id: string } | undefined;
  },
): Promise<readonly DeliveryView[]> {
  const { before } = query;
  const rows = await sql<Row>`
    select ${COLUMNS} from ${FROM} where d.webhook_id = ${query.webhookId}
       and ${query.state === undefined ? sql`true` : sql`d.status = ${query.state}`}
       and ${before === undefined ? sql`true` : sql`(d.created_at, d.id) < (${before.createdAt}, ${before.id})`}
     order by d.created_at desc, d.id desc limit ${query.limit}`.execute(q);
  return rows.rows.map(toView);
}

/** With what is sent, word for word. @throws NotFound */
export async function readDelivery(
  q: Queryable,
  webhookId: string,
  id: string,
): Promise<DeliveryView & { readonly body: string }> {
  const rows = await sql<Row>`
    select ${COLUMNS}, e.body from ${FROM} where d.webhook_id = ${webhookId} and d.id = ${id}`.execute(q);
  const [row] = rows.rows;
  if (row === undefined) throw new NotFound('delivery');
  return { ...toView(row), body: row.body ?? '' };
}

function toView(row: Row): DeliveryView {
  const next = Math.max(row.not_before, row.retry_at);
  return {
    id: row.id,
    event: row.event_id,
    type: row.type,
    state: row.status,
    tries: row.tries,
    nextTryAt: row.status === 'queued' && row.tries > 0 && next > 0 ? next : null,
    answer: row.answer,
    answerText: row.answer_text,
    error: row.error,
    createdAt: row.created_at,
    deliveredAt: row.delivered_at,
  };
}

/**
 * A person asks: it is sent at once, with the same id, and a new day of tries begins, whatever became of it before.
 * @throws NotFound; Conflicted while it is being sent, the webhook is off, or the instance is quiet
 */
export async function sendDeliveryAgain(deps: WebhookDeps, webhookId: string, id: string): Promise<void> {
  const { db } = deps.store;
  const now = deps.clock.now();
  await readDelivery(db, webhookId, id);
  await mustBeOn(deps, webhookId);
  const queued = await sql<{ id: string }>`
    update webhook_deliveries set status = 'queued', tries = 0, not_before = 0, resent_at = ${now}, error = null, taken_until = null
     where id = ${id} and (status <> 'sending' or coalesce(taken_until, 0) <= ${now}) returning id`.execute(db);
  if (queued.rows.length === 0) throw new Conflicted('delivery_sending');
  await deliverNow(deps, webhookId, id);
}

/** Sends a message that says nothing, so that the receiver can be tried. @returns the delivery's id. @throws Conflicted */
export async function sendTest(deps: WebhookDeps, webhookId: string): Promise<string> {
  await mustBeOn(deps, webhookId);
  const now = deps.clock.now();
  const id = deps.ids.next('dlv');
  await deps.store.transaction(async (trx) => {
    const event = `msg_${id.slice(4)}`;
    const body = JSON.stringify({
      id: event,
      type: TEST_TYPE,
      timestamp: new Date(now).toISOString(),
      data: { webhook: webhookId },
    });
    await sql`insert into webhook_events (id, type, data, at, body, fanned_at)
              values (${event}, ${TEST_TYPE}, '{}', ${now}, ${body}, ${now})`.execute(trx);
    await sql`insert into webhook_deliveries (id, webhook_id, event_id, created_at) values (${id}, ${webhookId}, ${event}, ${now})`.execute(
      trx,
    );
  });
  await deliverNow(deps, webhookId, id);
  return id;
}

async function mustBeOn(deps: WebhookDeps, webhookId: string): Promise<void> {
  if (await isQuiet(deps.store.db)) throw new Conflicted('webhook_quiet');
  const on = await sql`
    select id from webhooks w where id = ${webhookId} and enabled and ${hasItsKey(deps.clock.now())}`.execute(
    deps.store.db,
  );
  if (on.rows.length === 0) throw new Conflicted('webhook_off');
}
