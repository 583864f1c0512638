import * as oauth from 'oauth4webapi';
import type { Config } from '../../config.ts';
import type { Claims, SignOnSettings } from '../../core/sign-on.ts';
import type { Fetch } from '../../engine/deps.ts';

/** Why the provider cannot be used; `detail` is for an administrator, never with a secret. */
export class ProviderProblem extends Error {
  readonly code: 'not_reachable' | 'not_openid' | 'other_issuer' | 'insecure' | 'denied' | 'not_valid';
  readonly detail: string;
  constructor(code: ProviderProblem['code'], detail: string, cause?: unknown) {
    super(`the sign-on provider: ${code} (${detail})`, { cause });
    this.name = 'ProviderProblem';
    this.code = code;
    this.detail = detail;
  }
}

export interface ProviderOptions {
  /** Guarded against private addresses (TANDEM_ALLOW_HOSTS). */
  readonly fetch: Fetch;
  readonly config: Pick<Config, 'url' | 'allowHosts' | 'allowPrivateHosts'>;
}

/** What a browser takes along to the provider and must bring back. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly issuer: string;
  /** Path of ours to go to afterwards. */
  readonly to: string;
  /** ms since 1970. */
  readonly expiresAt: number;
}

export const redirectUri = (config: Pick<Config, 'url'>): string => `${config.url}/sso/callback`;

const TIMEOUT_MS = 10_000;

/** Plain http only to a host of one's own network that is allowed by name. */
function isInsecureAllowed(issuer: URL, { allowHosts, allowPrivateHosts }: ProviderOptions['config']): boolean {
  return issuer.protocol === 'http:' && (allowPrivateHosts || allowHosts.includes(issuer.hostname));
}

const requestOptions = (options: ProviderOptions, issuer: URL) => ({
  [oauth.customFetch]: (url: string, init: oauth.CustomFetchOptions<string, unknown>) =>
    // The library's options are those of `fetch`, with a body that is one of them.
    options.fetch(url, { ...(init as RequestInit), signal: AbortSignal.timeout(TIMEOUT_MS) }),
  [oauth.allowInsecureRequests]: isInsecureAllowed(issuer, options.config),
});

/** The provider's own description, compared with the issuer that was entered. @throws ProviderProblem */
export async function discover(settings: SignOnSettings, options: ProviderOptions): Promise<oauth.AuthorizationServer> {
  if (!URL.canParse(settings.issuer)) throw new ProviderProblem('not_reachable', 'the address cannot be read');
  const issuer = new URL(settings.issuer);
  if (issuer.protocol !== 'https:' && !isInsecureAllowed(issuer, options.config))
    throw new ProviderProblem('insecure', issuer.protocol);
  let response: Response;
  try {
    response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...requestOptions(options, issuer) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new ProviderProblem('not_reachable', cause instanceof Error ? cause.message : String(cause), error);
  }
  if (response.status !== 200) throw new ProviderProblem('not_openid', `status ${response.status}`);
  try {
    const server = await oauth.processDiscoveryResponse(issuer, response);
    if (
      server.authorization_endpoint === undefined ||
      server.token_endpoint === undefined ||
      server.jwks_uri === undefined
    )
      throw new ProviderProblem('not_openid', 'an endpoint is missing in its description');
    return server;
  } catch (error) {
    if (error instanceof ProviderProblem) throw error;
    const isIssuer = error instanceof Error && /issuer/i.test(error.message);
    throw new ProviderProblem(isIssuer ? 'other_issuer' : 'not_openid', codeOf(error), error);
  }
}

/** Where the browser goes, and what it takes along (RFC 7636, RFC 9207, OpenID Connect Core 3.1.2.1). */
export async function begin(
  settings: SignOnSettings,
  options: ProviderOptions,
  { to, expiresAt }: Pick<Attempt, 'to' | 'expiresAt'>,
): Promise<{ readonly url: string; readonly attempt: Attempt }> {
  const server = await discover(settings, options);
  const attempt: Attempt = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    issuer: server.issuer,
    to,
    expiresAt,
  };
  const url = new URL(server.authorization_endpoint ?? '');
  for (const [key, value] of Object.entries({
    client_id: settings.clientId,
    redirect_uri: redirectUri(options.config),
    response_type: 'code',
    scope: scopesOf(settings),
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
  }))
    url.searchParams.set(key, value);
  return { url: url.href, attempt };
}

const scopesOf = ({ scopes }: SignOnSettings): string =>
  [...new Set(['openid', ...scopes.split(/[\s,]+/).filter((scope) => scope !== '')])].join(' ');

/**
 * Who came back, by claims whose signature, issuer, audience, nonce and time were checked; what the ID token leaves out is
 * read from the provider's user info, for the same subject. @throws ProviderProblem
 */
export async function finish(
  settings: SignOnSettings,
  options: ProviderOptions,
  { callback, attempt, secret }: { readonly callback: URL; readonly attempt: Attempt; readonly secret: string | null },
): Promise<Claims & { readonly iss: string; readonly sub: string }> {
  const server = await discover(settings, options);
  if (server.issuer !== attempt.issuer) throw new ProviderProblem('other_issuer', 'the settings changed meanwhile');
  const client: oauth.Client = { client_id: settings.clientId };
  const request = requestOptions(options, new URL(server.issuer));
  try {
    const parameters = oauth.validateAuthResponse(server, client, callback, attempt.state);
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authenticationOf(server, secret),
      parameters,
      redirectUri(options.config),
      attempt.verifier,
      request,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
      expectedNonce: attempt.nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, answer, request);
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (claims === undefined) throw new ProviderProblem('not_valid', 'no ID token came');
    const more =
      server.userinfo_endpoint === undefined
        ? {}
        : await oauth.processUserInfoResponse(
            server,
            client,
            claims.sub,
            await oauth.userInfoRequest(server, client, tokens.access_token, request),
          );
    return { ...more, ...claims };
  } catch (error) {
    if (error instanceof ProviderProblem) throw error;
    if (error instanceof oauth.AuthorizationResponseError)
      throw new ProviderProblem('denied', error.error.replace(/[^\w.-]/g, ''), error);
    throw new ProviderProblem('not_valid', codeOf(error), error);
  }
}

/** As the provider prefers it; without a secret we are a public client, which PKCE protects. */
function authenticationOf(server: oauth.AuthorizationServer, secret: string | null): oauth.ClientAuth {
  if (secret === null) return oauth.None();
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return methods.includes('client_secret_basic') ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret);
}

/** The library's or the provider's code; no message, which may hold what was sent. */
function codeOf(error: unknown): string {
  if (error instanceof oauth.ResponseBodyError) return error.error.replace(/[^\w.-]/g, '');
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unexpected answer';
}
