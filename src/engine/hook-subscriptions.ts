import { sql } from 'kysely';
import type { Connector } from '../connectors/kit/connector.ts';
import { type Failure, failureOf, RemoteError } from '../connectors/kit/errors.ts';
import type { HookTarget, Subscription } from '../connectors/kit/hooks.ts';
import { tokenHash } from '../platform/crypto.ts';
import { systemRandom } from '../platform/ids.ts';
import { connect } from './connect.ts';
import { type Connection, loadConnection, manifestOf } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import type { EventListeners } from './event-listeners.ts';
import { CLAIM_MS, hookOwner } from './hook-claim.ts';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const RETRY_MS = 15 * 60_000;

/**
 * Keeps the CRMs' webhooks as they should be: subscribed where a connection is on and checked and our address can be
 * reached, renewed well before they end, withdrawn where it is off. A restored copy touches nothing (R41). Called by the
 * workers; each subscription is one worker's at a time. Streams are listened to by who has listeners. @returns how many
 * were looked at.
 */
export async function maintainHooks(deps: EngineDeps, listeners?: EventListeners): Promise<number> {
  const now = deps.clock.now();
  const able = [...deps.manifests.values()].filter((one) => one.capabilities.webhooks).map((one) => one.id);
  await sql`insert into hook_subscriptions (connection_id, updated_at)
            select id, ${now}::bigint from connections where enabled and disconnected_at is null and crm = any(${able}::text[])
            on conflict do nothing`.execute(deps.store.db);
  const claimed = await sql<{ connection_id: string }>`
    update hook_subscriptions h set next_at = ${now + CLAIM_MS}, settings_version = c.settings_version
      from connections c
     where c.id = h.connection_id and c.disconnected_at is null and c.paused_reason is distinct from 'restored'
       and (h.next_at <= ${now} or h.settings_version is distinct from c.settings_version)
    returning h.connection_id`.execute(deps.store.db);
  for (const { connection_id: id } of claimed.rows) await maintainOne(deps, id, { listeners, claim: now + CLAIM_MS });
  return claimed.rows.length;
}

interface Claim {
  readonly listeners: EventListeners | undefined;
  /** `next_at` as this worker set it. */
  readonly claim: number;
}

async function maintainOne(deps: EngineDeps, id: string, claim: Claim): Promise<void> {
  const connection = await loadConnection(deps.store.db, id).catch(() => null);
  if (connection === null) return;
  try {
    await bringInOrder(deps, connection, claim);
  } catch (error) {
    const known = error instanceof RemoteError ? error : null;
    if (known === null) deps.log.error({ err: error, connection: id }, 'the webhooks of a connection stumbled');
    // What a person has to mend is not asked for every few minutes.
    const isRefused = known !== null && ['auth', 'forbidden', 'invalid'].includes(known.kind);
    await save(deps, id, {
      state: 'failed',
      error: failureOf(error),
      nextAt: deps.clock.now() + (isRefused ? DAY_MS : RETRY_MS),
    });
  }
}

const NOTHING: Pick<Connector, 'hooks' | 'events'> = {};

async function bringInOrder(deps: EngineDeps, connection: Connection, { listeners, claim }: Claim): Promise<void> {
  const now = deps.clock.now();
  const present = await subscriptionOf(deps, connection.id);
  // Nothing can be asked while the CRM does not let us in; the events themselves go on.
  if (connection.enabled && ['auth', 'other_account'].includes(connection.pausedReason ?? ''))
    return save(deps, connection.id, { nextAt: now + HOUR_MS });
  const { hooks, events } = connection.enabled ? (await connect(deps, connection)).connector : NOTHING;
  if (events !== undefined && connection.accountId !== null)
    return listeners?.listen(connection.id, events, { after: present?.position ?? null, claim });
  listeners?.end(connection.id);
  const reachable = isReachable(deps, connection);
  if (!connection.enabled || connection.accountId === null || hooks === undefined || !reachable) {
    if (present !== null) await withdrawHooks(deps, connection);
    const why = connection.enabled && hooks !== undefined && !reachable ? { code: 'not_reachable' } : null;
    return save(deps, connection.id, { state: 'off', vendor: null, error: why, nextAt: now + DAY_MS });
  }
  const target = await targetOf(deps, connection);
  const vendor = present === null ? await hooks.subscribe(target) : await hooks.renew(present, target);
  deps.checkpoint?.('hooks:subscribed');
  const left = vendor.expiresAt === null ? DAY_MS : Math.max(60_000, (vendor.expiresAt - now) / 2);
  await save(deps, connection.id, {
    state: vendor.byHand === null ? 'live' : 'byHand',
    vendor,
    error: null,
    nextAt: now + Math.min(DAY_MS, left),
  });
}

/** Where the vendor shall call, with which secret, about which fields. The secrets are made once and kept encrypted. */
async function targetOf(deps: EngineDeps, connection: Connection): Promise<HookTarget> {
  const owner = hookOwner(connection.id);
  const random = (): string => Buffer.from(systemRandom(24)).toString('base64url');
  let { path, secret } = await deps.secrets.load(deps.store.db, owner);
  if (path === undefined || secret === undefined) {
    [path, secret] = [random(), random()];
    const made = { path, secret };
    await deps.store.transaction(async (trx) => {
      await deps.secrets.save(trx, owner, made, deps.clock.now());
      await sql`update hook_subscriptions set path_hash = ${tokenHash(made.path)} where connection_id = ${connection.id}`.execute(
        trx,
      );
    });
  }
  const lines = connection.mappings.filter((line) => line.enabled !== false && line.direction !== 'toCrm');
  return {
    url: `${deps.baseUrl}/hooks/${connection.id}/${path}`,
    secret,
    fields: [...new Set(lines.map((line) => line.crm))].sort(),
  };
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A vendor calls public https addresses; an emulator on this machine also reaches us here. */
export function isReachable(deps: Pick<EngineDeps, 'baseUrl'>, connection: Connection): boolean {
  const ours = new URL(deps.baseUrl);
  const isHere = LOOPBACK.has(ours.hostname);
  if (ours.protocol === 'https:' && !isHere) return true;
  const { baseUrl } = connection.settings;
  return isHere && baseUrl !== undefined && LOOPBACK.has(new URL(baseUrl).hostname);
}

async function subscriptionOf(deps: EngineDeps, connectionId: string): Promise<Subscription | null> {
  const row = await deps.store.db
    .selectFrom('hook_subscriptions')
    .select('vendor')
    .where('connection_id', '=', connectionId)
    .executeTakeFirst();
  // Written below, from this very type.
  return (row?.vendor ?? null) as Subscription | null;
}

/** Best effort: a vendor that is away holds up nothing; what it still sends finds no door. */
export async function withdrawHooks(deps: EngineDeps, connection: Connection): Promise<void> {
  const present = await subscriptionOf(deps, connection.id);
  if (present !== null && manifestOf(deps, connection.crm).capabilities.webhooks) {
    try {
      await (await connect(deps, connection)).connector.hooks?.drop(present);
    } catch (error) {
      deps.log.warn({ err: error, connection: connection.id }, 'the webhooks could not be withdrawn');
    }
  }
  await deps.store.transaction(async (trx) => {
    await deps.secrets.drop(trx, hookOwner(connection.id));
    await sql`update hook_subscriptions set path_hash = '', vendor = null, state = 'off', last_event_at = null where connection_id = ${connection.id}`.execute(
      trx,
    );
  });
}

interface Change {
  readonly state?: 'off' | 'live' | 'byHand' | 'failed';
  readonly vendor?: Subscription | null;
  readonly error?: Failure | null;
  readonly nextAt: number;
}

async function save(deps: EngineDeps, connectionId: string, change: Change): Promise<void> {
  await deps.store.db
    .updateTable('hook_subscriptions')
    .set({
      ...(change.state === undefined ? {} : { state: change.state }),
      ...(change.vendor === undefined ? {} : { vendor: change.vendor === null ? null : JSON.stringify(change.vendor) }),
      ...(change.error === undefined ? {} : { error: change.error === null ? null : JSON.stringify(change.error) }),
      next_at: Math.round(change.nextAt),
      updated_at: deps.clock.now(),
    })
    .where('connection_id', '=', connectionId)
    .execute();
}

/** For the screen: are changes told to us as they happen, since when, or why not. */
export interface HooksView {
  /** `none`: the CRM, or this method of signing in, has none. */
  readonly state: 'none' | 'off' | 'live' | 'byHand' | 'failed';
  readonly lastEventAt: number | null;
  readonly error: Readonly<Record<string, string | number>> | null;
}

export async function hooksOf(deps: EngineDeps, connection: Connection): Promise<HooksView> {
  const row = await deps.store.db
    .selectFrom('hook_subscriptions')
    .select(['state', 'last_event_at', 'error'])
    .where('connection_id', '=', connection.id)
    .executeTakeFirst();
  if (row === undefined || !manifestOf(deps, connection.crm).capabilities.webhooks)
    return { state: 'none', lastEventAt: null, error: null };
  // The column holds only what `save` wrote.
  return { state: row.state as HooksView['state'], lastEventAt: row.last_event_at, error: row.error };
}

/** What a person has to enter with the app at the vendor; it holds the address, so it is for administrators. */
export async function hookSetup(
  deps: EngineDeps,
  connection: Connection,
): Promise<{ readonly url: string | null; readonly byHand: string | null }> {
  const present = await subscriptionOf(deps, connection.id);
  const { path } = await deps.secrets.load(deps.store.db, hookOwner(connection.id));
  return {
    url: path === undefined ? null : `${deps.baseUrl}/hooks/${connection.id}/${path}`,
    byHand: present?.byHand ?? null,
  };
}
