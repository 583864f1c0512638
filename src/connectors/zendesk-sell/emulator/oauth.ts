import type { OAuthDialect, OAuthRefusal } from '../../kit/testing/oauth-server.ts';

const WORDS: Readonly<Record<OAuthRefusal, readonly [status: number, error: string]>> = {
  client: [401, 'invalid_client'],
  secret: [401, 'invalid_client'],
  code: [400, 'invalid_grant'],
  verifier: [400, 'invalid_grant'],
  redirect: [400, 'invalid_grant'],
  refresh_token: [400, 'invalid_grant'],
  grant_type: [400, 'unsupported_grant_type'],
};

/** Sell's OAuth: Basic, a user agent is demanded, each refresh gives a new refresh token. */
export const sellOAuth: OAuthDialect = {
  vendor: 'Zendesk Sell',
  account: 'Emulated Sell',
  paths: { authorize: '/oauth2/authorize', token: '/oauth2/token', revoke: '/oauth2/revoke' },
  clientAuth: 'basic',
  pkce: false,
  accessLivesMs: 3_600_000,
  rotates: true,
  repeatsRefreshToken: true,
  prefix: { access: 'sell-a', refresh: 'sell-r' },
  denied: { error: 'access_denied', error_description: 'The resource owner denied the request.' },
  gate: (c) =>
    (c.req.header('user-agent') ?? '') === ''
      ? Response.json(
          { errors: [{ error: { code: 'invalid_user_agent' } }], meta: { type: 'errors' } },
          { status: 400 },
        )
      : null,
  answer: ({ accessToken, refreshToken, scope }) => ({
    access_token: accessToken,
    token_type: 'bearer',
    expires_in: 3600,
    refresh_token: refreshToken,
    scope,
  }),
  refuse: (why) => {
    const [status, error] = WORDS[why];
    return Response.json({ error, error_description: 'The grant or the client is not valid.' }, { status });
  },
};
