import { randomUUID } from 'node:crypto';
import type { OAuthDialect, OAuthRefusal } from '../../kit/testing/oauth-server.ts';
import { paths } from '../version.ts';
import { PORTAL_ID } from './state.ts';

const WORDS: Readonly<Record<OAuthRefusal, readonly [status: string, message: string]>> = {
  client: ['BAD_CLIENT_ID', 'missing or unknown client id'],
  secret: ['BAD_CLIENT_SECRET', 'missing or invalid client secret'],
  code: ['BAD_AUTH_CODE', 'missing or unknown auth code'],
  verifier: ['BAD_CODE_VERIFIER', 'missing or invalid code verifier'],
  redirect: ['MISMATCH_REDIRECT_URI_AUTH_CODE', 'redirect URI does not match the initial auth code URI'],
  refresh_token: ['BAD_REFRESH_TOKEN', 'missing or invalid refresh token'],
  grant_type: ['BAD_GRANT_TYPE', 'missing or unknown grant type'],
};

/** HubSpot's OAuth: access tokens of 30 minutes, the same refresh token every time. */
export const hubSpotOAuth: OAuthDialect = {
  vendor: 'HubSpot',
  account: `Emulated HubSpot (${PORTAL_ID})`,
  paths: { authorize: '/oauth/authorize', token: paths.token, revoke: paths.revoke },
  clientAuth: 'post',
  pkce: true,
  accessLivesMs: 1_800_000,
  rotates: false,
  repeatsRefreshToken: true,
  prefix: { access: 'CLEmulated', refresh: 'eu1-' },
  denied: { error: 'access_denied', error_description: 'the user cancelled the authorization' },
  answer: ({ accessToken, refreshToken, scope }) => ({
    token_use: 'access_token',
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'bearer',
    expires_in: 1800,
    hub_id: PORTAL_ID,
    scopes: scope.split(' '),
    user_id: 1,
  }),
  refuse: (why) => {
    const [status, message] = WORDS[why];
    return Response.json({ status, message, correlationId: randomUUID() }, { status: 400 });
  },
};
