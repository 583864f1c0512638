import type { Hono } from 'hono';
import type { DescribedField } from '../codec.ts';
import { error, isObject, type StoredObject } from './answers.ts';
import { matches, type Soql } from './soql.ts';
import { type SalesforceState, USER_ID } from './state.ts';

/** The sets of the integration user: of a licence, which nobody can change, its profile's, and one that an administrator made. */
const ASSIGNED = [
  { id: '0PSEM0000000001AAA', type: 'Standard' },
  { id: '0PSEM0000000002AAA', type: 'Profile' },
  { id: '0PSEM0000000003AAA', type: 'Regular' },
] as const;

/** What an org keeps of who sees which field. */
export class FieldSecurity {
  /** There, and shown to nobody: neither described nor to be queried. */
  readonly hidden: Record<StoredObject, Map<string, DescribedField>> = {
    Lead: new Map(),
    Contact: new Map(),
    Account: new Map(),
  };
  /** What the integration user may do with each object. */
  readonly rights: Record<StoredObject, { createable: boolean; updateable: boolean; deletable: boolean }> = {
    Lead: { createable: true, updateable: true, deletable: true },
    Contact: { createable: true, updateable: true, deletable: true },
    Account: { createable: true, updateable: true, deletable: true },
  };
  /** false: it may not assign permissions. */
  mayGrant = true;
  /** Whom fields were shown to, in order: `0PS… Lead.Field__c`. */
  readonly granted: string[] = [];

  /** A field is taken from the integration user's sight. */
  hide(fields: Map<string, DescribedField>, object: StoredObject, name: string): void {
    const field = fields.get(name);
    if (field === undefined) throw new Error(`emulated Salesforce shows no field ${object}.${name}`);
    fields.delete(name);
    this.hidden[object].set(name, field);
  }
}

/** `PermissionSetAssignment`, of the integration user; null: another object is asked for. */
export function queryAssignments(soql: Soql): { body: object; status: 200 } | null {
  if (soql.object !== 'PermissionSetAssignment') return null;
  const { where } = soql;
  const rows = ASSIGNED.filter(
    (_one) => where === null || matches(where, (name) => (name === 'AssigneeId' ? USER_ID : null)),
  );
  const records = rows.map((one) => ({
    attributes: { type: 'PermissionSetAssignment' },
    PermissionSetId: one.id,
    PermissionSet: { attributes: { type: 'PermissionSet' }, Type: one.type, NamespacePrefix: null },
  }));
  return { body: { totalSize: records.length, done: true, records }, status: 200 };
}

/** Making fields, and showing them: a field made by the API has no field-level security for anybody. */
export function addFieldSecurity(api: Hono, state: SalesforceState): void {
  const { security } = state;
  api.post('/services/data/:version/tooling/sobjects/CustomField', async (c) => {
    const { FullName, Metadata } = await c.req.json<{ FullName: string; Metadata: { type: string; label: string } }>();
    const [object, name] = FullName.split('.');
    if (object === undefined || name === undefined || !isObject(object))
      return c.json(error('INVALID_TYPE', 'unknown object'), 400);
    if (state.fields[object].has(name) || security.hidden[object].has(name))
      return c.json(error('DUPLICATE_DEVELOPER_NAME', `There is already a field named ${name} on ${object}.`), 400);
    const type = Metadata.type === 'Checkbox' ? 'boolean' : Metadata.type === 'Number' ? 'double' : 'string';
    const model = state.fields.Lead.get('FirstName');
    if (model === undefined) throw new Error('emulated Salesforce has no FirstName');
    security.hidden[object].set(name, {
      ...model,
      name,
      label: Metadata.label,
      type,
      custom: true,
      length: type === 'string' ? 255 : 0,
      defaultedOnCreate: type === 'boolean',
    });
    return c.json({ id: '00NEM0000000001AAA', success: true, errors: [] }, 201);
  });
  api.post('/services/data/:version/sobjects/FieldPermissions', async (c) => {
    const body = await c.req.json<{ ParentId: string; SobjectType: string; Field: string; PermissionsEdit: boolean }>();
    if (!security.mayGrant)
      return c.json(error('INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id'), 403);
    const set = ASSIGNED.find((one) => one.id === body.ParentId);
    if (set === undefined || set.type === 'Standard')
      return c.json(error('INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', 'cannot be changed'), 400);
    const { SobjectType: object } = body;
    const name = body.Field.split('.')[1] ?? '';
    const field = isObject(object) ? security.hidden[object].get(name) : undefined;
    if (!isObject(object) || field === undefined)
      return c.json(
        error('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', `bad value for restricted picklist field: ${body.Field}`),
        400,
      );
    security.hidden[object].delete(name);
    state.fields[object].set(name, { ...field, createable: body.PermissionsEdit, updateable: body.PermissionsEdit });
    security.granted.push(`${set.id} ${body.Field}`);
    return c.json({ id: '01kEM0000000001AAA', success: true, errors: [] }, 201);
  });
}

/** Every field that is there by the setup's own book, whoever may see it; null: another object is asked for. */
export function queryDefinitions(state: SalesforceState, soql: string): object | null {
  if (!/ FROM FieldDefinition /.test(soql)) return null;
  const object = /EntityDefinition\.QualifiedApiName = '([^']*)'/.exec(soql)?.[1] ?? '';
  const asked = [...(/ IN \((.*)\)/.exec(soql)?.[1] ?? '').matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '');
  const known = (name: string): boolean =>
    isObject(object) && (state.fields[object].has(name) || state.security.hidden[object].has(name));
  const records = asked.filter(known).map((name) => ({ QualifiedApiName: name }));
  return { size: records.length, totalSize: records.length, done: true, records };
}
