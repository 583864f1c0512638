import { EMULATED_CLIENT, type OAuthDialect, type OAuthRefusal } from '../../kit/testing/oauth-server.ts';

/** A self client, whose grant code and refresh token were made in Zoho's console. */
export const SELF_CLIENT = {
  clientId: '1000.EMULATED',
  clientSecret: 'emulated-secret',
  grantCode: 'emulated-code',
  refreshToken: 'emulated-refresh',
} as const;

const WORDS: Readonly<Record<OAuthRefusal, string>> = {
  client: 'invalid_client',
  secret: 'invalid_client_secret',
  code: 'invalid_code',
  verifier: 'invalid_code',
  redirect: 'invalid_redirect_uri',
  refresh_token: 'invalid_code',
  grant_type: 'invalid_grant_type',
};
/** Failures come with status 200. */
const refuse = (why: OAuthRefusal): Response => Response.json({ error: WORDS[why] });

/** Zoho's OAuth: the data centre in the callback, no refresh token in a refresh's answer. */
export function zohoOAuth(url: () => string, accounts: () => string): OAuthDialect {
  const answer: OAuthDialect['answer'] = ({ accessToken, refreshToken, scope }) => ({
    access_token: accessToken,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    scope,
    api_domain: url(),
    token_type: 'Bearer',
    expires_in: 3600,
  });
  return {
    vendor: 'Zoho',
    account: 'Emulated Zoho',
    paths: { authorize: '/oauth/v2/auth', token: '/oauth/v2/token', revoke: '/oauth/v2/token/revoke' },
    clientAuth: 'post',
    takesQuery: true,
    pkce: false,
    accessLivesMs: 3_600_000,
    rotates: false,
    repeatsRefreshToken: false,
    prefix: { access: '1000.a', refresh: '1000.r' },
    denied: { error: 'access_denied' },
    callback: () => ({ location: 'eu', 'accounts-server': accounts() }),
    answer,
    refuse,
    revoked: () => Response.json({ status: 'success' }),
    otherGrant: (grant, form, issue) => {
      if (form.get('client_id') === EMULATED_CLIENT.clientId) return null;
      if (form.get('client_id') !== SELF_CLIENT.clientId) return refuse('client');
      if (form.get('client_secret') !== SELF_CLIENT.clientSecret) return refuse('secret');
      const isCode = grant === 'authorization_code';
      if (isCode ? form.get('code') !== SELF_CLIENT.grantCode : form.get('refresh_token') !== SELF_CLIENT.refreshToken)
        return refuse(isCode ? 'code' : 'refresh_token');
      const scope = 'ZohoCRM.modules.ALL';
      return Response.json(
        answer({ accessToken: issue(scope), refreshToken: isCode ? SELF_CLIENT.refreshToken : undefined, scope }),
      );
    },
  };
}
