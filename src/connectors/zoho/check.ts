import { z } from 'zod';
import type { Kind } from '../../core/model.ts';
import type { Account, Finding, KindRights } from '../kit/account.ts';
import { RemoteError, USER_INACTIVE } from '../kit/errors.ts';
import { read } from '../kit/read.ts';
import type { ModuleName, ZohoClient } from './client.ts';
import { kindOf } from './codec.ts';

const MODULES = ['Leads', 'Contacts'] as const;

const usersSchema = z.object({
  users: z.array(
    z.looseObject({
      id: z.string(),
      full_name: z.string().nullish(),
      email: z.string().nullish(),
      status: z.string().nullish(),
      profile: z.looseObject({ id: z.string() }).nullish(),
    }),
  ),
});
export type ZohoUser = z.infer<typeof usersSchema>['users'][number];
const profilesSchema = z.object({
  profiles: z.array(
    z.looseObject({
      permissions_details: z
        .array(z.looseObject({ name: z.string(), enabled: z.boolean(), module: z.string().nullish() }))
        .nullish(),
    }),
  ),
});

/** Whose token it is; null: it may not be asked, or Zoho does not say. */
export async function currentUser(client: ZohoClient): Promise<ZohoUser | null> {
  const answer = await allowed(() => client.http.send({ method: 'GET', path: '/crm/v8/users?type=CurrentUser' }));
  if (answer === null || answer.status === 204) return null;
  return read(usersSchema, answer.body, 'Zoho users').users[0] ?? null;
}

/** Permissions of a profile by name, as `Crm_Implied_Create_Leads`; null: the token may not see profiles. */
async function permissionsOf(client: ZohoClient, profile: string): Promise<ReadonlyMap<string, boolean> | null> {
  const path = `/crm/v8/settings/profiles/${profile}`;
  const answer = await allowed(() => client.http.send({ method: 'GET', path }));
  if (answer === null || answer.status === 204) return null;
  const [found] = read(profilesSchema, answer.body, 'Zoho profile').profiles;
  return new Map((found?.permissions_details ?? []).map((one) => [one.name, one.enabled]));
}

/** Which organisation is it, whose token, and what may that user do with leads and contacts (BEHAVIOR.md, "Rights")? */
export async function check(client: ZohoClient): Promise<Account> {
  const org = await client.org();
  const user = await currentUser(client);
  const permissions = user?.profile == null ? null : await permissionsOf(client, user.profile.id);
  const counts: Partial<Record<Kind, number>> = {};
  const rights: Partial<Record<Kind, KindRights>> = {};
  const findings: Finding[] = [];
  if (user?.status != null && user.status !== 'active')
    findings.push({ level: 'error', code: USER_INACTIVE, params: {} });
  for (const module of MODULES) {
    const count = await allowed(() => client.count(module));
    if (count === null || may(permissions, 'View', module) === false)
      findings.push({ level: 'error', code: 'missing_right', params: { object: module } });
    else counts[kindOf(module)] = count;
    // A right is lacking only where the vendor says no.
    const [create, update] = [may(permissions, 'Create', module), may(permissions, 'Edit', module)];
    const deletes = may(permissions, 'Delete', module);
    if (create !== null || update !== null)
      rights[kindOf(module)] = {
        object: module,
        create: create !== false,
        update: update !== false,
        ...(deletes === null ? {} : { delete: deletes }),
      };
  }
  return {
    id: org.id,
    name: org.name,
    sandbox: client.isSandbox ? true : null,
    timeZone: org.timeZone,
    serverTime: org.serverTime,
    ...(user === null
      ? {}
      : {
          user: {
            id: user.id,
            name: user.full_name ?? user.id,
            ...(user.email == null ? {} : { email: user.email }),
          },
        }),
    quota: null,
    counts,
    rights,
    findings,
  };
}

const may = (
  permissions: ReadonlyMap<string, boolean> | null,
  act: 'View' | 'Create' | 'Edit' | 'Delete',
  module: ModuleName,
): boolean | null => permissions?.get(`Crm_Implied_${act}_${module}`) ?? null;

/** null: the user or the token may not ask that. */
async function allowed<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RemoteError && error.kind === 'forbidden') return null;
    throw error;
  }
}
