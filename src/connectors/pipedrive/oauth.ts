import { z } from 'zod';
import type { OAuthProfile } from '../kit/oauth.ts';

/** BEHAVIOR.md, "Tokens". Scopes are set with the app, and there is no PKCE. */
export const profile: OAuthProfile = {
  vendor: 'Pipedrive',
  endpoints: ({ baseUrl, authUrl }) => {
    // An address of the API that is not Pipedrive's is an emulator, which signs in as well.
    const elsewhere = baseUrl !== null && !/(^|\.)pipedrive\.com$/.test(new URL(baseUrl).hostname) ? baseUrl : null;
    const host = (authUrl ?? elsewhere ?? 'https://oauth.pipedrive.com').replace(/\/$/, '');
    return { authorize: `${host}/oauth/authorize`, token: `${host}/oauth/token`, revoke: `${host}/oauth/revoke` };
  },
  clientAuth: 'basic',
  pkce: false,
  scope: null,
  // The company's own address: the base of all calls from then on.
  extras: (body) => (typeof body['api_domain'] === 'string' ? { apiUrl: body['api_domain'] } : {}),
  uninstalled: (body) => {
    const company = z.object({ company_id: z.coerce.string() }).safeParse(body).data?.company_id;
    return company ?? null;
  },
  rotation: {
    when: 'never',
    source: 'https://pipedrive.readme.io/docs/marketplace-oauth-authorization',
  },
};
