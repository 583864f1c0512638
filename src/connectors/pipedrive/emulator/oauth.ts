import type { OAuthDialect, OAuthRefusal } from '../../kit/testing/oauth-server.ts';

const WORDS: Readonly<Record<OAuthRefusal, readonly [error: string, message: string]>> = {
  client: ['invalid_client', 'Invalid client: client is invalid'],
  secret: ['invalid_client', 'Invalid client: client is invalid'],
  code: ['invalid_grant', 'Invalid grant: authorization_code has expired'],
  verifier: ['invalid_grant', 'Invalid grant: authorization_code is invalid'],
  redirect: ['invalid_grant', 'Invalid grant: redirect_uri is invalid'],
  refresh_token: ['invalid_grant', 'Invalid grant: refresh_token is invalid'],
  grant_type: ['unsupported_grant_type', 'Unsupported grant type'],
};

/** Pipedrive's OAuth: Basic, no PKCE, no scopes in the address; the answer names the company's own address. */
export const pipedriveOAuth = (url: () => string): OAuthDialect => ({
  vendor: 'Pipedrive',
  account: 'Emulated Pipedrive',
  paths: { authorize: '/oauth/authorize', token: '/oauth/token', revoke: '/oauth/revoke' },
  clientAuth: 'basic',
  pkce: false,
  accessLivesMs: 3_599_000,
  rotates: false,
  repeatsRefreshToken: true,
  prefix: { access: 'v1u:', refresh: '1:1:' },
  denied: { error: 'user_denied' },
  answer: ({ accessToken, refreshToken }) => ({
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: 3599,
    refresh_token: refreshToken,
    scope: 'base contacts:full contact-fields:full users:read search:read recents:read admin',
    api_domain: url(),
  }),
  refuse: (why) => {
    const [error, message] = WORDS[why];
    return Response.json({ success: false, message, error }, { status: 400 });
  },
});
