import { sql } from 'kysely';
import { isQuiet } from '../store/quiet.ts';
import { secretPlace, type WebhookDeps } from './deps.ts';
import { hasItsKey } from './has-its-key.ts';
import { type Answer, post } from './post.ts';

/**
 * The life of a delivery (`webhook_deliveries.status`):
 *
 *   queued ──taken──▶ sending ──▶ delivered
 *     ▲                  │  └───▶ failed   tried for a day, the webhook was switched off, or the receiver has ended it (410)
 *     └──── a pause ─────┘
 *
 * A process has a delivery for `TAKEN_MS`; one that dies loses it to the next, with the same id and the same body, so the
 * receiver can tell. `held` are those of a restored backup (R41). A person can send any of them again.
 */
const TAKEN_MS = 60_000;
/** Of one webhook at once. */
const BATCH = 10;
export const DAY_MS = 24 * 60 * 60_000;
/** After each try; then every four hours. */
const PAUSES_MS = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400].map((seconds) => seconds * 1_000);
/** A receiver that refuses everything is asked again at least so often. */
const RECEIVER_PAUSE_MAX_MS = 10 * 60_000;

export const pauseAfter = (tries: number): number => PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1] ?? 0;

export interface Taken {
  readonly id: string;
  readonly event_id: string;
  readonly body: string;
  readonly tries: number;
  readonly created_at: number;
  readonly resent_at: number | null;
  readonly taken_until: number;
}

interface Receiver {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly previous_secret: string | null;
  readonly previous_until: number | null;
  readonly failures: number;
}

/** Webhooks that something is due for. One that refuses everything is left alone for a while. */
export async function dueWebhooks(deps: WebhookDeps): Promise<readonly string[]> {
  if (await isQuiet(deps.store.db)) return [];
  const now = deps.clock.now();
  const rows = await sql<{ id: string }>`
    select id from webhooks w where enabled and ${hasItsKey(now)} and retry_at <= ${now} and exists (
      select 1 from webhook_deliveries where webhook_id = w.id and status in ('queued', 'sending') and not_before <= ${now}
         and coalesce(taken_until, 0) <= ${now})`.execute(deps.store.db);
  return rows.rows.map((row) => row.id);
}

/** Sends what is due for one webhook, a batch after the other, until nothing is, or the receiver refuses everything. */
export async function deliverTo(deps: WebhookDeps, webhookId: string, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true) {
    const receiver = await readReceiver(deps, webhookId);
    if (receiver === null) return;
    // One that refused the last time is asked with a single delivery first.
    const taken = await take(deps, webhookId, receiver.failures > 0 ? 1 : BATCH);
    if (taken.length === 0) return;
    const answers = await Promise.all(taken.map((one) => deliverOne(deps, receiver, one)));
    await noteReceiver(deps, receiver, answers);
  }
}

async function readReceiver(deps: WebhookDeps, id: string): Promise<Receiver | null> {
  if (await isQuiet(deps.store.db)) return null;
  const now = deps.clock.now();
  const rows = await sql<Receiver>`
    select id, url, secret, previous_secret, previous_until, failures from webhooks w
     where id = ${id} and enabled and retry_at <= ${now} and ${hasItsKey(now)}`.execute(deps.store.db);
  return rows.rows[0] ?? null;
}

async function take(deps: WebhookDeps, webhookId: string, limit: number): Promise<readonly Taken[]> {
  const now = deps.clock.now();
  return deps.store.transaction(async (trx) => {
    await sql`update webhook_deliveries set status = 'failed', error = coalesce(error, 'too_old'), taken_until = null
               where webhook_id = ${webhookId} and status in ('queued', 'sending') and coalesce(taken_until, 0) <= ${now}
                 and coalesce(resent_at, created_at) < ${now - DAY_MS}`.execute(trx);
    const rows = await sql<Taken>`
      update webhook_deliveries d set status = 'sending', tries = tries + 1, taken_until = ${now + TAKEN_MS}
        from webhook_events e where e.id = d.event_id and d.id in (
        select id from webhook_deliveries where webhook_id = ${webhookId} and status in ('queued', 'sending') and not_before <= ${now}
           and coalesce(taken_until, 0) <= ${now} order by not_before, created_at, id limit ${limit} for update skip locked)
      returning d.id, d.event_id, e.body, d.tries, d.created_at, d.resent_at, d.taken_until`.execute(trx);
    return rows.rows;
  });
}

/** Takes this one, whenever it is due, for whoever wants to see at once what comes of it. null: somebody else has it. */
export async function takeOne(deps: WebhookDeps, deliveryId: string): Promise<Taken | null> {
  const now = deps.clock.now();
  const rows = await sql<Taken>`
    update webhook_deliveries d set status = 'sending', tries = tries + 1, taken_until = ${now + TAKEN_MS} from webhook_events e
     where e.id = d.event_id and d.id = ${deliveryId} and d.status = 'queued'
    returning d.id, d.event_id, e.body, d.tries, d.created_at, d.resent_at, d.taken_until`.execute(deps.store.db);
  return rows.rows[0] ?? null;
}

/** One delivery now, and what comes of it noted. */
export async function deliverNow(deps: WebhookDeps, webhookId: string, deliveryId: string): Promise<void> {
  const receiver = await deps.store.db
    .selectFrom('webhooks')
    .selectAll()
    .where('id', '=', webhookId)
    .executeTakeFirst();
  const taken = receiver === undefined ? null : await takeOne(deps, deliveryId);
  if (receiver === undefined || taken === null) return;
  await noteReceiver(deps, receiver, [await deliverOne(deps, receiver, taken)]);
}

async function deliverOne(deps: WebhookDeps, receiver: Receiver, one: Taken): Promise<Answer> {
  const answer = await tryPosting(deps, receiver, one);
  const now = deps.clock.now();
  const pause = Math.max(pauseAfter(one.tries), answer.retryAfterMs ?? 0);
  const isOver =
    answer.kind === 'gone' || (answer.kind === 'failed' && now + pause > (one.resent_at ?? one.created_at) + DAY_MS);
  const status = answer.kind === 'ok' ? 'delivered' : isOver ? 'failed' : 'queued';
  await sql`
    update webhook_deliveries set status = ${status}, taken_until = null, not_before = ${status === 'queued' ? now + pause : 0},
           answer = ${answer.status}, answer_text = ${answer.text}, error = ${answer.error},
           delivered_at = coalesce(${status === 'delivered' ? now : null}::bigint, delivered_at)
     where id = ${one.id} and taken_until = ${one.taken_until}`.execute(deps.store.db);
  return answer;
}

async function tryPosting(deps: WebhookDeps, receiver: Receiver, one: Taken): Promise<Answer> {
  const secrets: string[] = [];
  try {
    secrets.push(deps.secrets.open(secretPlace(receiver.id, 'secret'), receiver.secret));
    if (receiver.previous_secret !== null && (receiver.previous_until ?? 0) > deps.clock.now())
      secrets.push(deps.secrets.open(secretPlace(receiver.id, 'previous'), receiver.previous_secret));
  } catch {
    return { kind: 'failed', status: null, text: null, error: 'secret_lost' };
  }
  return post(deps, { url: receiver.url, id: one.event_id, body: one.body, secrets });
}

/** A success ends the pause; a refusal of everything makes a longer one; 410 ends the subscription. */
async function noteReceiver(deps: WebhookDeps, receiver: Receiver, answers: readonly Answer[]): Promise<void> {
  const { db } = deps.store;
  const now = deps.clock.now();
  if (answers.some((answer) => answer.kind === 'gone')) return endWebhook(deps, receiver);
  if (answers.some((answer) => answer.kind === 'ok')) {
    if (receiver.failures > 0)
      await sql`update webhooks set failures = 0, retry_at = 0 where id = ${receiver.id}`.execute(db);
    return;
  }
  const asked = Math.max(...answers.map((answer) => answer.retryAfterMs ?? 0));
  const pause = Math.max(Math.min(pauseAfter(receiver.failures + 1), RECEIVER_PAUSE_MAX_MS), asked);
  await sql`update webhooks set failures = failures + 1, retry_at = ${now + pause} where id = ${receiver.id}`.execute(
    db,
  );
  deps.log.warn({ webhook: receiver.id, failures: receiver.failures + 1 }, 'a webhook was not delivered');
}

/** Nothing is sent to it any more until a person switches it on again. A former address ends nothing. */
async function endWebhook(deps: WebhookDeps, { id, url }: Receiver): Promise<void> {
  const now = deps.clock.now();
  await deps.store.transaction(async (trx) => {
    const ended =
      await sql`update webhooks set enabled = false, ended_at = ${now}, ended_why = 'gone', updated_at = ${now}
                             where id = ${id} and url = ${url} returning id`.execute(trx);
    if (ended.rows.length === 0) return;
    await sql`update webhook_deliveries set status = 'failed', error = 'ended', taken_until = null
               where webhook_id = ${id} and status in ('queued', 'sending')`.execute(trx);
  });
}
