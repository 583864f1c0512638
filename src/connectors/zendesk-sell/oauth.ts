import { USER_AGENT } from '../kit/http.ts';
import type { OAuthProfile } from '../kit/oauth.ts';

/** BEHAVIOR.md, "Tokens". */
export const profile: OAuthProfile = {
  vendor: 'Zendesk Sell',
  endpoints: ({ baseUrl, authUrl }) => {
    const host = (authUrl ?? baseUrl ?? 'https://api.getbase.com').replace(/\/$/, '');
    return { authorize: `${host}/oauth2/authorize`, token: `${host}/oauth2/token`, revoke: `${host}/oauth2/revoke` };
  },
  clientAuth: 'basic',
  pkce: false,
  scope: 'read write profile sync',
  // A call without it is refused (400 `invalid_user_agent`).
  headers: { 'user-agent': USER_AGENT },
  rotation: {
    when: 'always',
    source: 'https://developer.zendesk.com/api-reference/sales-crm/authentication/reference/',
  },
};
