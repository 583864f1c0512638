import type { Kind } from '../../core/model.ts';
import type { Account, Finding, KindRights } from '../kit/connector.ts';
import { RemoteError } from '../kit/errors.ts';
import type { SalesforceClient } from './client.ts';
import { kindOf, OBJECTS, type ObjectName } from './codec.ts';

const REFUSED: readonly string[] = ['schema', 'forbidden', 'invalid'];

/** Which organisation is it, and what may the integration user do with its leads and contacts? @throws RemoteError */
export async function check(client: SalesforceClient): Promise<Account> {
  const answer = await client.query('SELECT Id, Name, IsSandbox, OrganizationType, TimeZoneSidKey FROM Organization');
  const [org] = answer.records;
  if (org === undefined) throw new RemoteError('forbidden', 'Salesforce does not show its organisation to this user');
  const counts: Partial<Record<Kind, number>> = {};
  const rights: Partial<Record<Kind, KindRights>> = {};
  const findings: Finding[] = [];
  for (const object of OBJECTS) {
    try {
      counts[kindOf(object)] = await countOf(client, object);
      const described = await client.describe(object);
      // Rights are told only where the vendor says no: an answer without the word is none.
      const [create, update] = [described.createable !== false, described.updateable !== false];
      rights[kindOf(object)] = { object, create, update };
    } catch (error) {
      if (!(error instanceof RemoteError) || !REFUSED.includes(error.kind)) throw error;
      findings.push({ level: 'error', code: 'missing_right', params: { object } });
    }
  }
  return {
    id: String(org['Id']),
    name: String(org['Name']),
    sandbox: org['IsSandbox'] === true,
    timeZone: typeof org['TimeZoneSidKey'] === 'string' ? org['TimeZoneSidKey'] : null,
    serverTime: answer.serverTime,
    quota: null,
    counts,
    rights,
    findings,
  };
}

const countOf = async (client: SalesforceClient, object: ObjectName): Promise<number> =>
  (await client.query(`SELECT COUNT() FROM ${object}${object === 'Lead' ? ' WHERE IsConverted = false' : ''}`))
    .totalSize;
