import type { Hono } from 'hono';
import type { ModuleName } from '../client.ts';
import { type Body, isModule, problem, stamp, statusOf } from './answers.ts';
import { OUR_USER, type StoredRow, USERS, type ZohoState } from './state.ts';

export function addWrites(api: Hono, state: ZohoState): void {
  for (const method of ['POST', 'PUT'] as const) {
    api.on(method, '/crm/v8/:module{(?:Leads|Contacts)}', async (c) => {
      const module = c.req.param('module');
      if (!isModule(module)) return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
      const { data } = await c.req.json<{ data: Body[] }>();
      if (data.length > 100) return c.json(problem('LIMIT_EXCEEDED', 'only 100 records are allowed'), 400);
      const poison = data.findIndex((values) => state.habits.refusesWhole?.poison(values) === true);
      if (poison >= 0) {
        const details = state.habits.refusesWhole?.names === true ? { json_path: `$.data[${poison}].Last_Name` } : {};
        return c.json(problem('INVALID_DATA', 'invalid data', details), 400);
      }
      const results = data.map((values, index) =>
        at(index, method === 'POST' ? create(state, module, values) : update(state, module, values)),
      );
      return c.json({ data: results }, statusOf(results, method === 'POST' ? 201 : 200));
    });
  }
}

/** A refusal names the value by its place among the records sent; of a lookup, its `id`. */
const at = (index: number, result: Body): Body => {
  const { details } = result;
  if (typeof details !== 'object' || details === null || !('api_name' in details)) return result;
  const name = String(details.api_name);
  const { parent_api_name: parent, ...rest } = details as Body;
  const path = `$.data[${index}].${parent === undefined ? '' : `${String(parent)}.`}${name}`;
  return {
    ...result,
    details: { ...rest, ...(parent === undefined ? {} : { parent_api_name: parent }), json_path: path },
  };
};

export const done = (row: StoredRow, message: string): Body => ({
  code: 'SUCCESS',
  details: {
    id: row.id,
    Modified_Time: stamp(row.modifiedAt),
    Created_Time: stamp(row.createdAt),
    Modified_By: { id: row.modifiedBy, name: 'U' },
    Created_By: { id: OUR_USER, name: 'U' },
  },
  message,
  status: 'success',
});

export function create(state: ZohoState, module: ModuleName, values: Body): Body {
  const required = module === 'Leads' ? ['Last_Name', 'Company'] : ['Last_Name'];
  const missing = required.find((name) => values[name] === undefined || values[name] === null || values[name] === '');
  if (missing !== undefined) return problem('MANDATORY_NOT_FOUND', 'required field not found', { api_name: missing });
  return faultOf(state, module, values) ?? done(state.create(module, values, OUR_USER), 'record added');
}

export function update(state: ZohoState, module: ModuleName, { id, ...values }: Body): Body {
  const row = state.rows[module].get(String(id));
  if (row === undefined || row.deletedAt !== null)
    return problem('INVALID_DATA', 'the id given seems to be invalid', { id, api_name: 'id' });
  if (row.convertedTo !== null) return problem('INVALID_DATA', "can't update the converted record", { id });
  const fault = faultOf(state, module, values);
  if (fault !== null) return fault;
  state.set(module, row, values, OUR_USER);
  return done(row, 'record updated');
}

/** The same words are said of a company or a user that is not there, and of the record itself. */
function leadsSomewhere(state: ZohoState, key: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('id' in value)) return true;
  if (key === 'Account_Name') return state.accounts.has(String(value.id));
  return key !== 'Owner' || USERS.some((user) => user.id === value.id && user.status === 'active');
}

const FORMS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  // Seconds and an offset; fractions are not taken.
  datetime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([+-]\d{2}:\d{2}|Z)$/,
  bigint: /^\d{1,18}$/,
};

function faultOf(state: ZohoState, module: ModuleName, values: Body): Body | null {
  for (const [key, value] of Object.entries(values)) {
    const field = state.fields[module].find((one) => one.api_name === key);
    if (field === undefined || value === null) continue;
    const details = { api_name: key };
    if (!leadsSomewhere(state, key, value))
      return problem('INVALID_DATA', 'the id given seems to be invalid', { api_name: 'id', parent_api_name: key });
    if (field.data_type === 'email' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(String(value)))
      return problem('INVALID_DATA', 'invalid data', { ...details, expected_data_type: 'email' });
    if (field.data_type === 'integer' && !Number.isInteger(value))
      return problem('INVALID_DATA', 'invalid data', { ...details, expected_data_type: 'integer' });
    const form = FORMS[field.data_type];
    if (form !== undefined && !form.test(String(value)))
      return problem('INVALID_DATA', 'invalid data', { ...details, expected_data_type: field.data_type });
    if (['double', 'currency', 'percent'].includes(field.data_type) && typeof value !== 'number')
      return problem('INVALID_DATA', 'invalid data', { ...details, expected_data_type: 'double' });
    if (field.data_type === 'multiselectpicklist' && !Array.isArray(value))
      return problem('INVALID_DATA', 'invalid data', { ...details, expected_data_type: 'jsonarray' });
    if (field.data_type === 'boolean' && typeof value !== 'boolean')
      return problem('INVALID_DATA', 'invalid data', { ...details, expected_data_type: 'boolean' });
    if (
      typeof value === 'string' &&
      field.length != null &&
      field.data_type !== 'datetime' &&
      value.length > field.length
    )
      return problem('INVALID_DATA', 'invalid data', { ...details, maximum_length: field.length });
  }
  return null;
}
