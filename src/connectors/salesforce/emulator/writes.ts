import type { Context, Hono } from 'hono';
import { error, isObject, type StoredObject } from './answers.ts';
import { addFieldSecurity, queryDefinitions } from './field-security.ts';
import type { Row, SalesforceFault, SalesforceState } from './state.ts';
import { createTask } from './tasks.ts';

interface Item {
  readonly attributes?: { readonly type?: string };
  readonly id?: string;
  readonly Id?: string;
  readonly [field: string]: unknown;
}
type Result =
  | { readonly id: string; readonly success: true; readonly errors: readonly []; readonly created?: boolean }
  | { readonly success: false; readonly errors: readonly SalesforceFault[] };

const failed = (statusCode: string, message: string, fields: readonly string[] = []): Result => ({
  success: false,
  errors: [{ statusCode, message, fields }],
});
const notFound = error('NOT_FOUND', 'The requested resource does not exist');

export function addWrites(api: Hono, state: SalesforceState): void {
  addFieldSecurity(api, state);
  addCollections(api, state);
  addSingles(api, state);
  addPicklists(api, state);
}

/** `Sforce-Auto-Assign`: without the header, or with TRUE or a rule's id, the active rule gives the lead its owner. */
const assigns = (c: Context): boolean => c.req.header('sforce-auto-assign')?.toUpperCase() !== 'FALSE';

const withRule = <T extends Readonly<Record<string, unknown>>>(
  state: SalesforceState,
  object: StoredObject,
  { values, isOn }: { readonly values: T; readonly isOn: boolean },
): T => (isOn && object === 'Lead' && state.assignTo !== null ? { ...values, OwnerId: state.assignTo } : values);

function createOne(state: SalesforceState, { attributes, id, Id, ...values }: Item, isOn: boolean): Result {
  const object = attributes?.type ?? '';
  if (object === 'Task') return createTask(state, values);
  if (!isObject(object)) return failed('JSON_PARSER_ERROR', 'attributes.type is missing');
  if (id !== undefined || Id !== undefined)
    return failed('INVALID_FIELD_FOR_INSERT_UPDATE', 'cannot specify Id in an insert call', ['Id']);
  const refused = state.refuse(object, values, null);
  if (refused !== null) return { success: false, errors: [refused] };
  return { id: state.create(object, withRule(state, object, { values, isOn })).Id, success: true, errors: [] };
}

function updateOne(state: SalesforceState, { attributes, id, Id, ...values }: Item, isOn: boolean): Result {
  const object = attributes?.type ?? '';
  if (!isObject(object)) return failed('JSON_PARSER_ERROR', 'attributes.type is missing');
  const row = state.find(String(id ?? Id ?? ''));
  if (row === undefined || state.objectOf(row.Id) !== object)
    return failed('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  if (row.IsDeleted) return failed('ENTITY_IS_DELETED', 'entity is deleted');
  const refused = state.refuse(object, values, row);
  if (refused !== null) return { success: false, errors: [refused] };
  state.set(object, row, withRule(state, object, { values, isOn }));
  return { id: row.Id, success: true, errors: [] };
}

function deleteOne(state: SalesforceState, id: string): Result {
  if (!/^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/.test(id)) return failed('MALFORMED_ID', `malformed id ${id}`);
  const row = state.find(id);
  if (row === undefined) return failed('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  if (row.IsDeleted) return failed('ENTITY_IS_DELETED', 'entity is deleted');
  const refused = refuseDeletion(state, row);
  if (refused !== null) return refused;
  state.remove(row);
  return { id: row.Id, success: true, errors: [] };
}

/** Rights, approvals, and what hangs on the record: a contact with cases stays. A converted lead may go. */
function refuseDeletion(state: SalesforceState, row: Row): Result | null {
  if (!state.security.rights[state.objectOf(row.Id)].deletable)
    return failed('INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id');
  if (state.locked.has(row.Id)) return failed('ENTITY_IS_LOCKED', 'the entity is locked for editing');
  const cases = state.cases.get(row.Id);
  if (cases === undefined) return null;
  const text = `Your attempt to delete ${String(row['Name'])} could not be completed because it is associated with the following cases.: ${cases}\n`;
  return failed('DELETE_FAILED', text);
}

/** By a field that may be the key of an upsert; several rows with its value are refused. */
function upsertOne(
  state: SalesforceState,
  object: StoredObject,
  { key, item, isOn }: { readonly key: string; readonly item: Item; readonly isOn: boolean },
): Result {
  const { attributes: _attributes, [key]: wanted, ...values } = item;
  const found = state.objects[object].filter((row) => !row.IsDeleted && same(row[key], wanted));
  if (found.length > 1) return failed('DUPLICATE_EXTERNAL_ID', `${key}: more than one record found`, [key]);
  const [row] = found;
  const attributes = { type: object };
  const result =
    row === undefined
      ? createOne(state, { attributes, ...values, [key]: wanted }, isOn)
      : updateOne(state, { attributes, id: row.Id, ...values }, isOn);
  return result.success ? { ...result, created: row === undefined } : result;
}

const same = (held: unknown, wanted: unknown): boolean =>
  typeof held === 'string' && typeof wanted === 'string' && held.toLowerCase() === wanted.trim().toLowerCase();

/** With `undo` (`allOrNone`) one bad row takes the others with it. */
function inOneGo<T>(items: readonly T[], write: (item: T) => Result, undo: (() => void) | null): Result[] {
  const results = items.map(write);
  if (undo === null || results.every((result) => result.success)) return results;
  undo();
  return results.map((result) =>
    result.success
      ? failed('ALL_OR_NONE_OPERATION_ROLLED_BACK', 'Record rolled back because not all records were valid')
      : result,
  );
}

function addCollections(api: Hono, state: SalesforceState): void {
  const tooMany = error(
    'EXCEEDED_ID_LIMIT',
    'record limit reached. cannot submit more than 200 records into this call',
  );
  const collection =
    (write: (item: Item, c: Context) => Result) =>
    async (c: Context): Promise<Response> => {
      const { records, allOrNone } = await c.req.json<{ records: Item[]; allOrNone?: boolean }>();
      if (records.length > 200) return c.json(tooMany, 400);
      const undo = allOrNone === true ? state.remember() : null;
      return c.json(inOneGo(records, (item) => write(item, c), undo));
    };
  const path = '/services/data/:version/composite/sobjects';
  api.post(
    path,
    collection((item, c) => createOne(state, item, assigns(c))),
  );
  api.patch(
    path,
    collection((item, c) => updateOne(state, item, assigns(c))),
  );
  api.patch(
    `${path}/:object/:key`,
    collection((item, c) => {
      const [object = '', key = ''] = [c.req.param('object'), c.req.param('key')];
      if (!isObject(object)) return failed('INVALID_TYPE', `sObject type '${object}' is not supported.`);
      return upsertOne(state, object, { key, item, isOn: assigns(c) });
    }),
  );
  api.delete(path, (c) => {
    const ids = (c.req.query('ids') ?? '').split(',');
    if (ids.length > 200) return c.json(tooMany, 400);
    const undo = c.req.query('allOrNone') === 'true' ? state.remember() : null;
    return c.json(inOneGo(ids, (id) => deleteOne(state, id), undo));
  });
}

function addSingles(api: Hono, state: SalesforceState): void {
  api.post('/services/data/:version/sobjects/:object', async (c) => {
    const object = c.req.param('object');
    if (!isObject(object)) return c.json(notFound, 404);
    const result = createOne(state, { ...(await c.req.json<object>()), attributes: { type: object } }, assigns(c));
    return result.success ? c.json(result, 201) : c.json(single(result), 400);
  });
  api.patch('/services/data/:version/sobjects/:object/:id', async (c) => {
    const object = c.req.param('object');
    const row = state.find(c.req.param('id'));
    if (!isObject(object) || row === undefined) return c.json(notFound, 404);
    if (row.IsDeleted) return c.json(error('ENTITY_IS_DELETED', 'entity is deleted'), 404);
    const values = await c.req.json<Item>();
    if (values.Id !== undefined)
      return c.json(error('INVALID_FIELD', 'The Id field should not be specified in the sobject data.', ['Id']), 400);
    const result = updateOne(state, { ...values, attributes: { type: object }, id: row.Id }, assigns(c));
    return result.success ? c.body(null, 204) : c.json(single(result), 400);
  });
  api.patch('/services/data/:version/sobjects/:object/:key/:value', async (c) => {
    const { object, key, value } = c.req.param();
    if (!isObject(object)) return c.json(notFound, 404);
    const matches = state.objects[object].filter((row) => !row.IsDeleted && same(row[key], value));
    if (matches.length > 1)
      return c.json(
        matches.map((row) => `/services/data/${c.req.param('version')}/sobjects/${object}/${row.Id}`),
        300,
      );
    const result = upsertOne(state, object, {
      key,
      item: { ...(await c.req.json<object>()), [key]: value },
      isOn: assigns(c),
    });
    return result.success ? c.json(result, result.created === true ? 201 : 200) : c.json(single(result), 400);
  });
  api.delete('/services/data/:version/sobjects/:object/:id', (c) => {
    const row = state.find(c.req.param('id'));
    if (row === undefined) return c.json(notFound, 404);
    if (row.IsDeleted) return c.json(error('ENTITY_IS_DELETED', 'entity is deleted'), 404);
    const refused = refuseDeletion(state, row);
    if (refused !== null && !refused.success) return c.json(single(refused), 400);
    state.remove(row);
    return c.body(null, 204);
  });
}

interface PicklistMetadata {
  readonly valueSet: {
    readonly valueSetDefinition: {
      readonly value: readonly {
        readonly valueName: string;
        readonly label: string;
        readonly isActive?: boolean | null;
      }[];
    };
  };
}

/** Custom picklists by the Tooling API: a definition is sent whole, and a value that it leaves out becomes inactive. */
function addPicklists(api: Hono, state: SalesforceState): void {
  const idOf = (object: string, name: string): string => `00N${Buffer.from(`${object}.${name}`).toString('hex')}`;
  const fieldOf = (object: string, name: string) => (isObject(object) ? state.fields[object].get(name) : undefined);
  api.get('/services/data/:version/tooling/query', (c) => {
    const soql = c.req.query('q') ?? '';
    const definitions = queryDefinitions(state, soql);
    if (definitions !== null) return c.json(definitions);
    const asked = (key: string): string => new RegExp(`${key} = '([^']*)'`).exec(soql)?.[1] ?? '';
    const [object, name] = [asked('TableEnumOrId'), `${asked('DeveloperName')}__c`];
    const field = fieldOf(object, name);
    const value = (field?.picklistValues ?? []).map((one) => ({
      valueName: one.value,
      label: one.label,
      default: false,
      isActive: one.active ? null : false,
    }));
    const Metadata = {
      label: field?.label,
      type: field?.type === 'multipicklist' ? 'MultiselectPicklist' : 'Picklist',
      valueSet: {
        restricted: field?.restrictedPicklist === true,
        valueSetName: null,
        valueSetDefinition: { sorted: false, value },
      },
    };
    const records = field === undefined ? [] : [{ Id: idOf(object, name), Metadata }];
    return c.json({ size: records.length, totalSize: records.length, done: true, records });
  });
  api.patch('/services/data/:version/tooling/sobjects/CustomField/:id', async (c) => {
    const [object = '', name = ''] = Buffer.from(c.req.param('id').slice(3), 'hex').toString().split('.');
    const field = fieldOf(object, name);
    if (field === undefined || !isObject(object)) return c.json(notFound, 404);
    const { Metadata } = await c.req.json<{ Metadata: PicklistMetadata }>();
    const sent = Metadata.valueSet.valueSetDefinition.value;
    const dropped = (field.picklistValues ?? [])
      .filter((one) => !sent.some(({ valueName }) => valueName === one.value))
      .map((one) => ({ ...one, active: false }));
    state.fields[object].set(name, {
      ...field,
      picklistValues: [
        ...sent.map((one) => ({ value: one.valueName, label: one.label, active: one.isActive !== false })),
        ...dropped,
      ],
    });
    return c.body(null, 204);
  });
}

/** `statusCode` in collections is `errorCode` in single calls. */
const single = (result: Extract<Result, { success: false }>) =>
  result.errors.map(({ statusCode, ...rest }) => ({ ...rest, errorCode: statusCode }));
