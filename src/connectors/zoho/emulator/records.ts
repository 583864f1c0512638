import type { Context, Hono } from 'hono';
import type { ModuleName } from '../client.ts';
import { type Body, isModule, present, problem, stamp, statusOf, valueOf } from './answers.ts';
import { addDeletions } from './deletions.ts';
import type { StoredRow, ZohoState } from './state.ts';
import { create, update } from './writes.ts';

const badModule = (c: Context): Response =>
  c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
/** `page` reaches this far, a page token further (BEHAVIOR.md, "Walking"). */
const PAGES_REACH = 2_000;
const TOKENS_REACH = 100_000;
const PAGE = 200;

/** Lists, single records, search, upsert, deletion and conversion: what a client may use beside COQL. */
export function addRecords(api: Hono, state: ZohoState): void {
  api.get('/crm/v8/:module{(?:Leads|Contacts)}', (c) => list(c, state));
  api.get('/crm/v8/:module{(?:Leads|Contacts)}/search', (c) => search(c, state));
  api.get('/crm/v8/:module{(?:Leads|Contacts)}/:id{[0-9]+}', (c) => {
    const module = c.req.param('module');
    if (!isModule(module)) return badModule(c);
    const row = state.rows[module].get(c.req.param('id'));
    if (row === undefined || row.deletedAt !== null) return c.body(null, 204);
    const names = state.fields[module].map((field) => field.api_name);
    return c.json({ data: [present(row, names)] });
  });
  addUpserts(api, state);
  addDeletions(api, state);
  api.post('/crm/v8/Leads/:id/actions/convert', (c) => {
    const lead = state.rows.Leads.get(c.req.param('id'));
    if (lead === undefined || lead.deletedAt !== null)
      return c.json(problem('INVALID_DATA', 'the id given seems to be invalid'), 400);
    if (lead.convertedTo !== null) return c.json(problem('ID_ALREADY_CONVERTED', 'id already converted'), 400);
    const contact = state.convert(lead);
    const details = {
      Contacts: { id: contact.id, name: String(valueOf(contact, 'Last_Name')) },
      Accounts: null,
      Deals: null,
    };
    const message = 'The record has been converted successfully';
    return c.json({ data: [{ code: 'SUCCESS', details, message, status: 'success' }] });
  });
}

const DAY_MS = 86_400_000;

function list(c: Context, state: ZohoState): Response {
  const module = c.req.param('module');
  if (!isModule(module)) return badModule(c);
  const fields = c.req.query('fields')?.split(',') ?? [];
  if (fields.length === 0 || fields.length > 50) return c.json(problem('LIMIT_EXCEEDED', 'fields: 1 to 50'), 400);
  const ids = c.req.query('ids')?.split(',');
  if ((ids?.length ?? 0) > 100) return c.json(problem('LIMIT_EXCEEDED', 'ids: at most 100'), 400);
  const size = Math.min(Number(c.req.query('per_page') ?? PAGE), PAGE);
  const token = c.req.query('page_token');
  // A token names its place and when it was given; it is worth nothing after a day.
  const [place = '', givenAt = ''] = token?.split('-') ?? [];
  if (token !== undefined && state.clock.now() - Number(givenAt) > DAY_MS)
    return c.json(problem('EXPIRED_VALUE', 'page_token expired', { param: 'page_token' }), 400);
  const start = token === undefined ? (Number(c.req.query('page') ?? 1) - 1) * size : Number(place);
  if (token === undefined && start + size > PAGES_REACH)
    return c.json(problem('DISCRETE_PAGINATION_LIMIT_EXCEEDED', 'page limit exceeded', { limit: PAGES_REACH }), 400);
  if (start + size > TOKENS_REACH) return c.json(problem('PAGINATION_LIMIT_EXCEEDED', 'limit exceeded'), 400);
  const since = Date.parse(c.req.header('if-modified-since') ?? '') || 0;
  const converted = c.req.query('converted') ?? 'false';
  const all =
    ids === undefined ? [...state.rows[module].values()] : ids.flatMap((id) => state.rows[module].get(id) ?? []);
  const rows = all.filter(
    (row) =>
      row.deletedAt === null &&
      row.modifiedAt >= since &&
      (converted === 'both' || (row.convertedTo !== null) === (converted === 'true')),
  );
  sort(rows, c.req.query('sort_by') ?? 'id', c.req.query('sort_order') ?? 'desc');
  const part = rows.slice(start, start + size);
  if (part.length === 0) return c.body(null, since > 0 ? 304 : 204);
  const more = rows.length > start + size;
  return c.json({
    data: part.map((row) => present(row, fields)),
    info: {
      per_page: size,
      count: part.length,
      page: Math.floor(start / size) + 1,
      sort_by: c.req.query('sort_by') ?? 'id',
      sort_order: c.req.query('sort_order') ?? 'desc',
      more_records: more,
      previous_page_token: null,
      next_page_token: more && !state.habits.withoutTokens ? `${start + size}-${state.clock.now()}` : null,
      page_token_expiry: more ? stamp(state.clock.now() + DAY_MS) : null,
    },
  });
}

function sort(rows: StoredRow[], by: string, order: string): void {
  const key = (row: StoredRow): number =>
    by === 'Modified_Time' ? row.modifiedAt : by === 'Created_Time' ? row.createdAt : 0;
  rows.sort((a, b) => key(a) - key(b) || (a.id < b.id ? -1 : 1));
  if (order === 'desc') rows.reverse();
}

/** By address, by word or by one criterion `(Field:equals:value)`; an index, and 2,000 rows at most. */
function search(c: Context, state: ZohoState): Response {
  const module = c.req.param('module');
  if (!isModule(module)) return badModule(c);
  const [, field = '', value = ''] = /^\(+(\w+):equals:([^)]*)\)+$/.exec(c.req.query('criteria') ?? '') ?? [];
  const email = c.req.query('email')?.toLowerCase();
  const word = c.req.query('word')?.toLowerCase();
  const text = (row: StoredRow, name: string): string => String(valueOf(row, name) ?? '').toLowerCase();
  const found = [...state.rows[module].values()].filter(
    (row) =>
      row.deletedAt === null &&
      row.convertedTo === null &&
      (email === undefined || text(row, 'Email') === email || text(row, 'Secondary_Email') === email) &&
      (field === '' || text(row, field) === value.toLowerCase()) &&
      (word === undefined ||
        ['First_Name', 'Last_Name', 'Email', 'Company'].some((name) => text(row, name).includes(word))),
  );
  if (found.length === 0) return c.body(null, 204);
  const names = c.req.query('fields')?.split(',') ?? state.fields[module].map((one) => one.api_name);
  return c.json({
    data: found.slice(0, PAGE).map((row) => present(row, names)),
    info: { per_page: PAGE, count: Math.min(found.length, PAGE), page: 1, more_records: found.length > PAGE },
  });
}

function addUpserts(api: Hono, state: ZohoState): void {
  api.post('/crm/v8/:module{(?:Leads|Contacts)}/upsert', async (c) => {
    const module = c.req.param('module');
    if (!isModule(module)) return badModule(c);
    const { data, duplicate_check_fields: keys = ['Email'] } = await c.req.json<{
      data: Body[];
      duplicate_check_fields?: string[];
    }>();
    const results = data.map((values) => {
      const held = findBy(state, module, keys, values);
      const result =
        held === undefined ? create(state, module, values) : update(state, module, { ...values, id: held.id });
      return result['status'] === 'error'
        ? result
        : {
            ...result,
            action: held === undefined ? 'insert' : 'update',
            duplicate_field: held === undefined ? null : keys[0],
          };
    });
    return c.json({ data: results }, statusOf(results, 200));
  });
}

const findBy = (state: ZohoState, module: ModuleName, keys: readonly string[], values: Body): StoredRow | undefined =>
  [...state.rows[module].values()].find(
    (row) =>
      row.deletedAt === null &&
      keys.some(
        (key) =>
          typeof values[key] === 'string' &&
          String(valueOf(row, key)).toLowerCase() === String(values[key]).toLowerCase(),
      ),
  );
