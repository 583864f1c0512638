import { Hono } from 'hono';
import type { ModuleName } from '../client.ts';
import { BadQuery, type Condition, parseCoql } from './coql.ts';
import { OUR_USER, type StoredRow, type ZohoState } from './state.ts';

type Body = Record<string, unknown>;
export const ORG_ID = '12345678';
/** Stamps carry the token owner's offset, not UTC. */
const OFFSET_MS = 60 * 60_000;

const problem = (code: string, message: string, details: Body = {}): Body => ({
  code,
  details,
  message,
  status: 'error',
});
const stamp = (ms: number): string => new Date(ms + OFFSET_MS).toISOString().replace('.000Z', '+01:00');

function valueOf(row: StoredRow, name: string): unknown {
  switch (name) {
    case 'id':
      return row.id;
    case 'Modified_Time':
      return stamp(row.modifiedAt);
    case 'Created_Time':
      return stamp(row.createdAt);
    case 'Modified_By':
      return { id: row.modifiedBy, name: 'U' };
    case 'Owner':
      return { id: OUR_USER, name: 'U' };
    case 'Converted__s':
      return row.convertedTo !== null;
    case 'Converted_Contact':
      return row.convertedTo === null ? null : { id: row.convertedTo, name: 'C' };
    default:
      return row.values[name] ?? null;
  }
}

/** The API of emulated Zoho CRM. What it does is what `BEHAVIOR.md` says the vendor documents. */
export function zohoApi(state: ZohoState, url: () => string, clients: Readonly<Record<string, string>>): Hono {
  const api = new Hono();
  const tokens = new Set<string>();
  api.post('/oauth/v2/token', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    // Failures come with status 200.
    if (clients[form.get('client_id') ?? ''] !== form.get('client_secret')) return c.json({ error: 'invalid_client' });
    const refreshing = form.get('grant_type') === 'refresh_token';
    if (refreshing ? form.get('refresh_token') !== 'emulated-refresh' : form.get('code') !== 'emulated-code')
      return c.json({ error: 'invalid_code' });
    const token = `1000.emulated${tokens.size}`;
    tokens.add(token);
    return c.json({
      access_token: token,
      ...(refreshing ? {} : { refresh_token: 'emulated-refresh' }),
      scope: 'ZohoCRM.modules.ALL',
      api_domain: url(),
      token_type: 'Bearer',
      expires_in: 3600,
    });
  });
  api.use('/crm/*', async (c, next) => {
    const token = c.req.header('authorization')?.replace(/^(Zoho-oauthtoken|Bearer) /, '');
    if (token === undefined || !tokens.has(token)) return c.json(problem('INVALID_TOKEN', 'invalid oauth token'), 401);
    await next();
    return undefined;
  });
  api.get('/crm/v8/org', (c) =>
    c.json({
      org: [{ id: '3652397000000020005', zgid: ORG_ID, company_name: 'Emulated Zoho', time_zone: 'Europe/Paris' }],
    }),
  );
  addSettings(api, state);
  addCoql(api, state);
  addReads(api, state);
  addWrites(api, state);
  return api;
}

const isModule = (name: string | undefined): name is ModuleName => name === 'Leads' || name === 'Contacts';

function addSettings(api: Hono, state: ZohoState): void {
  api.get('/crm/v8/settings/fields', (c) => {
    const module = c.req.query('module');
    if (!isModule(module)) return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
    return c.json({ fields: state.fields[module] });
  });
  api.post('/crm/v8/settings/fields', async (c) => {
    const module = c.req.query('module');
    if (!isModule(module)) return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
    const { fields } = await c.req.json<{ fields: { field_label: string; data_type: string; length?: number }[] }>();
    for (const one of fields)
      state.fields[module].push({
        api_name: one.field_label.replace(/\s+/g, '_'),
        field_label: one.field_label,
        data_type: one.data_type,
        length: one.length ?? null,
        custom_field: true,
        operation_type: { api_create: true, api_update: true },
      });
    return c.json({ fields: fields.map(() => ({ code: 'SUCCESS', details: { id: '1' }, status: 'success' })) }, 201);
  });
  api.get('/crm/v8/settings/layouts', (c) => {
    const required = c.req.query('module') === 'Leads' ? ['Last_Name', 'Company'] : ['Last_Name'];
    return c.json({
      layouts: [
        { name: 'Standard', sections: [{ fields: required.map((api_name) => ({ api_name, required: true })) }] },
      ],
    });
  });
}

function addCoql(api: Hono, state: ZohoState): void {
  api.post('/crm/v8/coql', async (c) => {
    const { select_query: text } = await c.req.json<{ select_query: string }>();
    try {
      const query = parseCoql(text);
      if (!isModule(query.module)) return c.json(problem('INVALID_QUERY', 'invalid query formed'), 400);
      const known = new Set(['id', ...state.fields[query.module].map((field) => field.api_name)]);
      const strange = query.fields.find((name) => !known.has(name.split('.')[0] ?? ''));
      if (strange !== undefined)
        return c.json(problem('INVALID_QUERY', 'invalid query formed', { column_name: strange }), 400);
      const test = compile(query.where);
      const rows = [...state.rows[query.module].values()].filter(
        (row) => row.deletedAt === null && row.convertedTo === null && test(row),
      );
      if (query.orderBy[0] === 'Modified_Time')
        rows.sort((a, b) => a.modifiedAt - b.modifiedAt || (a.id < b.id ? -1 : 1));
      const page = rows.slice(query.offset, query.offset + query.limit);
      if (page.length === 0) return c.body(null, 204);
      const data = page.map((row) =>
        Object.fromEntries([['id', row.id], ...query.fields.map((name) => [name, selected(row, name)])]),
      );
      return c.json({ data, info: { count: page.length, more_records: rows.length > query.offset + query.limit } });
    } catch (error) {
      if (error instanceof BadQuery) return c.json(problem('SYNTAX_ERROR', error.message), 400);
      throw error;
    }
  });
}

/** Lookups come as `{id}` only; a name is asked for by its path. */
function selected(row: StoredRow, name: string): unknown {
  const [head = '', tail] = name.split('.');
  const value = valueOf(row, head);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (tail !== undefined) return 'name' in value ? value.name : null;
  return 'id' in value ? { id: value.id } : value;
}

function compile(condition: Condition): (row: StoredRow) => boolean {
  if (condition.kind !== 'compare') {
    const [left, right] = [compile(condition.left), compile(condition.right)];
    return condition.kind === 'and' ? (row) => left(row) && right(row) : (row) => left(row) || right(row);
  }
  const { field, op, values } = condition;
  const isTime = field.endsWith('_Time');
  const wanted: (string | number)[] = values.map((value) => (isTime ? Date.parse(value) : value.toLowerCase()));
  const of = (row: StoredRow): string | number => {
    if (field === 'Modified_Time') return row.modifiedAt;
    if (field === 'Created_Time') return row.createdAt;
    return String(valueOf(row, field) ?? '').toLowerCase();
  };
  const [first = ''] = wanted;
  switch (op) {
    case 'in':
      return (row) => wanted.includes(of(row));
    case '=':
      return (row) => of(row) === first;
    case '>':
      return (row) => of(row) > first;
    case '>=':
      return (row) => of(row) >= first;
    case '<':
      return (row) => of(row) < first;
    case '<=':
      return (row) => of(row) <= first;
    default:
      throw new BadQuery(`operator ${op}`);
  }
}

function addReads(api: Hono, state: ZohoState): void {
  api.get('/crm/v8/:module/actions/count', (c) => {
    const module = c.req.param('module');
    if (!isModule(module)) return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
    return c.json({
      // A number as text.
      count: String(
        [...state.rows[module].values()].filter((row) => row.deletedAt === null && row.convertedTo === null).length,
      ),
    });
  });
  api.get('/crm/v8/:module/deleted', (c) => {
    const module = c.req.param('module');
    if (!isModule(module)) return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
    const since = Date.parse(c.req.header('if-modified-since') ?? '') || 0;
    const [size, page] = [Math.min(Number(c.req.query('per_page') ?? 200), 200), Number(c.req.query('page') ?? 1)];
    const gone = [...state.rows[module].values()].filter((row) => row.deletedAt !== null && row.deletedAt >= since);
    const part = gone.slice((page - 1) * size, page * size);
    if (part.length === 0) return c.body(null, 204);
    return c.json({
      data: part.map((row) => ({ id: row.id, type: 'recycle', deleted_time: stamp(row.deletedAt ?? 0) })),
      info: { per_page: size, count: part.length, page, more_records: gone.length > page * size },
    });
  });
  api.get('/crm/v8/:module', (c) => {
    const module = c.req.param('module');
    if (!isModule(module)) return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
    const fields = c.req.query('fields')?.split(',') ?? [];
    if (fields.length === 0 || fields.length > 50) return c.json(problem('LIMIT_EXCEEDED', 'fields: 1 to 50'), 400);
    const converted = c.req.query('converted') ?? 'false';
    const since = Date.parse(c.req.header('if-modified-since') ?? '') || 0;
    const ids = c.req.query('ids')?.split(',');
    if ((ids?.length ?? 0) > 100) return c.json(problem('LIMIT_EXCEEDED', 'ids: at most 100'), 400);
    const all =
      ids === undefined ? [...state.rows[module].values()] : ids.flatMap((id) => state.rows[module].get(id) ?? []);
    const rows = all.filter(
      (row) =>
        row.deletedAt === null &&
        row.modifiedAt >= since &&
        (converted === 'both' || (row.convertedTo !== null) === (converted === 'true')),
    );
    rows.sort((a, b) => a.modifiedAt - b.modifiedAt || (a.id < b.id ? -1 : 1));
    const start = Number(c.req.query('page_token') ?? 0);
    const part = rows.slice(start, start + 200);
    if (part.length === 0) return c.body(null, since > 0 ? 304 : 204);
    const more = rows.length > start + 200;
    return c.json({
      data: part.map((row) =>
        Object.fromEntries([['id', row.id], ...fields.map((name) => [name, valueOf(row, name)])]),
      ),
      info: {
        per_page: 200,
        count: part.length,
        more_records: more,
        next_page_token: more ? String(start + 200) : null,
      },
    });
  });
}

function addWrites(api: Hono, state: ZohoState): void {
  for (const method of ['POST', 'PUT'] as const) {
    api.on(method, '/crm/v8/:module{(?:Leads|Contacts)}', async (c) => {
      const module = c.req.param('module');
      if (!isModule(module)) return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
      const { data } = await c.req.json<{ data: Body[] }>();
      if (data.length > 100) return c.json(problem('LIMIT_EXCEEDED', 'only 100 records are allowed'), 400);
      const results = data.map((values) =>
        method === 'POST' ? create(state, module, values) : update(state, module, values),
      );
      const failed = results.filter((result) => result['status'] === 'error').length;
      return c.json(
        { data: results },
        failed === 0 ? (method === 'POST' ? 201 : 200) : failed === results.length ? 202 : 207,
      );
    });
  }
}

const done = (row: StoredRow, message: string): Body => ({
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

function create(state: ZohoState, module: ModuleName, values: Body): Body {
  const required = module === 'Leads' ? ['Last_Name', 'Company'] : ['Last_Name'];
  const missing = required.find((name) => values[name] === undefined || values[name] === null || values[name] === '');
  if (missing !== undefined) return problem('MANDATORY_NOT_FOUND', 'required field not found', { api_name: missing });
  return faultOf(state, module, values) ?? done(state.create(module, values, OUR_USER), 'record added');
}

function update(state: ZohoState, module: ModuleName, { id, ...values }: Body): Body {
  const row = state.rows[module].get(String(id));
  if (row === undefined || row.deletedAt !== null)
    return problem('INVALID_DATA', 'the id given seems to be invalid', { id });
  if (row.convertedTo !== null) return problem('INVALID_DATA', "can't update the converted record", { id });
  const fault = faultOf(state, module, values);
  if (fault !== null) return fault;
  state.set(module, row, values, OUR_USER);
  return done(row, 'record updated');
}

function faultOf(state: ZohoState, module: ModuleName, values: Body): Body | null {
  for (const [key, value] of Object.entries(values)) {
    const field = state.fields[module].find((one) => one.api_name === key);
    if (field === undefined || value === null) continue;
    const details = { api_name: key, json_path: `$.data[0].${key}` };
    if (field.data_type === 'email' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(String(value)))
      return problem('INVALID_DATA', 'invalid data', { ...details, expected_data_type: 'email' });
    if (field.data_type === 'integer' && !Number.isInteger(value))
      return problem('INVALID_DATA', 'invalid data', { ...details, expected_data_type: 'integer' });
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
