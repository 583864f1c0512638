import { sql } from 'kysely';
import type { Poke, RawRequest, Subscription } from '../connectors/kit/hooks.ts';
import { sameSecret } from '../connectors/kit/hooks.ts';
import { tokenHash } from '../platform/crypto.ts';
import { markRecordsDue } from '../store/due.ts';
import { connect } from './connect.ts';
import { type Connection, loadConnection } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { hookOwner } from './hook-claim.ts';
import { requestRuns } from './runs.ts';

/** Deletions and merges are believed only from the poll (R18d); a webhook brings it forward, to at most this. */
const GONE_POLL_MS = 5 * 60_000;

/**
 * What a vendor's webhook does: nothing but owe the hub a look at the records that it names, and wake the worker. An event
 * that was heard already does nothing; no value is taken from it. @returns `unknown` for an address that is none of ours,
 * `forged` for a request that the vendor did not make.
 */
export async function receiveHook(
  deps: EngineDeps,
  door: { readonly connectionId: string; readonly path: string },
  request: RawRequest,
): Promise<'heard' | 'unknown' | 'forged'> {
  const row = await deps.store.db
    .selectFrom('hook_subscriptions')
    .select(['path_hash', 'vendor'])
    .where('connection_id', '=', door.connectionId)
    .executeTakeFirst();
  if (row === undefined || !sameSecret(tokenHash(door.path), row.path_hash)) return 'unknown';
  const connection = await loadConnection(deps.store.db, door.connectionId).catch(() => null);
  if (connection === null || row.vendor === null || connection.accountId === null) return 'unknown';
  const { hooks } = (await connect(deps, connection)).connector;
  const { secret } = await deps.secrets.load(deps.store.db, hookOwner(connection.id));
  if (hooks === undefined || secret === undefined) return 'unknown';
  const pokes = hooks.read(request, {
    secret,
    accountId: connection.accountId,
    userId: connection.account?.user?.id ?? null,
    // Written by hook-subscriptions.ts, from this very type.
    subscription: row.vendor as unknown as Subscription,
  });
  if (pokes === 'forged') return 'forged';
  // The cursor knows what happened while it was off.
  if (connection.enabled) await hear(deps, connection, pokes);
  return 'heard';
}

/** Events that are the vendor's: what is new becomes debts, and a run where there are any. */
export async function hear(deps: EngineDeps, connection: Connection, pokes: readonly Poke[]): Promise<void> {
  const at = deps.clock.now();
  const marked = await deps.store.transaction(async (trx) => {
    const events = [...new Set(pokes.map((poke) => tokenHash(poke.eventId)))];
    const fresh = await sql<{ event: string }>`
      insert into hook_events (connection_id, event, at)
      select ${connection.id}::text, n.event, ${at}::bigint from unnest(${events}::text[]) as n(event)
      on conflict do nothing returning event`.execute(trx);
    const isFresh = new Set(fresh.rows.map((row) => row.event));
    const news = pokes.filter((poke) => isFresh.has(tokenHash(poke.eventId)) && !poke.byUs);
    const changed = new Map(
      news.flatMap((poke) => (poke.what === 'changed' ? [[poke.id, { id: poke.id, kind: poke.kind }] as const] : [])),
    );
    await markRecordsDue(trx, connection.id, [...changed.values()], { reason: 'webhook', at });
    await sql`update hook_subscriptions set last_event_at = ${at} where connection_id = ${connection.id}`.execute(trx);
    if (news.some((poke) => poke.what === 'gone'))
      await sql`update connections set next_due_at = least(next_due_at, ${at + GONE_POLL_MS}::bigint) where id = ${connection.id}`.execute(
        trx,
      );
    return changed.size;
  });
  const waits = connection.pausedReason !== null && connection.pausedReason !== 'breaker';
  if (marked === 0 || waits) return;
  await requestRuns(deps, connection.id, { mode: 'changes', direction: 'toHub', trigger: 'webhook' });
}
