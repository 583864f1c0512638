import { sql } from 'kysely';
import { type InputProblem, InvalidInput, NotFound } from '../core/invalid-input.ts';
import { rightFor, WEBHOOK_TYPES, type WebhookType } from '../core/webhook-types.ts';
import type { Queryable } from '../store/db.ts';
import { DAY_MS } from './deliver.ts';
import { secretPlace, type WebhookDeps } from './deps.ts';
import { newSecret } from './sign.ts';

/** A subscription as its owner sees it, without its secret. Times ms since 1970. */
export interface WebhookView {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly types: readonly WebhookType[];
  readonly minimumScore: number | null;
  readonly enabled: boolean;
  /** Why it is off, where nobody switched it off: `gone` (the receiver answered 410), `key_revoked`. */
  readonly endedWhy: string | null;
  readonly endedAt: number | null;
  /** Until then the secret before the last one signs, too. */
  readonly previousSecretUntil: number | null;
  /** Tries of this receiver that failed, in a row. */
  readonly failures: number;
  readonly createdBy: string;
  /** The key that made it, by name; null: a person did. */
  readonly keyName: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly waiting: number;
  readonly failed: number;
  readonly lastDeliveredAt: number | null;
}

export interface WebhookInput {
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly types?: readonly WebhookType[] | undefined;
  readonly minimumScore?: number | null | undefined;
  readonly enabled?: boolean | undefined;
}

/** Who manages webhooks: an administrator all of them, a key its own. */
export interface Manager {
  readonly id: string;
  readonly scopes: readonly string[];
  /** May this address be called without https? */
  readonly mayBePlain: (host: string) => boolean;
}

const isMine = (who: Manager) =>
  who.scopes.includes('admin') ? sql<boolean>`true` : sql<boolean>`w.created_by = ${who.id}`;

interface Row {
  id: string;
  name: string;
  url: string;
  types: readonly WebhookType[];
  minimum_score: number | null;
  enabled: boolean;
  ended_why: string | null;
  ended_at: number | null;
  previous_until: number | null;
  failures: number;
  created_by: string;
  key_name: string | null;
  created_at: number;
  updated_at: number;
  waiting: number;
  failed: number;
  last_delivered_at: number | null;
}

/** Newest last. With `id`, that one alone. */
export async function listWebhooks(
  q: Queryable,
  who: Manager,
  now: number,
  id?: string,
): Promise<readonly WebhookView[]> {
  const rows = await sql<Row>`
    select w.id, w.name, w.url, w.types, w.minimum_score, w.enabled, w.ended_why, w.ended_at, w.failures, w.created_by,
           w.created_at, w.updated_at, k.name as key_name,
           case when w.previous_until > ${now} then w.previous_until end as previous_until,
           coalesce(d.waiting, 0) as waiting, coalesce(d.failed, 0) as failed, d.last_delivered_at
      from webhooks w left join api_keys k on k.id = w.created_by left join (
        select webhook_id, count(*) filter (where status in ('queued', 'sending'))::int as waiting,
               count(*) filter (where status = 'failed')::int as failed, max(delivered_at) as last_delivered_at
          from webhook_deliveries group by webhook_id) d on d.webhook_id = w.id
     where ${isMine(who)} and (${id ?? null}::text is null or w.id = ${id ?? null})
     order by w.created_at, w.id`.execute(q);
  return rows.rows.map((row) => ({
    id: row.id,
    name: row.name,
    url: row.url,
    types: row.types,
    minimumScore: row.minimum_score,
    enabled: row.enabled,
    endedWhy: row.ended_why,
    endedAt: row.ended_at,
    previousSecretUntil: row.previous_until,
    failures: row.failures,
    createdBy: row.created_by,
    keyName: row.key_name,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    waiting: row.waiting,
    failed: row.failed,
    lastDeliveredAt: row.last_delivered_at,
  }));
}

/** @throws NotFound, also when it is somebody else's */
export async function readWebhook(q: Queryable, who: Manager, now: number, id: string): Promise<WebhookView> {
  const [one] = await listWebhooks(q, who, now, id);
  if (one === undefined) throw new NotFound('webhook');
  return one;
}

/** Makes a subscription. @returns its secret, shown this once. @throws InvalidInput with each bad path */
export async function createWebhook(
  deps: WebhookDeps,
  who: Manager,
  input: WebhookInput & { readonly url: string; readonly types: readonly WebhookType[] },
): Promise<{ readonly id: string; readonly secret: string }> {
  checkWebhook(who, input, input);
  const id = deps.ids.next('whk');
  const secret = newSecret();
  const now = deps.clock.now();
  await deps.store.db
    .insertInto('webhooks')
    .values({
      id,
      name: input.name ?? '',
      url: input.url,
      types: unique(input.types),
      minimum_score: scoreOf(input.types, input.minimumScore),
      secret: deps.secrets.seal(secretPlace(id, 'secret'), secret),
      enabled: input.enabled ?? true,
      created_by: who.id,
      created_at: now,
      updated_at: now,
    })
    .execute();
  return { id, secret };
}

/** What is absent stays. Switching it on again forgives what was; switching it off drops what waits. @throws InvalidInput, NotFound */
export async function updateWebhook(deps: WebhookDeps, who: Manager, id: string, input: WebhookInput): Promise<void> {
  const now = deps.clock.now();
  const before = await readWebhook(deps.store.db, who, now, id);
  const after = {
    url: input.url ?? before.url,
    types: input.types ?? before.types,
    minimumScore: input.minimumScore === undefined ? before.minimumScore : input.minimumScore,
  };
  checkWebhook(who, after, input);
  await deps.store.transaction(async (trx) => {
    await trx
      .updateTable('webhooks')
      .set({
        name: input.name ?? before.name,
        url: after.url,
        types: unique(after.types),
        minimum_score: scoreOf(after.types, after.minimumScore),
        // What is absent stays as it is now: a receiver may have ended it since it was read.
        ...(input.enabled === undefined ? {} : { enabled: input.enabled }),
        ...(input.enabled === true || after.url !== before.url ? { failures: 0, retry_at: 0 } : {}),
        ...(input.enabled === true ? { ended_at: null, ended_why: null } : {}),
        updated_at: now,
      })
      .where('id', '=', id)
      .execute();
    if (input.enabled === false)
      await sql`update webhook_deliveries set status = 'failed', error = 'switched_off', taken_until = null
                 where webhook_id = ${id} and status in ('queued', 'sending')`.execute(trx);
  });
}

/** With its deliveries. @throws NotFound */
export async function deleteWebhook(deps: WebhookDeps, who: Manager, id: string): Promise<void> {
  await readWebhook(deps.store.db, who, deps.clock.now(), id);
  await deps.store.db.deleteFrom('webhooks').where('id', '=', id).execute();
}

/** A new secret; the one before signs beside it for a day. @returns the new one, shown this once. @throws NotFound */
export async function rotateSecret(deps: WebhookDeps, who: Manager, id: string): Promise<string> {
  const now = deps.clock.now();
  await readWebhook(deps.store.db, who, now, id);
  const secret = newSecret();
  await deps.store.transaction(async (trx) => {
    const row = await trx.selectFrom('webhooks').select('secret').where('id', '=', id).forUpdate().executeTakeFirst();
    if (row === undefined) throw new NotFound('webhook');
    await trx
      .updateTable('webhooks')
      .set({
        secret: deps.secrets.seal(secretPlace(id, 'secret'), secret),
        previous_secret: resealed(deps, id, row.secret),
        previous_until: now + DAY_MS,
        updated_at: now,
      })
      .where('id', '=', id)
      .execute();
  });
  return secret;
}

/** null: it was sealed with another secret key, and signs nothing any more. */
function resealed(deps: WebhookDeps, id: string, sealed: string): string | null {
  try {
    return deps.secrets.seal(secretPlace(id, 'previous'), deps.secrets.open(secretPlace(id, 'secret'), sealed));
  } catch {
    return null;
  }
}

const unique = (types: readonly WebhookType[]): WebhookType[] => WEBHOOK_TYPES.filter((one) => types.includes(one));
const scoreOf = (types: readonly WebhookType[], score: number | null | undefined): number | null =>
  types.includes('score.reached') ? (score ?? null) : null;

/** @param given what the caller sent: rights are asked for what they name, not for what stands there already. */
function checkWebhook(
  who: Manager,
  all: {
    readonly url: string;
    readonly types: readonly WebhookType[];
    readonly minimumScore?: number | null | undefined;
  },
  given: WebhookInput,
): void {
  const problems: InputProblem[] = [];
  const problem = problemOfAddress(who, all.url);
  if (problem !== null) problems.push({ path: 'url', code: problem, params: {} });
  for (const [index, type] of (given.types ?? []).entries()) {
    const scope = rightFor(type);
    if (!who.scopes.includes(scope)) problems.push({ path: `types.${index}`, code: 'needs_scope', params: { scope } });
  }
  if (all.types.includes('score.reached') && (all.minimumScore ?? null) === null)
    problems.push({ path: 'minimumScore', code: 'webhook_score', params: {} });
  if (problems.length > 0) throw new InvalidInput(problems);
}

/** What it tells is about people: it goes over https, but to a machine of ours. */
function problemOfAddress(who: Manager, text: string): string | null {
  if (!URL.canParse(text)) return 'webhook_address';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'webhook_address';
  if (url.protocol === 'https:') return null;
  return url.protocol === 'http:' && who.mayBePlain(url.hostname.replace(/^\[|\]$/g, '')) ? null : 'webhook_address';
}
