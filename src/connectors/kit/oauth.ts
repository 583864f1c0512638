import * as oauth from 'oauth4webapi';
import type { ConnectContext, StoredToken } from './connector.ts';
import { missingCredential, RemoteError } from './errors.ts';
import { classifySignIn, type HttpAnswer, readAnswer, TOKEN_TIMEOUT_MS } from './http.ts';

/** Of a connection's settings what OAuth needs. */
export type OAuthSettings = Pick<ConnectContext['settings'], 'baseUrl' | 'authUrl' | 'credentials'>;
type OAuthContext = Pick<ConnectContext, 'fetch' | 'clock'> & { readonly settings: OAuthSettings };

/** How one vendor's OAuth 2.0 differs from the next one's, as data in the connector's folder (RFC 6749 is what they share). */
export interface OAuthProfile {
  /** As in messages, e.g. `HubSpot`. */
  readonly vendor: string;
  readonly endpoints: (settings: OAuthSettings) => {
    readonly authorize: string;
    readonly token: string;
    readonly revoke: string;
  };
  /** Where the client shows its id and secret at the token endpoint. */
  readonly clientAuth: 'basic' | 'post';
  /** The vendor takes a code challenge (RFC 7636, S256). */
  readonly pkce: boolean;
  /** Asked for when authorising; null: the vendor takes it from the app's settings. */
  readonly scope: string | null;
  readonly authorizeParams?: Readonly<Record<string, string>>;
  /** Headers that the token endpoint demands. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Failures in the vendor's own way; null: not one. Called for every answer, whatever its status. */
  readonly failure?: (answer: HttpAnswer, now: number) => RemoteError | null;
  /** What else comes with a token. */
  readonly extras?: (body: Readonly<Record<string, unknown>>) => Pick<StoredToken, 'apiUrl' | 'userId'>;
  /**
   * Credential values that the callback tells (Zoho's data centre). null: it names a place that is not the vendor's, to
   * which no secret may be sent.
   */
  readonly learn?: (callback: URLSearchParams, settings: OAuthSettings) => Readonly<Record<string, string>> | null;
  /** The account that a vendor's notice of an uninstalled app (`DELETE` of the redirect address, Basic) speaks of; null: none. */
  readonly uninstalled?: (body: unknown) => string | null;
  /** Whether a refresh ends the refresh token that was used; no vendor promises a time in which the used one still works. */
  readonly rotation: { readonly when: 'never' | 'always' | 'if the app says so'; readonly source: string };
}

/** Values that a person's browser carries to the vendor and back. */
export interface AuthorizationAttempt {
  readonly redirectUri: string;
  /** Random, single use; kept by us as a hash. */
  readonly state: string;
  readonly verifier: string;
}

export const newAttempt = (redirectUri: string): AuthorizationAttempt => ({
  redirectUri,
  state: oauth.generateRandomState(),
  verifier: oauth.generateRandomCodeVerifier(),
});

/** The vendor's page on which a person allows it. @throws RemoteError: `auth` without a client id, `invalid` without an address. */
export async function authorizationUrl(
  profile: OAuthProfile,
  settings: OAuthSettings,
  attempt: AuthorizationAttempt,
): Promise<string> {
  const page = profile.endpoints(settings).authorize;
  if (!/^https?:/.test(page) || !URL.canParse(page))
    throw new RemoteError('invalid', `the address of ${profile.vendor} is none: ${page.slice(0, 80)}`, {
      case: 'address_wrong',
      params: { example: 'https://yourcompany.example.com' },
    });
  const url = new URL(page);
  const set = (key: string, value: string): void => url.searchParams.set(key, value);
  set('response_type', 'code');
  set('client_id', clientIdOf(profile, settings));
  set('redirect_uri', attempt.redirectUri);
  set('state', attempt.state);
  if (profile.scope !== null) set('scope', profile.scope);
  for (const [key, value] of Object.entries(profile.authorizeParams ?? {})) set(key, value);
  if (profile.pkce) {
    set('code_challenge', await oauth.calculatePKCECodeChallenge(attempt.verifier));
    set('code_challenge_method', 'S256');
  }
  return url.href;
}

/** The person said no on the vendor's page, in each vendor's spelling. */
const DENIED = new Set(['access_denied', 'access-denied', 'user_denied']);

/** The vendor sent the person back without a code. */
export class NotAuthorised extends Error {
  readonly denied: boolean;
  /** The vendor's code, e.g. `invalid_scope`; letters, digits, `_`, `-` and `.` only. */
  readonly code: string;

  constructor(code: string) {
    super('the vendor did not authorise');
    this.name = 'NotAuthorised';
    this.denied = DENIED.has(code);
    this.code = code.replace(/[^\w.-]/g, '').slice(0, 60);
  }
}

/**
 * The code of a callback becomes a token. @throws NotAuthorised when the callback carries none; RemoteError when the
 * vendor gives no token for it.
 */
export async function redeemCode(
  profile: OAuthProfile,
  context: OAuthContext,
  callback: URLSearchParams,
  attempt: AuthorizationAttempt,
): Promise<StoredToken> {
  const { as, client, authenticate, options } = prepare(profile, context);
  // Some carry values of their own beside the standard ones; only these are judged.
  const standard = new URLSearchParams();
  for (const key of ['code', 'state', 'error', 'error_description', 'iss'])
    for (const value of callback.getAll(key)) standard.append(key, value);
  let checked: URLSearchParams;
  try {
    checked = oauth.validateAuthResponse(as, client, standard, attempt.state);
  } catch (error) {
    throw new NotAuthorised(error instanceof oauth.AuthorizationResponseError ? error.error : 'invalid_response');
  }
  if (!checked.has('code')) throw new NotAuthorised('no_code');
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    authenticate,
    checked,
    attempt.redirectUri,
    profile.pkce ? attempt.verifier : oauth.nopkce,
    options,
  );
  return toToken(profile, context, response, undefined);
}

/** A new access token for the refresh token. @throws RemoteError; `auth` means that a person has to authorise again. */
export async function refreshGrant(
  profile: OAuthProfile,
  context: OAuthContext,
  current: StoredToken | null,
): Promise<StoredToken> {
  const refreshToken = current?.refreshToken ?? context.settings.credentials['refreshToken'];
  if (refreshToken === undefined)
    throw new RemoteError('auth', `${profile.vendor} has not been authorised yet`, { case: NOT_AUTHORISED });
  const { as, client, authenticate, options } = prepare(profile, context);
  const response = await oauth.refreshTokenGrantRequest(as, client, authenticate, refreshToken, options);
  return toToken(profile, context, response, refreshToken);
}

/** The case of the error that says: nobody has authorised yet. */
export const NOT_AUTHORISED = 'not_authorised';

/** Ends the authorisation at the vendor (RFC 7009). @returns whether the vendor confirmed it. */
export async function revokeGrant(profile: OAuthProfile, context: OAuthContext, token: StoredToken): Promise<boolean> {
  const { as, client, authenticate, options } = prepare(profile, context);
  const response = await oauth.revocationRequest(as, client, authenticate, token.refreshToken ?? token.accessToken, {
    ...options,
    additionalParameters: { token_type_hint: token.refreshToken === undefined ? 'access_token' : 'refresh_token' },
  });
  const answer = await readAnswer(response);
  return answer.status < 300 && (profile.failure?.(answer, context.clock.now()) ?? null) === null;
}

function clientIdOf(profile: OAuthProfile, { credentials }: OAuthSettings): string {
  const clientId = credentials['clientId'] ?? '';
  if (clientId === '') throw missingCredential('clientId');
  return clientId;
}

function prepare(profile: OAuthProfile, context: OAuthContext) {
  const { settings } = context;
  const endpoints = profile.endpoints(settings);
  const as: oauth.AuthorizationServer = {
    issuer: new URL(endpoints.token).origin,
    authorization_endpoint: endpoints.authorize,
    token_endpoint: endpoints.token,
    revocation_endpoint: endpoints.revoke,
  };
  const client: oauth.Client = { client_id: clientIdOf(profile, settings) };
  return {
    as,
    client,
    authenticate: authenticationOf(profile, settings),
    options: {
      [oauth.customFetch]: (url: string, init: RequestInit) =>
        context.fetch(url, { ...init, body: bodyText(init.body), headers: { ...init.headers, ...profile.headers } }),
      // A connection may be pointed at an address without TLS (an emulator); the guarded fetch decides which those are.
      [oauth.allowInsecureRequests]: endpoints.token.startsWith('http:'),
      signal: () => AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    },
  };
}

const bodyText = (body: unknown): string => (body instanceof URLSearchParams ? body.toString() : String(body));

function authenticationOf(profile: OAuthProfile, { credentials }: OAuthSettings): oauth.ClientAuth {
  const secret = credentials['clientSecret'] ?? '';
  if (secret === '') return oauth.None();
  if (profile.clientAuth === 'post') return oauth.ClientSecretPost(secret);
  // These vendors document Base64 of `id:secret` as they are; RFC 6749's percent-encoding of both would be refused.
  return (_as, client, _body, headers) =>
    headers.set('authorization', `Basic ${Buffer.from(`${client.client_id}:${secret}`).toString('base64')}`);
}

/** @param kept the refresh token that goes on where the answer brings none. */
async function toToken(
  profile: OAuthProfile,
  context: OAuthContext,
  response: Response,
  kept: string | undefined,
): Promise<StoredToken> {
  const answer = await readAnswer(response);
  const now = context.clock.now();
  const failure = profile.failure?.(answer, now) ?? null;
  if (failure !== null) throw failure;
  if (answer.status !== 200) throw classifySignIn(answer, profile.vendor, now);
  const body = await checkedBody(answer, profile.vendor);
  const refreshToken = body.refresh_token ?? kept;
  return {
    accessToken: body.access_token,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(body.expires_in === undefined ? {} : { expiresAt: now + body.expires_in * 1000 }),
    ...profile.extras?.(body),
  };
}

/** The answer as RFC 6749 wants it; its kind is bearer where nothing is said; an id token, which we never ask for, is left out. */
async function checkedBody(answer: HttpAnswer, vendor: string): Promise<oauth.TokenEndpointResponse> {
  try {
    const { id_token: _left, ...rest } = Object(answer.body) as Record<string, unknown>;
    const server = { issuer: 'https://checked.invalid' };
    return await oauth.processRefreshTokenResponse(
      server,
      { client_id: 'checked' },
      Response.json({ token_type: 'bearer', ...rest }),
    );
  } catch (error) {
    throw new RemoteError('unexpected', `${vendor}'s token is not as documented`, { cause: error });
  }
}
