import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Resource } from '../client.ts';
import { addDeletions } from './deletions.ts';
import { addNotes } from './notes.ts';
import type { SellState, StoredObject } from './state.ts';

type Body = Record<string, unknown>;
const QUEUE_PAGE = 100;

const MORE = { more_info: 'https://developers.getbase.com/docs/rest/articles/errors' };
const WORDS: Readonly<Record<string, string>> = {
  invalid_user_agent: 'missing or invalid user agent',
  invalid_header: 'missing or invalid header',
  invalid_param: 'invalid request query parameter',
  unauthorized: 'access denied',
  not_found: 'resource not found',
};

/** Errors as the vendor recorded them; only those about a record's attributes have a `logref`. */
const problem = (
  http: string,
  ...errors: { code: string; field?: string; resource?: string; message?: string; details?: string }[]
): Body => ({
  errors: errors.map((error) => ({
    error: { message: WORDS[error.code] ?? error.code, details: WORDS[error.code] ?? error.code, ...error },
    meta: { type: 'error', links: MORE },
  })),
  meta: {
    type: 'errors',
    http_status: http,
    ...(errors.some((error) => error.field !== undefined) ? { logref: 'b5hsh-1r4th-f13p6-4j7ag' } : {}),
    links: MORE,
  },
});
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

const shared =
  'first_name last_name title email phone mobile fax website industry description twitter facebook linkedin skype address';
/** Records come whole: what is empty is null. */
const EMPTY: Readonly<Record<Resource, Body>> = {
  leads: blank(`${shared} organization_name status source_id unqualified_reason_id`),
  contacts: blank(
    `${shared} name contact_id parent_organization_id customer_status prospect_status billing_address shipping_address`,
  ),
};

function blank(names: string): Body {
  return { ...Object.fromEntries(names.split(' ').map((name) => [name, null])), tags: [] };
}

const present = (resource: Resource, object: StoredObject): Body => ({
  id: object.id,
  creator_id: 1,
  owner_id: 1,
  ...EMPTY[resource],
  ...object.values,
  // Numbers are answered as text.
  custom_fields: Object.fromEntries(
    Object.entries(object.custom).map(([name, value]) => [name, typeof value === 'number' ? String(value) : value]),
  ),
  created_at: iso(object.createdAt),
  updated_at: iso(object.updatedAt),
});
/** Every id as text. */
const asText = (body: unknown): unknown => {
  if (Array.isArray(body)) return body.map(asText);
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [
      key,
      /(^|_)id$/.test(key) && typeof value === 'number' ? String(value) : asText(value),
    ]),
  );
};
const collection = (type: string, items: readonly Body[], next: string | null = null): Body => ({
  items: items.map((data) => ({ data, meta: { type } })),
  meta: { type: 'collection', count: items.length, links: next === null ? {} : { next_page: next } },
});

/** A user as Sell presents one: every key of its documented object. */
const user = (id: number, name: string, email: string, status = 'active'): Body => ({
  id,
  name,
  email,
  phone_number: null,
  timezone: 'UTC',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  confirmed: true,
  deleted_at: null,
  role: id === 1 ? 'admin' : 'user',
  roles: [],
  status,
  invited: true,
  team_name: 'Everybody',
  group: null,
  reports_to: null,
});
/** The integration's own user comes first. */
const USERS: readonly Body[] = [
  user(1, 'Integration', 'crm@example.com'),
  user(2, 'Rita Rep', 'rita@example.com'),
  user(3, 'Gone Gustav', 'gustav@example.com', 'inactive'),
];

/** The API of emulated Sell. What it does is what `BEHAVIOR.md` says the vendor documents. */
export function sellApi(state: SellState, accepts: (token: string | undefined) => boolean): Hono {
  const api = new Hono();
  api.use('*', async (c, next) => {
    if ((c.req.header('user-agent') ?? '') === '')
      return c.json(problem('400 Bad Request', { code: 'invalid_user_agent' }), 400);
    if (!accepts(/^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1]))
      return c.json(problem('401 Unauthorized', { code: 'unauthorized' }), 401);
    await next();
    if (state.idsAsText && c.res.headers.get('content-type')?.startsWith('application/json') === true)
      c.res = Response.json(asText(await c.res.json()), { status: c.res.status });
    return undefined;
  });
  addNotes(api, state, problem);
  api.get('/oauth2/token/info', (c) =>
    c.json({ resource_owner_id: 1, scopes: [...state.scopes], expires_in_seconds: null }),
  );
  api.get('/v2/accounts/self', (c) =>
    c.json({ data: { id: 77_001, name: 'Emulated Sell', timezone: 'UTC' }, meta: { type: 'account' } }),
  );
  api.get('/v2/users', (c) => c.json(collection('user', c.req.query('page') === '1' ? USERS : [])));
  api.get('/v2/users/self', (c) => c.json({ data: { ...USERS[0], status: state.userStatus }, meta: { type: 'user' } }));
  api.get('/v2/:resource{lead|contact}/custom_fields', (c) =>
    c.json(
      collection(
        'custom_field',
        state.custom.map((field) => ({ ...field })),
      ),
    ),
  );
  api.get('/v2/lead_statuses', (c) =>
    c.json(
      collection(
        'lead_status',
        state.statuses.map((name, index) => ({
          id: index + 1,
          name,
          created_at: '2026-01-01T00:00:00Z',
          updated_at: '2026-01-01T00:00:00Z',
        })),
      ),
    ),
  );
  addConversions(api, state);
  addSync(api, state);
  for (const resource of ['leads', 'contacts'] as const) {
    addReads(api, state, resource);
    addWrites(api, state, resource);
    addDeletions(api, state, resource, problem);
  }
  return api;
}

const PAGES_MAX = 50;

/** The newest first; by page as far as the fiftieth, by cursor without end; by the lead itself. */
function addConversions(api: Hono, state: SellState): void {
  api.get('/v2/lead_conversions', (c) => {
    const size = Math.min(Number(c.req.query('per_page') ?? 25), 200);
    const page = Number(c.req.query('page') ?? 1);
    const lead = c.req.query('lead_id');
    if (page > PAGES_MAX) return c.json(problem('400 Bad Request', { code: 'invalid_param' }), 400);
    const all = state.conversions.filter((one) => lead === undefined || one.lead_id === Number(lead)).reverse();
    const start = c.req.query('cursor') === undefined ? (page - 1) * size : Number(c.req.query('cursor'));
    const next =
      all.length > start + size
        ? `${new URL(c.req.url).origin}/v2/lead_conversions?per_page=${size}&cursor=${start + size}`
        : null;
    const items = all.slice(start, start + size).map((one) => ({ ...one, organization_id: null, deal_id: null }));
    return c.json(collection('lead_conversion', items, next));
  });
}

function addSync(api: Hono, state: SellState): void {
  const deviceOf = (header: string | undefined): string => header ?? '';
  api.post('/v2/sync/start', (c) => {
    const device = deviceOf(c.req.header('x-basecrm-device-uuid'));
    if (device === '') return c.json(problem('400 Bad Request', { code: 'invalid_header' }), 400);
    const waiting = state.waitingFor(device);
    if (waiting.length === 0) return c.body(null, 204);
    const id = `session-${state.sessions.size + 1}`;
    state.sessions.set(id, { device, waiting });
    return c.json(
      {
        data: { id, queues: [{ data: { name: 'main', total_count: waiting.length } }] },
        meta: { type: 'sync_session' },
      },
      201,
    );
  });
  api.get('/v2/sync/:id/queues/main', (c) => {
    const session = state.sessions.get(c.req.param('id'));
    if (session === undefined) return c.json(problem('404 Not Found', { code: 'not_found' }), 404);
    const keys = session.waiting.splice(0, QUEUE_PAGE);
    if (keys.length === 0) {
      state.sessions.delete(c.req.param('id'));
      return c.body(null, 204);
    }
    const seen = state.acknowledged.get(session.device);
    const items = keys.flatMap((key) => {
      const found = state.find(key);
      if (found === undefined) return [];
      const { object, resource } = found;
      const event_type = object.deleted ? 'deleted' : seen?.has(key) === true ? 'updated' : 'created';
      return [
        {
          data: object.deleted ? { id: object.id } : present(resource, object),
          meta: {
            type: resource === 'leads' ? 'lead' : 'contact',
            sync: { event_type, ack_key: `${key}-${object.revision}`, revision: object.revision },
          },
        },
      ];
    });
    return c.json({ items, meta: { type: 'collection', count: items.length } });
  });
  api.post('/v2/sync/ack', async (c) => {
    const device = deviceOf(c.req.header('x-basecrm-device-uuid'));
    const { data } = await c.req.json<{ data: { ack_keys: string[] } }>();
    const seen = state.acknowledged.get(device) ?? new Map<string, number>();
    state.acknowledged.set(device, seen);
    for (const key of data.ack_keys) {
      const [resource, id, revision] = key.split('-');
      seen.set(`${resource}-${id}`, Number(revision));
    }
    return c.body(null, 202);
  });
}

function addReads(api: Hono, state: SellState, resource: Resource): void {
  const alive = (): StoredObject[] => [...state.objects[resource].values()].filter((object) => !object.deleted);
  api.get(`/v2/${resource}`, (c) => {
    const size = Number(c.req.query('per_page') ?? 25);
    if (size < 1 || size > 100) return c.json(problem('400 Bad Request', { code: 'invalid_param' }), 400);
    const ids = c.req.query('ids')?.split(',').map(Number);
    const wanted =
      ids === undefined
        ? alive()
        : ids.flatMap((id) => state.objects[resource].get(id) ?? []).filter((one) => !one.deleted);
    const email = c.req.query('email')?.toLowerCase();
    // Unknown filters are ignored.
    const found =
      email === undefined ? wanted : wanted.filter((one) => String(one.values['email'] ?? '').toLowerCase() === email);
    return c.json(
      collection(
        resource === 'leads' ? 'lead' : 'contact',
        found.slice(0, size).map((one) => present(resource, one)),
      ),
    );
  });
  api.post(`/v3/${resource}/search`, async (c) => {
    const { items } = await c.req.json<{
      items: {
        data: { query: { filter: { filter: { attribute: { name: string }; parameter: { any: string[] } } } } };
      }[];
    }>();
    if (state.searchAnswers !== null) return c.json(state.searchAnswers);
    const answers = items.map(({ data }) => {
      const { attribute, parameter } = data.query.filter.filter;
      const values = new Set(parameter.any.map((value) => value.toLowerCase()));
      // By id here, by name in the lists.
      const name = state.custom.find((field) => `custom_fields.${field.id}` === attribute.name)?.name;
      const of = (object: StoredObject): unknown =>
        name === undefined ? object.values[attribute.name] : object.custom[name];
      const now = state.clock.now();
      const hits = alive().filter(
        (object) => object.updatedAt + state.indexLagMs <= now && values.has(String(of(object) ?? '').toLowerCase()),
      );
      return {
        items: hits.slice(0, 200).map((object) => ({ data: { id: object.id }, meta: { version: object.revision } })),
        meta: { total_count: hits.length, links: {} },
      };
    });
    return c.json({ items: answers, meta: {} });
  });
}

const KNOWN = new Set(
  'first_name last_name organization_name name title email phone mobile website industry description address status source_id owner_id is_organization contact_id tags custom_fields fax twitter facebook linkedin skype'.split(
    ' ',
  ),
);

function addWrites(api: Hono, state: SellState, resource: Resource): void {
  const type = resource === 'leads' ? 'lead' : 'contact';
  const refuse = (data: Body, creating: boolean): Body | null => {
    const errors = faultsIn(state, data);
    const nameless =
      (data['last_name'] ?? '') === '' &&
      (resource === 'contacts' ? (data['name'] ?? '') === '' : (data['organization_name'] ?? '') === '');
    if (creating && nameless) errors.push({ code: 'missing', field: '/last_name' });
    const isBlank = typeof data['name'] === 'string' && data['name'] !== '' && data['name'].trim() === '';
    if (isBlank) errors.push({ code: 'blank', field: '/name' });
    return errors.length === 0
      ? null
      : problem(
          '422 Unprocessable Entity',
          ...errors.map((error) => ({ resource: type, message: error.code, details: error.code, ...error })),
        );
  };
  api.post(`/v2/${resource}`, async (c) => {
    const { data } = await c.req.json<{ data: Body }>();
    const refusal = refuse(data, true);
    if (refusal !== null) return c.json(refusal, 422);
    const other = refusedAs(state, data);
    if (other !== null) return c.json(problem(String(other[0]), { code: other[1] }), other[0]);
    return c.json({ data: present(resource, state.create(resource, data)), meta: { type } });
  });
  api.put(`/v2/${resource}/:id`, async (c) => {
    const object = state.objects[resource].get(Number(c.req.param('id')));
    if (object === undefined || object.deleted) return c.json(problem('404 Not Found', { code: 'not_found' }), 404);
    const { data } = await c.req.json<{ data: Body }>();
    const refusal = refuse(data, false);
    if (refusal !== null) return c.json(refusal, 422);
    const other = refusedAs(state, { ...object.values, ...data });
    if (other !== null) return c.json(problem(String(other[0]), { code: other[1] }), other[0]);
    state.set(object, data);
    return c.json({ data: present(resource, object), meta: { type } });
  });
}

/** A test's word on a record as a whole. */
const refusedAs = (state: SellState, data: Body): readonly [ContentfulStatusCode, string] | null => {
  const said = state.refusals.get(String(data['email'] ?? ''));
  // Whatever status a test names.
  return said === undefined ? null : [said[0] as ContentfulStatusCode, said[1]];
};

const FORMS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  datetime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/,
  bool: /^(true|false)$/,
};

/** Unknown attributes refuse the whole write; so do list values outside the choices. */
function faultsIn(state: SellState, data: Body): { code: string; field: string }[] {
  const faults = Object.keys(data)
    .filter((key) => !KNOWN.has(key))
    .map((key) => ({ code: 'unknown', field: `/${key}` }));
  const company = data['contact_id'];
  if (company !== undefined && company !== null && state.objects.contacts.get(Number(company))?.deleted !== false)
    faults.push({ code: 'incorrect_value', field: '/contact_id' });
  const custom = data['custom_fields'];
  if (typeof custom !== 'object' || custom === null) return faults;
  for (const [name, value] of Object.entries(custom)) {
    const field = state.custom.find((one) => one.name === name);
    const choices = field?.choices?.map((choice) => choice.name);
    if (field === undefined) faults.push({ code: 'unknown', field: `/custom_fields/${name}` });
    else if (choices !== undefined && value !== null && ![value].flat().every((one) => choices.includes(String(one))))
      faults.push({ code: 'incorrect_value', field: `/custom_fields/${name}` });
    else if (value !== null && FORMS[field.type]?.test(String(value)) === false)
      faults.push({ code: 'invalid_type', field: `/custom_fields/${name}` });
    else if (field.type === 'number' && value !== null && !Number.isFinite(Number(value)))
      faults.push({ code: 'invalid_type', field: `/custom_fields/${name}` });
  }
  return faults;
}
