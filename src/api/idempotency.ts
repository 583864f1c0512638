import { sql } from 'kysely';
import { Conflicted } from '../core/invalid-input.ts';
import type { Store } from '../store/db.ts';

const KEPT_MS = 24 * 60 * 60 * 1000;

export interface Repeatable {
  readonly store: Store;
  /** Of the caller; two callers may use the same key. */
  readonly actor: string;
  readonly key: string;
  /**
   * What tells this request from others: the same key with another one is refused. Asked when the body of the first has
   * been worked on, so that a large one need not be kept; of a repetition at once, whose body nobody else reads.
   */
  readonly fingerprint: () => Promise<string>;
  readonly now: number;
  /** The answer holds a secret that is shown once, or names somebody who is forgotten: a repetition is refused instead of answered. */
  readonly keepsNothing: 'secret' | 'forgotten' | null;
}

/**
 * `Idempotency-Key`: the first request is carried out and its answer kept for a day; a repetition gets that answer.
 * @throws Conflicted('idempotency_mismatch' | 'idempotency_running' | 'idempotency_secret' | 'idempotency_forgotten')
 */
export async function once(input: Repeatable, work: () => Promise<Response>): Promise<Response> {
  const { store, now } = input;
  const id = `${input.actor}:${input.key}`;
  await sql`delete from idempotency where at < ${now - KEPT_MS}`.execute(store.db);
  const taken = await sql<{ key: string }>`
    insert into idempotency (key, actor, request_hash, at) values (${id}, ${input.actor}, '', ${now}) on conflict (key) do nothing returning key`.execute(
    store.db,
  );
  if (taken.rows.length === 0) return replay(input, id);
  try {
    const response = await work();
    const body = input.keepsNothing !== null && response.ok ? null : JSON.stringify(await response.clone().text());
    await sql`update idempotency set status = ${response.status}, body = ${body}::jsonb, request_hash = ${await input.fingerprint()} where key = ${id}`.execute(
      store.db,
    );
    return response;
  } catch (error) {
    // Nothing was done: the same key may try again.
    await sql`delete from idempotency where key = ${id}`.execute(store.db);
    throw error;
  }
}

async function replay({ store, fingerprint, keepsNothing }: Repeatable, id: string): Promise<Response> {
  const row = await store.db
    .selectFrom('idempotency')
    .select(['request_hash', 'status', 'body'])
    .where('key', '=', id)
    .executeTakeFirst();
  if (row === undefined || row.status === null) throw new Conflicted('idempotency_running');
  if (row.request_hash !== (await fingerprint())) throw new Conflicted('idempotency_mismatch');
  if (row.body === null)
    throw new Conflicted(keepsNothing === 'forgotten' ? 'idempotency_forgotten' : 'idempotency_secret');
  return new Response(String(row.body), {
    status: row.status,
    headers: { 'content-type': 'application/json', 'idempotency-replayed': 'true' },
  });
}
