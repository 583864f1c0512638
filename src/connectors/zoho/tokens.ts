import { z } from 'zod';
import type { ConnectContext, StoredToken } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import { askToken, classifySignIn } from '../kit/http.ts';
import { refreshGrant } from '../kit/oauth.ts';
import { read } from '../kit/read.ts';
import { accountsOf, failureOf, profile } from './oauth.ts';

const tokenSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  expires_in: z.number().optional(),
  api_domain: z.string().optional(),
});

/** A new access token: from the refresh token, or once from a self client's grant code. */
export async function obtainToken(context: ConnectContext, current: StoredToken | null): Promise<StoredToken> {
  const { credentials } = context.settings;
  const code = credentials['grantCode'];
  const hasRefreshToken = (current?.refreshToken ?? credentials['refreshToken']) !== undefined;
  if (hasRefreshToken || code === undefined) return refreshGrant(profile, context, current);
  const answer = await askToken(context, `${accountsOf(context.settings)}/oauth/v2/token`, {
    client_id: credentials['clientId'] ?? '',
    client_secret: credentials['clientSecret'] ?? '',
    grant_type: 'authorization_code',
    code,
  });
  const now = context.clock.now();
  const failure = failureOf(answer, now);
  if (failure !== null) throw failure;
  if (answer.status !== 200) throw classifySignIn(answer, 'Zoho', now);
  const body = read(tokenSchema, answer.body, 'Zoho token');
  if (body.refresh_token === undefined)
    throw new RemoteError('auth', 'Zoho gave no refresh token: make a new grant code', { case: 'no_refresh_token' });
  return {
    accessToken: body.access_token,
    refreshToken: body.refresh_token,
    ...(body.api_domain === undefined ? {} : { apiUrl: body.api_domain }),
    expiresAt: now + (body.expires_in ?? 3600) * 1000,
  };
}
