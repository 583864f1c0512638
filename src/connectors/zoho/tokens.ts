import { z } from 'zod';
import type { ConnectContext, StoredToken } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { classifySignIn, readAnswer } from '../kit/http.ts';
import { read } from '../kit/read.ts';

const tokenSchema = z.object({
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  expires_in: z.number().optional(),
  api_domain: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
});

/** Ten new access tokens per refresh token in ten minutes (BEHAVIOR.md, "Tokens"). */
const THROTTLED_MS = 10 * 60_000;

/** A new access token, from the refresh token or, once, from the grant code. Failures come with status 200. */
export async function obtainToken(
  context: ConnectContext,
  accounts: string,
  current: StoredToken | null,
): Promise<StoredToken> {
  const { credentials } = context.settings;
  const refreshToken = current?.refreshToken ?? credentials['refreshToken'];
  const code = credentials['grantCode'];
  if (refreshToken === undefined && code === undefined)
    throw new RemoteError('auth', 'Zoho has not been authorised yet');
  const form = new URLSearchParams({
    client_id: credentials['clientId'] ?? '',
    client_secret: credentials['clientSecret'] ?? '',
    ...(refreshToken === undefined
      ? { grant_type: 'authorization_code', code: code ?? '' }
      : { grant_type: 'refresh_token', refresh_token: refreshToken }),
  });
  const answer = await readAnswer(
    await context.fetch(`${accounts}/oauth/v2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    }),
  );
  if (answer.status === 429 || answer.status >= 500) throw classifySignIn(answer, 'Zoho', context.clock.now());
  const body = read(tokenSchema, answer.body, 'Zoho token');
  if (body.error === 'Access Denied')
    throw new RemoteError('throttled', 'Zoho gives no more tokens for now', {
      retryAt: context.clock.now() + THROTTLED_MS,
    });
  if (body.access_token === undefined)
    throw new RemoteError(
      'auth',
      `Zoho gives no token (${body.error ?? answer.status}): check data centre and credentials, or connect again`,
      body.error === undefined ? {} : { code: body.error },
    );
  // A refresh answers without a refresh token: the old one goes on.
  const kept = body.refresh_token ?? refreshToken;
  return {
    accessToken: body.access_token,
    ...(kept === undefined ? {} : { refreshToken: kept }),
    ...(body.api_domain === undefined ? {} : { apiUrl: body.api_domain }),
    expiresAt: context.clock.now() + (body.expires_in ?? 3600) * 1000,
  };
}
