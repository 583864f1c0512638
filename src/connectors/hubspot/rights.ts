import { z } from 'zod';
import type { Finding } from '../kit/account.ts';
import type { ConnectContext } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import type { HubSpotClient } from './client.ts';
import { paths } from './version.ts';

/** Without these nothing comes in; without the others nothing goes out. */
const TO_READ = ['crm.objects.contacts.read', 'crm.schemas.contacts.read'] as const;
const TO_WRITE = ['crm.objects.contacts.write'] as const;
const OF_COMPANIES = ['crm.objects.companies.read', 'crm.objects.companies.write'] as const;

const scopesSchema = z.looseObject({ scopes: z.array(z.string()) });

/** What the token may do; null: HubSpot does not say it of this kind of token (BEHAVIOR.md, "Rights"). */
export async function readScopes(
  client: HubSpotClient,
  { credentials }: ConnectContext['settings'],
): Promise<readonly string[] | null> {
  const { accessToken } = await client.http.token();
  const { clientId, clientSecret } = credentials;
  const isApp = credentials.method === 'oauth' && clientId !== undefined && clientSecret !== undefined;
  try {
    const answer = await client.http.send({
      method: 'POST',
      repeatable: true,
      expect: [400, 401, 403, 404, 405, 410, 415],
      ...(isApp
        ? {
            path: paths.introspect,
            form: {
              client_id: clientId,
              client_secret: clientSecret,
              token: accessToken,
              token_type_hint: 'access_token',
            },
          }
        : { path: paths.tokenInfo, json: { tokenKey: accessToken } }),
    });
    return answer.status >= 300 ? null : (scopesSchema.safeParse(answer.body).data?.scopes ?? null);
  } catch (error) {
    // Nobody's work hangs on it: whatever is wrong with the token itself, other calls say.
    if (error instanceof RemoteError && ['auth', 'forbidden', 'invalid', 'unexpected'].includes(error.kind))
      return null;
    throw error;
  }
}

/** The scopes that this connection needs and the token does not have, each by its name. */
export function scopeFindings(scopes: readonly string[] | null, hasCompanies: boolean): readonly Finding[] {
  if (scopes === null) return [];
  const lacks = (needed: readonly string[], level: Finding['level']): Finding[] =>
    needed
      .filter((scope) => !scopes.includes(scope))
      .map((scope) => ({ level, code: 'missing_scope', params: { scope } }));
  return [
    ...lacks(TO_READ, 'error'),
    ...lacks(TO_WRITE, 'warning'),
    ...(hasCompanies ? lacks(OF_COMPANIES, 'warning') : []),
  ];
}
