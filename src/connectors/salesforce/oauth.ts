import { RemoteError, USER_INACTIVE } from '../kit/errors.ts';
import { classifySignIn, type HttpAnswer } from '../kit/http.ts';
import type { OAuthProfile, OAuthSettings } from '../kit/oauth.ts';

/**
 * The org's own address: tokens come from there. People paste the host alone, the address of the page they see (of
 * Lightning or Setup, whose hosts are not the API's), or the whole token endpoint.
 */
export function loginOf({ authUrl, credentials }: OAuthSettings): string {
  const given = (authUrl ?? credentials['loginUrl'] ?? '').trim();
  if (given === '') return given;
  return (/^https?:\/\//.test(given) ? given : `https://${given}`)
    .replace(/\/(?:services|lightning|secur|home|one)(?:\/.*)?$/, '')
    .replace(/\.(?:lightning\.force|my\.salesforce-setup)\.com(?=\/|$)/, '.my.salesforce.com')
    .replace(/\/+$/, '');
}

/** BEHAVIOR.md, "Tokens". */
export const profile: OAuthProfile = {
  vendor: 'Salesforce',
  endpoints: (settings) => {
    const oauth2 = `${loginOf(settings)}/services/oauth2`;
    return { authorize: `${oauth2}/authorize`, token: `${oauth2}/token`, revoke: `${oauth2}/revoke` };
  },
  clientAuth: 'post',
  pkce: true,
  scope: 'api refresh_token',
  failure: (answer, now) => (answer.status >= 400 ? signInFailure(answer, now) : null),
  // There is no `expires_in`: a 401 tells.
  extras: (body) => ({
    ...(typeof body['instance_url'] === 'string' ? { apiUrl: body['instance_url'] } : {}),
    ...(typeof body['id'] === 'string' ? { userId: body['id'].split('/').at(-1) ?? '' } : {}),
  }),
  rotation: {
    when: 'if the app says so',
    source: 'https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_refresh_token_flow.htm',
  },
};

/** What a refused sign-in means; the code is Salesforce's own (`invalid_grant`, `inactive_user`, …). */
export function signInFailure(answer: HttpAnswer, now: number): RemoteError {
  const failure = classifySignIn(answer, 'Salesforce', now);
  if (isInactive(answer))
    return new RemoteError('auth', 'Salesforce says that this user is inactive', {
      status: answer.status,
      case: USER_INACTIVE,
    });
  // "retry your request": Salesforce's own trouble.
  if (failure.code === 'unknown_error')
    return new RemoteError('unavailable', "Salesforce's sign-in has trouble", {
      status: answer.status,
      code: failure.code,
    });
  // 3,600 sign-ins an hour for each user and app: not a matter of the credentials.
  if (failure.code !== 'rate_limit_exceeded' && !/\brate exceeded\b/i.test(reasonOf(answer))) return failure;
  return new RemoteError('throttled', 'Salesforce gives no more tokens for now', {
    status: answer.status,
    ...(failure.code === undefined ? {} : { code: failure.code }),
    retryAt: now + 60 * 60_000,
  });
}

/** A code of its own, or the reason of `invalid_grant` (BEHAVIOR.md, "Tokens"); OAuth's words are not translated. */
function isInactive(answer: HttpAnswer): boolean {
  const { error } = Object(answer.body) as Readonly<Record<string, unknown>>;
  return error === 'inactive_user' || (error === 'invalid_grant' && /^inactive[ _]user$/i.test(reasonOf(answer)));
}

/** Why a token was refused, in OAuth's words. */
export function reasonOf({ body }: HttpAnswer): string {
  const { error_description: why } = Object(body) as Readonly<Record<string, unknown>>;
  return typeof why === 'string' ? why.trim() : '';
}
