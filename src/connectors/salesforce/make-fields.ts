import { z } from 'zod';
import type { FieldOutcome, FieldWish } from '../kit/fields.ts';
import { read } from '../kit/read.ts';
import { quote, type SalesforceClient } from './client.ts';
import { type ObjectName, objectOf } from './codec.ts';
import { codeOf, errorsIn } from './faults.ts';

const TOOLING: Readonly<Record<FieldWish['type'], Record<string, unknown>>> = {
  text: { type: 'Text', length: 255 },
  url: { type: 'Text', length: 255 },
  number: { type: 'Number', precision: 5, scale: 0 },
  boolean: { type: 'Checkbox', defaultValue: false },
};

/** What Salesforce says of a field that is there already: made before, and perhaps not shown to us. */
const THERE: readonly string[] = ['DUPLICATE_DEVELOPER_NAME', 'DUPLICATE_VALUE'];

/**
 * Makes custom fields by the Tooling API, and shows them to the integration user: a new field has no field-level security
 * for anybody (BEHAVIOR.md, "Fields"). A field that is there already is only shown.
 */
export async function createFields(
  client: SalesforceClient,
  wishes: readonly FieldWish[],
): Promise<readonly FieldOutcome[]> {
  if (wishes.length === 0) return [];
  const outcomes: FieldOutcome[] = [];
  const sets = await permissionSets(client);
  for (const wish of wishes) {
    const object = objectOf(wish.kind);
    const { key } = wish;
    const refused = (status: number, params: Readonly<Record<string, string>> = {}): FieldOutcome => ({
      ok: false,
      key,
      fault: {
        reason: status === 403 ? 'no_permission' : 'rejected_by_crm',
        field: key,
        params: { status, ...params },
      },
    });
    const metadata = {
      ...TOOLING[wish.type],
      label: wish.label,
      ...(wish.unique === true ? { externalId: true, unique: true } : {}),
    };
    const made = await client.http.send({
      method: 'POST',
      path: `${client.data}/tooling/sobjects/CustomField`,
      json: { FullName: `${object}.${key}`, Metadata: metadata },
      expect: [400, 403],
    });
    const isThere = made.status < 300 || errorsIn(made.body).some((error) => THERE.includes(codeOf(error)));
    if (!isThere) outcomes.push(refused(made.status));
    else if (await isShown(client, { object, key, sets })) outcomes.push({ ok: true, key });
    // There, and nobody sees it: not done until an administrator shows it.
    else outcomes.push(refused(403, { code: 'FIELD_LEVEL_SECURITY' }));
  }
  return outcomes;
}

const assignmentSchema = z.object({
  PermissionSetId: z.string(),
  PermissionSet: z.object({ Type: z.string().nullish(), NamespacePrefix: z.string().nullish() }).nullish(),
});
/** Those whose rights can be changed; sets of licences, groups and packages cannot. */
const CHANGEABLE: readonly string[] = ['Regular', 'Profile'];

/** The permission sets that this user has, those of its own before the one of its profile, which other people may share. */
async function permissionSets(client: SalesforceClient): Promise<readonly string[]> {
  const { userId } = await client.http.token();
  if (userId === undefined) return [];
  const soql = `SELECT PermissionSetId, PermissionSet.Type, PermissionSet.NamespacePrefix FROM PermissionSetAssignment WHERE AssigneeId = ${quote(userId)}`;
  const answer = await client.http.send({
    method: 'GET',
    path: `${client.data}/query?q=${encodeURIComponent(soql)}`,
    // Seen only with "View Setup and Configuration".
    expect: [400, 403],
  });
  if (answer.status >= 400) return [];
  const rows = read(z.object({ records: z.array(assignmentSchema) }), answer.body, 'Salesforce permission sets');
  const rank = (type: string): number => CHANGEABLE.indexOf(type);
  return rows.records
    .map((row) => ({
      id: row.PermissionSetId,
      type: row.PermissionSet?.Type ?? '',
      isPackaged: (row.PermissionSet?.NamespacePrefix ?? '') !== '',
    }))
    .filter((one) => CHANGEABLE.includes(one.type) && !one.isPackaged)
    .sort((a, b) => rank(a.type) - rank(b.type))
    .map((one) => one.id);
}

/** Grants reading and editing in the first permission set that takes it. @returns whether one did. */
async function isShown(
  client: SalesforceClient,
  wish: { readonly object: ObjectName; readonly key: string; readonly sets: readonly string[] },
): Promise<boolean> {
  const { object, key, sets } = wish;
  for (const ParentId of sets) {
    const granted = await client.http.send({
      method: 'POST',
      path: `${client.data}/sobjects/FieldPermissions`,
      json: {
        ParentId,
        SobjectType: object,
        Field: `${object}.${key}`,
        PermissionsRead: true,
        PermissionsEdit: true,
      },
      expect: [400, 403],
    });
    if (granted.status < 300) return true;
  }
  // Perhaps somebody has granted it already.
  const { fields } = await client.describe(object);
  return fields.some((field) => field.name === key && field.updateable);
}

/** Which of these fields Salesforce has and does not show to this user: `describe` leaves them out, `FieldDefinition` names them. */
export async function hiddenFields(
  client: SalesforceClient,
  object: ObjectName,
  keys: readonly string[],
): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const soql = `SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = ${quote(object)} AND QualifiedApiName IN (${keys.map(quote).join(',')})`;
  const answer = await client.http.send({
    method: 'GET',
    path: `${client.data}/tooling/query?q=${encodeURIComponent(soql)}`,
    // Who may not look at the setup is told what everybody is told: it is not there.
    expect: [400, 403],
  });
  if (answer.status >= 400) return [];
  const schema = z.object({ records: z.array(z.object({ QualifiedApiName: z.string() })) });
  const known = read(schema, answer.body, 'Salesforce field definitions').records.map((row) => row.QualifiedApiName);
  const shown = new Set((await client.describe(object)).fields.map((field) => field.name));
  return known.filter((name) => keys.includes(name) && !shown.has(name));
}
