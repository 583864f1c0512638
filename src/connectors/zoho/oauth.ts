import { z } from 'zod';
import { RemoteError } from '../kit/errors.ts';
import type { HttpAnswer } from '../kit/http.ts';
import type { OAuthProfile, OAuthSettings } from '../kit/oauth.ts';
import { centreOfApi, DATA_CENTRES } from './data-centres.ts';

/** Ten new access tokens per refresh token in ten minutes (BEHAVIOR.md, "Tokens"). */
const THROTTLED_MS = 10 * 60_000;

const failureSchema = z.object({ error: z.string() });

/** Failures come with status 200 (BEHAVIOR.md, "Tokens"). */
export function failureOf(answer: HttpAnswer, now: number): RemoteError | null {
  const error = failureSchema.safeParse(answer.body).data?.error;
  if (error === undefined) return null;
  if (error === 'Access Denied')
    return new RemoteError('throttled', 'Zoho gives no more tokens for now', { retryAt: now + THROTTLED_MS });
  return new RemoteError(
    'auth',
    `Zoho gives no token (${error}): check data centre and credentials, or connect again`,
    { code: error, case: 'sign_in_refused' },
  );
}

/** Where the organisation signs in. */
export function accountsOf({ baseUrl, authUrl, credentials }: OAuthSettings): string {
  const own = baseUrl === null ? null : centreOfApi(baseUrl);
  // An address of the API that is not Zoho's is an emulator, which signs in as well.
  const elsewhere = own === null ? baseUrl : null;
  const named = credentials['dataCentre']?.trim().toLowerCase() ?? '';
  const centre = named === '' ? (own?.centre ?? DATA_CENTRES['us']) : DATA_CENTRES[named];
  return (authUrl ?? elsewhere ?? centre?.accounts ?? '').replace(/\/$/, '');
}

/** BEHAVIOR.md, "Tokens" and "Data centres". */
export const profile: OAuthProfile = {
  vendor: 'Zoho',
  endpoints: (settings) => {
    const oauth = `${accountsOf(settings)}/oauth/v2`;
    return { authorize: `${oauth}/auth`, token: `${oauth}/token`, revoke: `${oauth}/token/revoke` };
  },
  clientAuth: 'post',
  pkce: false,
  scope: [
    'ZohoCRM.modules.ALL',
    'ZohoCRM.settings.fields.ALL',
    'ZohoCRM.settings.layouts.READ',
    'ZohoCRM.settings.modules.READ',
    'ZohoCRM.settings.profiles.READ',
    'ZohoCRM.settings.recycle_bin.DELETE',
    'ZohoCRM.users.READ',
    'ZohoCRM.org.READ',
    'ZohoCRM.coql.READ',
    'ZohoCRM.notifications.ALL',
  ].join(','),
  // Without these there is no refresh token, or none at the second time.
  authorizeParams: { access_type: 'offline', prompt: 'consent' },
  failure: failureOf,
  extras: (body) => (typeof body['api_domain'] === 'string' ? { apiUrl: body['api_domain'] } : {}),
  learn: (callback, settings) => {
    const location = callback.get('location')?.toLowerCase() ?? '';
    const server = callback.get('accounts-server')?.replace(/\/$/, '') ?? '';
    if (location === '' && server === '') return {};
    // The code is redeemed where the organisation lives; the secret goes to Zoho's own addresses only.
    const entry = Object.entries(DATA_CENTRES).find(
      ([name, centre]) => centre.accounts === server || (server === '' && name === location),
    );
    if (entry !== undefined) return { dataCentre: entry[0] };
    return server === accountsOf(settings) ? {} : null;
  },
  rotation: {
    when: 'never',
    source: 'https://www.zoho.com/crm/developer/docs/api/v8/refresh.html',
  },
};
