import { z } from 'zod';
import type { Kind } from '../../core/model.ts';
import type { Account, CompanyRights, Finding, KindRights } from '../kit/account.ts';
import { RemoteError } from '../kit/errors.ts';
import { read } from '../kit/read.ts';
import type { SalesforceClient } from './client.ts';
import { ACCOUNT, fieldOf, kindOf, OBJECTS, type ObjectName } from './codec.ts';

const REFUSED: readonly string[] = ['schema', 'forbidden', 'invalid'];

/** Which organisation is it, and what may the integration user do with its leads and contacts? @throws RemoteError */
export async function check(client: SalesforceClient): Promise<Account> {
  const org = await organisationOf(client);
  const counts: Partial<Record<Kind, number>> = {};
  const rights: Partial<Record<Kind, KindRights>> = {};
  const findings: Finding[] = [];
  for (const object of OBJECTS) {
    try {
      counts[kindOf(object)] = await countOf(client, object);
      const described = await client.describe(object);
      // Rights are told only where the vendor says no: an answer without the word is none.
      const [create, update] = [described.createable !== false, described.updateable !== false];
      const companies = object === 'Contact' ? { companies: await companyRights(client) } : {};
      const deletion = described.deletable == null ? {} : { delete: described.deletable };
      rights[kindOf(object)] = { object, create, update, ...deletion, ...companies };
    } catch (error) {
      if (!(error instanceof RemoteError) || !REFUSED.includes(error.kind)) throw error;
      findings.push({ level: 'error', code: 'missing_right', params: { object } });
    }
  }
  return { ...org, quota: null, counts, rights, findings };
}

/** Of a company, and of a person account, which is none. */
const GIVEN: readonly string[] = ['Name', 'LastName'];

/** What a contact's company needs; accounts that are not shown may neither be read nor made. */
async function companyRights(client: SalesforceClient): Promise<CompanyRights> {
  const account = { object: 'Account', field: ACCOUNT };
  try {
    const { createable, fields } = await client.describe('Account');
    const required = fields
      .flatMap((field) => fieldOf(field) ?? [])
      .filter((one) => one.required && !GIVEN.includes(one.key));
    return { ...account, read: true, create: createable !== false, required: required.map((one) => one.label) };
  } catch (error) {
    if (!(error instanceof RemoteError) || !REFUSED.includes(error.kind)) throw error;
    return { ...account, read: false, create: false, required: [] };
  }
}

type Organisation = Pick<Account, 'id' | 'name' | 'sandbox' | 'timeZone' | 'serverTime'>;

/** By its own record; where this user may not read that, by what the sign-in says of whoever is signed in. */
async function organisationOf(client: SalesforceClient): Promise<Organisation> {
  try {
    const { records, serverTime } = await client.query(
      'SELECT Id, Name, IsSandbox, OrganizationType, TimeZoneSidKey FROM Organization',
    );
    const [org] = records;
    if (org !== undefined)
      return {
        id: String(org['Id']),
        name: String(org['Name']),
        sandbox: typeof org['IsSandbox'] === 'boolean' ? org['IsSandbox'] : null,
        timeZone: typeof org['TimeZoneSidKey'] === 'string' ? org['TimeZoneSidKey'] : null,
        serverTime,
      };
  } catch (error) {
    if (!(error instanceof RemoteError) || !REFUSED.includes(error.kind)) throw error;
  }
  const answer = await client.http.send({ method: 'GET', path: '/services/oauth2/userinfo' });
  const { organization_id: id, zoneinfo } = read(userInfoSchema, answer.body, 'Salesforce user info');
  const { serverTime } = answer;
  return { id, name: `Salesforce ${id}`, sandbox: null, timeZone: zoneinfo ?? null, serverTime };
}
const userInfoSchema = z.looseObject({ organization_id: z.string(), zoneinfo: z.string().nullish() });

const countOf = async (client: SalesforceClient, object: ObjectName): Promise<number> =>
  (await client.query(`SELECT COUNT() FROM ${object}${object === 'Lead' ? ' WHERE IsConverted = false' : ''}`))
    .totalSize;
