import { Hono } from 'hono';
import { addAccounts } from './accounts.ts';
import { isModule, ORG_ID, problem, stamp, valueOf } from './answers.ts';
import { BadQuery, type Condition, parseCoql } from './coql.ts';
import type { ZohoNotifications } from './hooks.ts';
import { addNotes } from './notes.ts';
import { addRecords } from './records.ts';
import { OUR_PROFILE, OUR_USER, type StoredRow, USERS, type ZohoState } from './state.ts';
import { addWrites } from './writes.ts';

/** The API of emulated Zoho CRM. What it does is what `BEHAVIOR.md` says the vendor documents. */
export function zohoApi(
  state: ZohoState,
  accepts: (token: string | undefined) => boolean,
  notifications: ZohoNotifications,
): Hono {
  const api = new Hono();
  api.use('/crm/*', async (c, next) => {
    const token = c.req.header('authorization')?.replace(/^(Zoho-oauthtoken|Bearer) /, '');
    if (!accepts(token)) return c.json(problem('INVALID_TOKEN', 'invalid oauth token'), 401);
    if (state.habits.scopeMissing?.test(c.req.path) === true)
      return c.json(problem('OAUTH_SCOPE_MISMATCH', 'invalid oauth scope to access this URL'), 401);
    await next();
    return undefined;
  });
  api.get('/crm/v8/users', (c) => {
    const mine = { ...USERS[0], status: state.userStatus, profile: OUR_PROFILE };
    const users = c.req.query('type') === 'CurrentUser' ? [mine] : USERS;
    return c.json({ users, info: { per_page: 200, count: users.length, page: 1, more_records: false } });
  });
  api.get('/crm/v8/settings/profiles/:id', (c) => {
    if (c.req.param('id') !== OUR_PROFILE.id)
      return c.json(problem('INVALID_DATA', 'the id given seems to be invalid or already deleted'), 400);
    const permissions_details = ['Leads', 'Contacts'].flatMap((module) =>
      ['View', 'Create', 'Edit', 'Delete'].map((display_label, index) => ({
        display_label,
        module,
        name: `Crm_Implied_${display_label}_${module}`,
        id: `36523970000000261${module.length}${index}`,
        enabled: !state.forbidden.has(`Crm_Implied_${display_label}_${module}`),
      })),
    );
    return c.json({
      profiles: [{ ...OUR_PROFILE, display_label: OUR_PROFILE.name, custom: true, permissions_details }],
    });
  });
  api.get('/crm/v8/org', (c) =>
    c.json({
      org: [{ id: '3652397000000020005', zgid: ORG_ID, company_name: 'Emulated Zoho', time_zone: 'Europe/Paris' }],
    }),
  );
  notifications.addRoutes(api);
  addSettings(api, state);
  addCoql(api, state);
  addReads(api, state);
  addAccounts(api, state);
  addRecords(api, state);
  addWrites(api, state);
  addNotes(api, state);
  // Whatever is no module; the last of all routes.
  api.get('/crm/v8/:module', (c) =>
    c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400),
  );
  return api;
}

interface PickListValue {
  readonly display_value: string;
  readonly actual_value: string;
  readonly _delete?: boolean;
}

function addSettings(api: Hono, state: ZohoState): void {
  api.get('/crm/v8/settings/fields', (c) => {
    const module = c.req.query('module');
    if (!isModule(module)) return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
    const fields = state.fields[module].map((field) => ({
      ...field,
      profiles: [{ ...OUR_PROFILE, permission_type: state.fieldPermissions.get(field.api_name) ?? 'read_write' }],
    }));
    return c.json({ fields });
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
  // Values without an id are added, those with `_delete` go, the others stay as they are.
  api.patch('/crm/v8/settings/fields/:id', async (c) => {
    const module = c.req.query('module');
    if (!isModule(module)) return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
    const index = state.fields[module].findIndex((one) => one.id === c.req.param('id'));
    const field = state.fields[module][index];
    if (field === undefined) return c.json(problem('INVALID_DATA', 'the field id given seems to be invalid'), 400);
    const { fields } = await c.req.json<{ fields: { pick_list_values?: PickListValue[] }[] }>();
    const sent = fields[0]?.pick_list_values ?? [];
    const kept = (field.pick_list_values ?? []).filter(
      (one) => !sent.some((other) => other.actual_value === one.actual_value && other._delete === true),
    );
    const added = sent.filter((one) => !kept.some((other) => other.actual_value === one.actual_value));
    state.fields[module][index] = {
      ...field,
      pick_list_values: [...kept, ...added.map((one) => ({ ...one, type: 'used' }))],
    };
    return c.json({ fields: [{ code: 'SUCCESS', details: { id: field.id }, message: 'updated', status: 'success' }] });
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
      const table = tableOf(state, query.module);
      if (table === null) return c.json(problem('INVALID_QUERY', 'invalid query formed'), 400);
      const known = new Set(['id', 'Modified_Time', 'Created_Time', ...table.fields]);
      const strange = query.fields.find((name) => !known.has(name.split('.')[0] ?? ''));
      if (strange !== undefined)
        return c.json(problem('INVALID_QUERY', 'invalid query formed', { column_name: strange }), 400);
      const test = compile(query.where);
      const rows = table.rows.filter((row) => row.deletedAt === null && row.convertedTo === null && test(row));
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

/** What a query may name: the modules of people, and their companies. */
function tableOf(
  state: ZohoState,
  module: string,
): { readonly fields: readonly string[]; readonly rows: readonly StoredRow[] } | null {
  if (isModule(module))
    return { fields: state.fields[module].map((field) => field.api_name), rows: [...state.rows[module].values()] };
  if (module !== 'Accounts') return null;
  const rows = [...state.accounts.values()].map(
    ({ id, name, createdAt, modifiedAt }): StoredRow => ({
      id,
      values: { Account_Name: name },
      createdAt,
      modifiedAt,
      modifiedBy: OUR_USER,
      deletedAt: null,
      purged: false,
      convertedTo: null,
    }),
  );
  return { fields: ['Account_Name'], rows };
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
      // A number here and in the vendor's SDK, a number as text in its OpenAPI file.
      count: [...state.rows[module].values()].filter((row) => row.deletedAt === null && row.convertedTo === null)
        .length,
    });
  });
  api.get('/crm/v8/:module/deleted', (c) => {
    const module = c.req.param('module');
    if (!isModule(module) && module !== 'Accounts')
      return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
    const since = Date.parse(c.req.header('if-modified-since') ?? '') || 0;
    const [size, page] = [Math.min(Number(c.req.query('per_page') ?? 200), 200), Number(c.req.query('page') ?? 1)];
    const { deletedReach } = state.habits;
    if (page * size > deletedReach)
      return c.json(problem('DISCRETE_PAGINATION_LIMIT_EXCEEDED', 'page limit exceeded', { limit: deletedReach }), 400);
    const deleted =
      module === 'Accounts'
        ? [...state.accountsDeleted].map(([id, at]) => ({ id, at, name: '', purged: false }))
        : [...state.rows[module].values()].flatMap((row) =>
            row.deletedAt === null
              ? []
              : [
                  {
                    id: row.id,
                    at: row.deletedAt,
                    name: String(valueOf(row, 'Last_Name') ?? ''),
                    purged: row.purged,
                  },
                ],
          );
    const gone = deleted.filter(({ at }) => at >= since);
    const part = gone.slice((page - 1) * size, page * size);
    if (part.length === 0) return c.body(null, 204);
    return c.json({
      data: part.map(({ id, at, name, purged }) => ({
        id,
        display_name: name,
        type: purged ? 'permanent' : 'recycle',
        deleted_by: { id: OUR_USER, name: 'U' },
        created_by: { id: OUR_USER, name: 'U' },
        deleted_time: stamp(at),
      })),
      info: { per_page: size, count: part.length, page, more_records: gone.length > page * size },
    });
  });
}
