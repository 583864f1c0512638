import { z } from 'zod';
import type { FieldOutcome } from '../kit/fields.ts';
import { read } from '../kit/read.ts';
import { quote, type SalesforceClient } from './client.ts';
import type { ObjectName } from './codec.ts';

const valueSchema = z.looseObject({ valueName: z.string(), isActive: z.boolean().nullish() });
const foundSchema = z.object({
  records: z.array(
    z.looseObject({
      Id: z.string(),
      Metadata: z.looseObject({
        valueSet: z
          .looseObject({
            valueSetName: z.string().nullish(),
            valueSetDefinition: z.looseObject({ value: z.array(valueSchema) }).nullish(),
          })
          .nullish(),
      }),
    }),
  ),
});

/** `Region__c` and `ns__Region__c`, as the Tooling API asks for them. */
function developerName(field: string): { readonly name: string; readonly namespace: string | null } | null {
  const parts = /^(?:([A-Za-z0-9_]+?)__)?([A-Za-z0-9_]+?)__c$/.exec(field);
  return parts === null ? null : { namespace: parts[1] ?? null, name: parts[2] ?? '' };
}

/**
 * Adds values to a custom field's own picklist through the Tooling API: the whole definition goes back, since a value that
 * is left out becomes inactive (BEHAVIOR.md, "Choices"). Standard fields and global value sets are left to an administrator.
 */
export async function createOptions(
  client: SalesforceClient,
  wish: { readonly object: ObjectName; readonly field: string },
  labels: readonly string[],
): Promise<readonly FieldOutcome[]> {
  const { object, field } = wish;
  const refused = (
    reason: 'no_permission' | 'rejected_by_crm' | 'gone',
    params: Readonly<Record<string, string | number>>,
  ): readonly FieldOutcome[] => labels.map((key) => ({ ok: false, key, fault: { reason, field, params } }));
  const named = developerName(field);
  if (named === null) return refused('rejected_by_crm', { status: 400, vendor: `${field} is a standard field` });
  const space = named.namespace === null ? 'null' : quote(named.namespace);
  const soql = `SELECT Id, Metadata FROM CustomField WHERE TableEnumOrId = ${quote(object)} AND DeveloperName = ${quote(named.name)} AND NamespacePrefix = ${space}`;
  const answer = await client.http.send({
    method: 'GET',
    path: `${client.data}/tooling/query?q=${encodeURIComponent(soql)}`,
    expect: [400, 403],
  });
  // Without "Customize Application" these objects are not there.
  if (answer.status >= 400) return refused('no_permission', { status: answer.status });
  const [found] = read(foundSchema, answer.body, 'Salesforce custom field').records;
  if (found === undefined) return refused('gone', { status: 404 });
  const { valueSet } = found.Metadata;
  const definition = valueSet?.valueSetDefinition;
  if (valueSet === null || valueSet === undefined || definition === null || definition === undefined)
    return refused('rejected_by_crm', { status: 400, vendor: `global value set ${valueSet?.valueSetName ?? ''}` });
  const added = labels.map((label) => ({ valueName: label, label, default: false, isActive: true }));
  // One that was deactivated is there already, under the same name.
  const again = new Set(labels);
  const kept = definition.value.map((one) => (again.has(one.valueName) ? { ...one, isActive: true } : one));
  const news = added.filter((one) => !definition.value.some(({ valueName }) => valueName === one.valueName));
  const changed = await client.http.send({
    method: 'PATCH',
    path: `${client.data}/tooling/sobjects/CustomField/${found.Id}`,
    json: {
      Metadata: {
        ...found.Metadata,
        valueSet: { ...valueSet, valueSetDefinition: { ...definition, value: [...kept, ...news] } },
      },
    },
    expect: [400, 403],
  });
  if (changed.status === 403) return refused('no_permission', { status: 403 });
  if (changed.status >= 300) return refused('rejected_by_crm', { status: changed.status });
  return labels.map((key) => ({ ok: true, key }));
}
