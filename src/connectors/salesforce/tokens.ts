import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { z } from 'zod';
import type { ConnectContext, StoredToken } from '../kit/connector.ts';
import { missingCredential, RemoteError } from '../kit/errors.ts';
import { askToken, type HttpAnswer } from '../kit/http.ts';
import { refreshGrant } from '../kit/oauth.ts';
import { read } from '../kit/read.ts';
import { loginOf, profile, reasonOf, signInFailure } from './oauth.ts';

const tokenSchema = z.object({
  access_token: z.string(),
  instance_url: z.string().nullish(),
  id: z.string().nullish(),
});

/** A new session by the connection's method (BEHAVIOR.md, "Tokens"); only `oauth` has refresh tokens. */
export async function obtainToken(context: ConnectContext, current: StoredToken | null): Promise<StoredToken> {
  if (context.settings.credentials.method === 'oauth') return refreshGrant(profile, context, current);
  const answer = await askForToken(context);
  if (answer.status !== 200) throw signInFailure(answer, context.clock.now());
  const token = read(tokenSchema, answer.body, 'Salesforce token');
  return {
    accessToken: token.access_token,
    apiUrl: token.instance_url ?? loginOf(context.settings),
    ...(token.id == null ? {} : { userId: token.id.split('/').at(-1) ?? '' }),
  };
}

/** An org knows itself as the audience of an assertion by its own address, or by the one that Salesforce documents. */
async function askForToken(context: ConnectContext): Promise<HttpAnswer> {
  const { token } = profile.endpoints(context.settings);
  const login = loginOf(context.settings);
  const answer = await askToken(context, token, grantOf(context, login));
  if (!isWrongAudience(answer)) return answer;
  const documented = documentedAudience(login);
  return documented === login ? answer : askToken(context, token, grantOf(context, documented));
}

/** "audience is invalid", "Audience validation failed": OAuth's words are not translated. */
const isWrongAudience = (answer: HttpAnswer): boolean =>
  answer.status === 400 && /\baudience\b/i.test(reasonOf(answer));

const documentedAudience = (login: string): string =>
  /\.sandbox\.|\/\/test\./.test(login) ? 'https://test.salesforce.com' : 'https://login.salesforce.com';

function grantOf(context: ConnectContext, audience: string): Record<string, string> {
  const { credentials } = context.settings;
  const need = (key: string): string => {
    const value = credentials[key]?.trim() ?? '';
    if (value === '') throw missingCredential(key);
    return value;
  };
  switch (credentials.method) {
    case 'client-credentials':
      return { grant_type: 'client_credentials', client_id: need('clientId'), client_secret: need('clientSecret') };
    case 'password':
      return {
        grant_type: 'password',
        client_id: need('clientId'),
        client_secret: need('clientSecret'),
        username: need('username'),
        // Salesforce wants the security token behind the password.
        password: `${credentials['password'] ?? ''}${credentials['securityToken'] ?? ''}`,
      };
    case 'jwt':
      return {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: assertion({
          issuer: need('clientId'),
          subject: need('username'),
          audience,
          key: privateKey(need('privateKey')),
          now: context.clock.now(),
        }),
      };
    default:
      throw new RemoteError('invalid', `Salesforce has no way to sign in by ${credentials.method}`);
  }
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** At most three minutes ahead. */
const LIVES_S = 170;

/** RFC 7523, signed with RS256. */
function assertion(input: {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  readonly key: KeyObject;
  readonly now: number;
}): string {
  const claims = {
    iss: input.issuer,
    sub: input.subject,
    aud: input.audience,
    exp: Math.floor(input.now / 1000) + LIVES_S,
  };
  const body = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}`;
  return `${body}.${sign('RSA-SHA256', Buffer.from(body), input.key).toString('base64url')}`;
}

function privateKey(pem: string): KeyObject {
  try {
    // Pasted from an environment variable it often has \n in words.
    const key = createPrivateKey(pem.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Said below; the parser's words would quote the key.
  }
  throw new RemoteError('auth', 'the private key cannot be read: an unencrypted RSA key in PEM is needed', {
    case: 'credential_unreadable',
    params: { credential: 'privateKey' },
  });
}
