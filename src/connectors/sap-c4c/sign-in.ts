import { z } from 'zod';
import { systemRandom } from '../../platform/ids.ts';
import type { ConnectContext, StoredToken } from '../kit/connector.ts';
import { missingCredential } from '../kit/errors.ts';
import { classifySignIn, readAnswer } from '../kit/http.ts';
import { read } from '../kit/read.ts';
import { signedAssertion } from './saml.ts';

const tokenSchema = z.object({
  access_token: z.string(),
  // A number by the standard, a text in answers that were seen.
  expires_in: z.coerce.number().optional(),
});
/** The one scope that OData calls need. */
const SCOPE = 'UIWC:CC_HOME';
const TOKEN_PATH = '/sap/bc/sec/oauth2/token';

export const isBasic = ({ credentials }: ConnectContext['settings']): boolean => credentials.method === 'basic';

/** User and password as they go with each call, or a token for a signed assertion; there is no refresh token. */
export async function obtainToken(context: ConnectContext, tenant: string): Promise<StoredToken> {
  const { credentials, authUrl } = context.settings;
  if (isBasic(context.settings))
    return { accessToken: base64(`${needed(credentials, 'username')}:${needed(credentials, 'password')}`) };
  const recipient = `${(authUrl ?? tenant).replace(/\/+$/, '')}${TOKEN_PATH}`;
  const clientId = needed(credentials, 'clientId');
  const assertion = signedAssertion({
    id: `_${Buffer.from(systemRandom(16)).toString('hex')}`,
    issuer: needed(credentials, 'issuer'),
    user: needed(credentials, 'username'),
    audience: credentials['audience'] ?? new URL(tenant).host,
    recipient,
    clientId,
    privateKey: needed(credentials, 'privateKey'),
    certificate: needed(credentials, 'certificate'),
    now: context.clock.now(),
  });
  const response = await context.fetch(recipient, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${base64(`${clientId}:${needed(credentials, 'clientSecret')}`)}`,
    },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:saml2-bearer',
      client_id: clientId,
      scope: SCOPE,
      assertion: base64(assertion),
    }).toString(),
  });
  const answer = await readAnswer(response);
  if (answer.status >= 400) throw classifySignIn(answer, 'SAP', context.clock.now());
  const token = read(tokenSchema, answer.body, 'SAP token');
  return {
    accessToken: token.access_token,
    ...(token.expires_in === undefined ? {} : { expiresAt: context.clock.now() + token.expires_in * 1000 }),
  };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function needed(credentials: Readonly<Record<string, string>>, key: string): string {
  const value = credentials[key];
  if (value === undefined || value === '') throw missingCredential(key);
  return value;
}
