import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Clock } from '../../../platform/clock.ts';
import { EMULATED_CLIENT, type OAuthDialect, type OAuthRefusal } from '../../kit/testing/oauth-server.ts';
import { ORG_ID, USER_ID } from './state.ts';

const WORDS: Readonly<Record<OAuthRefusal, readonly [error: string, description: string]>> = {
  client: ['invalid_client_id', 'client identifier invalid'],
  secret: ['invalid_client', 'invalid client credentials'],
  code: ['invalid_grant', 'expired authorization code'],
  verifier: ['invalid_grant', 'invalid code verifier'],
  redirect: ['redirect_uri_mismatch', 'redirect_uri must match configuration'],
  refresh_token: ['invalid_grant', 'expired access/refresh token'],
  grant_type: ['unsupported_grant_type', 'grant type not supported'],
};
const refusal = (error: string, description: string): Response =>
  Response.json({ error, error_description: description }, { status: 400 });

/** The integration user of the emulated org, for `password` and `jwt`. */
export const INTEGRATION_USER = {
  username: 'tandem@emulated.example.com',
  password: 'emulated-password',
  securityToken: 'emulated-token',
} as const;

export interface SalesforceSignIn {
  readonly dialect: OAuthDialect;
  /** The certificate's public key that an administrator uploads with the app, for `jwt`. */
  registerKey(pem: string): void;
  /** The one audience that the org takes; by default its own address. */
  expectAudience(audience: string): void;
  /** The user is deactivated: no grant gives a token any more. */
  deactivate(words: 'inactive_user' | 'invalid_grant'): void;
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Salesforce's token endpoint: the web-server flow with PKCE, client credentials, JWT bearer and user name with password. */
export function salesforceSignIn(options: { readonly clock: Clock; readonly url: () => string }): SalesforceSignIn {
  const { clock, url } = options;
  let key: KeyObject | null = null;
  let expected: string | null = null;
  let inactive: 'inactive_user' | 'invalid_grant' | null = null;
  const answer: OAuthDialect['answer'] = ({ accessToken, refreshToken, scope }) => ({
    access_token: accessToken,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    instance_url: url(),
    id: `${url()}/id/${ORG_ID}/${USER_ID}`,
    issued_at: String(clock.now()),
    signature: 'emulated',
    token_type: 'Bearer',
    scope,
  });
  const client = (form: URLSearchParams): Response | null => {
    if (form.get('client_id') !== EMULATED_CLIENT.clientId) return refusal(...WORDS.client);
    return form.get('client_secret') === EMULATED_CLIENT.clientSecret ? null : refusal(...WORDS.secret);
  };
  const dialect: OAuthDialect = {
    vendor: 'Salesforce',
    account: 'Emulated Bikes',
    paths: {
      authorize: '/services/oauth2/authorize',
      token: '/services/oauth2/token',
      revoke: '/services/oauth2/revoke',
    },
    clientAuth: 'post',
    pkce: true,
    // A session: two hours unless the org says otherwise; the answer does not tell.
    accessLivesMs: 7_200_000,
    rotates: false,
    repeatsRefreshToken: false,
    prefix: { access: `${ORG_ID}!`, refresh: '5Aep861' },
    denied: { error: 'access_denied', error_description: 'end-user denied authorization' },
    answer,
    refuse: (why) => refusal(...WORDS[why]),
    otherGrant: (grant, form, issue) => {
      if (inactive !== null)
        return refusal(inactive, inactive === 'inactive_user' ? 'user is inactive' : 'inactive user');
      const given = (): Response =>
        Response.json(answer({ accessToken: issue('api'), refreshToken: undefined, scope: 'api' }));
      if (grant === 'client_credentials') return client(form) ?? given();
      if (grant === 'password') {
        const secret = `${INTEGRATION_USER.password}${INTEGRATION_USER.securityToken}`;
        const isRight = form.get('username') === INTEGRATION_USER.username && form.get('password') === secret;
        return client(form) ?? (isRight ? given() : refusal('invalid_grant', 'authentication failure'));
      }
      if (grant !== JWT_BEARER) return null;
      const wrong = checkAssertion(form.get('assertion') ?? '', { key, audience: expected ?? url(), now: clock.now() });
      return wrong === null ? given() : refusal('invalid_grant', wrong);
    },
  };
  return {
    dialect,
    registerKey: (pem) => (key = createPublicKey(pem)),
    expectAudience: (audience) => (expected = audience),
    deactivate: (words) => (inactive = words),
  };
}

/** RFC 7523 as Salesforce checks it. @returns what is wrong, or null. */
function checkAssertion(
  assertion: string,
  expected: { readonly key: KeyObject | null; readonly audience: string; readonly now: number },
): string | null {
  const [head = '', body = '', signature = ''] = assertion.split('.');
  const read = (part: string): Record<string, unknown> => {
    try {
      return Object(JSON.parse(Buffer.from(part, 'base64url').toString())) as Record<string, unknown>;
    } catch {
      return {};
    }
  };
  const claims = read(body);
  if (claims['iss'] !== EMULATED_CLIENT.clientId) return 'client identifier invalid';
  if (claims['sub'] !== INTEGRATION_USER.username) return "user hasn't approved this consumer";
  if (claims['aud'] !== expected.audience) return 'audience is invalid';
  const now = expected.now / 1000;
  const expires = Number(claims['exp']);
  if (!(expires > now) || expires > now + 180) return 'expired assertion';
  if (read(head)['alg'] !== 'RS256' || expected.key === null) return 'invalid assertion';
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${body}`),
    expected.key,
    Buffer.from(signature, 'base64url'),
  );
  return isSigned ? null : 'invalid assertion';
}
