import { timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { StoredToken } from '../connectors/kit/connector.ts';
import { RemoteError } from '../connectors/kit/errors.ts';
import {
  type AuthorizationAttempt,
  authorizationUrl,
  NotAuthorised,
  newAttempt,
  type OAuthProfile,
  redeemCode,
  revokeGrant,
} from '../connectors/kit/oauth.ts';
import { Conflicted, InvalidInput } from '../core/invalid-input.ts';
import { tokenHash } from '../platform/crypto.ts';
import { type CheckReport, checkConnection } from './check-connection.ts';
import { contextOf, secretsOwner } from './connect.ts';
import { type Connection, listConnections, loadConnection, manifestOf, pauseConnection } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { createTokens, tokenOwner } from './tokens.ts';

/** From the click to the way back: signing in at the vendor included. */
const STATE_LIVES_MS = 15 * 60_000;

/** The address that has to be entered with the app at the vendor. */
export const redirectUri = (deps: Pick<EngineDeps, 'baseUrl'>): string => `${deps.baseUrl}/oauth/callback`;

function profileOf(deps: EngineDeps, connection: Connection): OAuthProfile {
  const { oauth, label } = manifestOf(deps, connection.crm);
  if (oauth === undefined || connection.credentialMethod !== 'oauth') throw new Conflicted('not_oauth', { crm: label });
  return oauth;
}

/**
 * Where the person's browser goes to allow it. The state is random, single use, lives minutes, and belongs to the person
 * and the connection: somebody else's browser cannot bring it back. @throws Conflicted when the method is not `oauth`.
 */
export async function startAuthorization(deps: EngineDeps, idOrName: string, person: string): Promise<string> {
  const connection = await loadConnection(deps.store.db, idOrName);
  const profile = profileOf(deps, connection);
  const { settings } = await contextOf(deps, connection);
  const attempt = newAttempt(redirectUri(deps));
  const url = await authorizationUrl(profile, settings, attempt).catch((error: unknown) => {
    if (!(error instanceof RemoteError)) throw error;
    throw new InvalidInput([
      error.kind === 'auth'
        ? { path: 'credentials.clientId', code: 'required', params: {} }
        : { path: 'credentials', code: 'login_address', params: {} },
    ]);
  });
  const now = deps.clock.now();
  const hash = tokenHash(attempt.state);
  await deps.store.transaction(async (trx) => {
    await trx.deleteFrom('oauth_states').where('expires_at', '<', now).execute();
    await trx
      .insertInto('oauth_states')
      .values({
        hash,
        connection_id: connection.id,
        person,
        redirect_uri: attempt.redirectUri,
        verifier: deps.secrets.seal(`oauth_states:${hash}:verifier`, attempt.verifier),
        created_at: now,
        expires_at: now + STATE_LIVES_MS,
      })
      .execute();
  });
  return url;
}

/** What came of a callback; all but the first two name the connection. */
export type AuthorizationOutcome =
  /** No such attempt of this person: used already, too old, or somebody else's. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'authorised' | 'other_account' | 'taken_account';
      readonly connection: Connection;
      readonly report: CheckReport;
    }
  | { readonly kind: 'denied' | 'foreign_place'; readonly connection: Connection }
  | {
      /** `refused`: the vendor gives no token; `unreachable`: it did not answer. */
      readonly kind: 'refused' | 'unreachable';
      readonly connection: Connection;
      readonly code: string;
    };

/** The person is back from the vendor: the code becomes a token, which is stored encrypted, and the account is checked. */
export async function finishAuthorization(
  deps: EngineDeps,
  callback: URLSearchParams,
  person: string,
): Promise<AuthorizationOutcome> {
  const taken = await takeAttempt(deps, callback.get('state') ?? '', person);
  if (taken === null) return { kind: 'unknown' };
  const { connection, attempt } = taken;
  const profile = profileOf(deps, connection);
  const context = await contextOf(deps, connection);
  const learnt = profile.learn?.(callback, context.settings) ?? (profile.learn === undefined ? {} : null);
  if (learnt === null) return { kind: 'foreign_place', connection };
  const settings = { ...context.settings, credentials: { ...context.settings.credentials, ...learnt } };
  let token: StoredToken;
  try {
    token = await redeemCode(profile, { ...context, settings }, callback, attempt);
  } catch (error) {
    return notRedeemed(error, connection);
  }
  // Without one the authorisation would end within hours, and nobody would know why.
  if (token.refreshToken === undefined) return { kind: 'refused', connection, code: 'no_refresh_token' };
  await keepAuthorization(deps, connection, { token, learnt, person });
  const report = await checkConnection(deps, connection.id);
  const has = (code: string): boolean => report.findings.some((finding) => finding.code === code);
  if (has('account_connected_already')) {
    await forgetAuthorization(deps, connection.id);
    return { kind: 'taken_account', connection, report };
  }
  if (has('other_account')) return { kind: 'other_account', connection, report };
  // What waited for the authorisation need not wait for the schedule as well.
  await sql`update connections set next_due_at = ${deps.clock.now()} where id = ${connection.id} and enabled and paused_reason is null`.execute(
    deps.store.db,
  );
  deps.wake?.(connection.id);
  return { kind: 'authorised', connection: await loadConnection(deps.store.db, connection.id), report };
}

function notRedeemed(error: unknown, connection: Connection): AuthorizationOutcome {
  if (error instanceof NotAuthorised)
    return error.denied ? { kind: 'denied', connection } : { kind: 'refused', connection, code: error.code };
  if (error instanceof RemoteError && error.kind === 'auth')
    return { kind: 'refused', connection, code: error.code ?? String(error.status ?? '') };
  const code = error instanceof RemoteError ? (error.code ?? String(error.status ?? '')) : '';
  return { kind: 'unreachable', connection, code };
}

/** Single use: whoever reads it deletes it, so that of two callbacks with one state one finds nothing. */
async function takeAttempt(
  deps: EngineDeps,
  state: string,
  person: string,
): Promise<{ readonly connection: Connection; readonly attempt: AuthorizationAttempt } | null> {
  const hash = tokenHash(state);
  const row = await deps.store.db
    .deleteFrom('oauth_states')
    .where('hash', '=', hash)
    .where('person', '=', person)
    .returning(['connection_id', 'redirect_uri', 'verifier', 'expires_at'])
    .executeTakeFirst();
  if (row === undefined || row.expires_at < deps.clock.now()) return null;
  const connection = await loadConnection(deps.store.db, row.connection_id).catch(() => null);
  if (connection === null) return null;
  const verifier = deps.secrets.open(`oauth_states:${hash}:verifier`, row.verifier);
  return { connection, attempt: { state, verifier, redirectUri: row.redirect_uri } };
}

interface Granted {
  readonly token: StoredToken;
  readonly learnt: Readonly<Record<string, string>>;
  readonly person: string;
}

async function keepAuthorization(deps: EngineDeps, connection: Connection, granted: Granted): Promise<void> {
  const at = deps.clock.now();
  await deps.store.transaction(async (trx) => {
    await deps.secrets.save(trx, tokenOwner(connection.id), { token: JSON.stringify(granted.token) }, at);
    await deps.secrets.save(trx, secretsOwner(connection.id), granted.learnt, at);
    await sql`insert into authorizations (connection_id, authorized_at, authorized_by) values (${connection.id}, ${at}, ${granted.person})
              on conflict (connection_id) do update set authorized_at = excluded.authorized_at, authorized_by = excluded.authorized_by,
                refused_at = null, refused_code = null`.execute(trx);
    await sql`update hook_subscriptions set next_at = 0 where connection_id = ${connection.id}`.execute(trx);
  });
}

async function forgetAuthorization(deps: EngineDeps, connectionId: string): Promise<void> {
  await deps.store.transaction(async (trx) => {
    await deps.secrets.drop(trx, tokenOwner(connectionId));
    await trx.deleteFrom('authorizations').where('connection_id', '=', connectionId).execute();
  });
}

/** Where an authorisation stands, for the screen; null where the method is another one. */
export interface Authorization {
  readonly state: 'none' | 'authorised' | 'refused';
  readonly at: number | null;
  /** Name of who authorised. */
  readonly by: string | null;
  readonly refusedAt: number | null;
  readonly refusedCode: string | null;
}

export async function authorizationOf(deps: EngineDeps, connection: Connection): Promise<Authorization | null> {
  if (connection.credentialMethod !== 'oauth') return null;
  const rows = await sql<{
    authorized_at: number;
    name: string | null;
    refused_at: number | null;
    refused_code: string | null;
    has_token: boolean;
  }>`select a.authorized_at, u.name, a.refused_at, a.refused_code,
            exists (select 1 from secrets s where s.owner = ${tokenOwner(connection.id)}) as has_token
       from authorizations a left join "user" u on u.id = a.authorized_by where a.connection_id = ${connection.id}`.execute(
    deps.store.db,
  );
  const [row] = rows.rows;
  if (row === undefined) return { state: 'none', at: null, by: null, refusedAt: null, refusedCode: null };
  const state = row.refused_at !== null ? 'refused' : row.has_token ? 'authorised' : 'none';
  return {
    state,
    at: row.authorized_at,
    by: row.name,
    refusedAt: row.refused_at,
    refusedCode: row.refused_code,
  };
}

/**
 * The vendor says that its customer uninstalled the app. Believed only with the app's own id and secret; the connection
 * then pauses at once instead of finding out with its next call. @returns whether it was one of ours.
 */
export async function noteUninstalled(
  deps: EngineDeps,
  shown: { readonly clientId: string; readonly clientSecret: string },
  body: unknown,
): Promise<boolean> {
  for (const connection of await listConnections(deps.store.db)) {
    const profile = manifestOf(deps, connection.crm).oauth;
    const account = profile?.uninstalled?.(body) ?? null;
    if (connection.credentialMethod !== 'oauth' || account === null || account !== connection.accountId) continue;
    const held = await deps.secrets.load(deps.store.db, secretsOwner(connection.id));
    if (!isSame(held['clientId'], shown.clientId) || !isSame(held['clientSecret'], shown.clientSecret)) continue;
    const at = deps.clock.now();
    await deps.store.transaction(async (trx) => {
      await deps.secrets.drop(trx, tokenOwner(connection.id));
      await sql`update authorizations set refused_at = ${at}, refused_code = 'uninstalled' where connection_id = ${connection.id}`.execute(
        trx,
      );
      await pauseConnection(trx, connection.id, { reason: 'auth', detail: { kind: 'auth', case: 'uninstalled' }, at });
    });
    return true;
  }
  return false;
}

/** Compared by their hashes, so that the time tells nothing. */
const isSame = (held: string | undefined, shown: string): boolean =>
  held !== undefined && timingSafeEqual(Buffer.from(tokenHash(held)), Buffer.from(tokenHash(shown)));

/** R42: disconnecting ends the authorisation at the vendor too, where it lets us; a vendor that is away holds up nothing. */
export async function revokeAuthorization(deps: EngineDeps, connection: Connection): Promise<boolean> {
  const { oauth } = manifestOf(deps, connection.crm);
  if (oauth === undefined || connection.credentialMethod !== 'oauth') return false;
  try {
    const token = await createTokens(deps, connection.id).load();
    return token !== null && (await revokeGrant(oauth, await contextOf(deps, connection), token));
  } catch (error) {
    deps.log.warn({ err: error, connection: connection.id }, 'the authorisation could not be revoked');
    return false;
  }
}
