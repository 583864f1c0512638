import { type Context, Hono } from 'hono';
import { type PersonField, splitName } from '../codec.ts';
import { faultOf, valuesOf } from './check-person.ts';
import type { PipedriveWebhooks } from './hooks.ts';
import { addNotes } from './notes.ts';
import { hashOf, type PipedriveState, type StoredPerson } from './state.ts';

type Body = Record<string, unknown>;
export const COMPANY_ID = 54_235_233;

const refusal = (error: string, code = 'ERR_SCHEMA_VALIDATION_FAILED'): Body => ({ success: false, error, code });
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

/** What a read asked for: some custom fields (null: all), fields that come on demand only. */
interface Asked {
  readonly custom: readonly string[] | null;
  readonly include: readonly string[];
}
/** Fields of its own that come only when they are asked for. */
const ON_DEMAND = ['marketing_status', 'open_deals_count'] as const;
const ALL: Asked = { custom: null, include: [] };
const askedBy = (c: Context): Asked => ({
  custom: c.req.query('custom_fields')?.split(',') ?? null,
  include: c.req.query('include_fields')?.split(',') ?? [],
});

function present(person: StoredPerson, state: PipedriveState, { custom, include }: Asked): Body {
  const { first, last } = splitName({ name: person.name });
  const own = state.fields.filter((field) => field.is_custom_field === true).map((field) => field.field_code);
  return {
    id: person.id,
    name: person.name,
    first_name: first,
    last_name: last,
    owner_id: person.owner_id,
    org_id: person.org_id,
    add_time: iso(person.addedAt),
    update_time: iso(person.updatedAt),
    emails: person.emails,
    phones: person.phones,
    is_deleted: person.deletedAt !== null,
    visible_to: 7,
    label_ids: person.label_ids,
    picture_id: null,
    job_title: person.job_title,
    notes: person.notes,
    ...Object.fromEntries(ON_DEMAND.filter((key) => include.includes(key)).map((key) => [key, person[key]])),
    custom_fields: Object.fromEntries((custom ?? own).map((key) => [key, person.custom[key] ?? null])),
  };
}

/** The API of emulated Pipedrive: v2 where it exists, v1 for the rest. What it does is what `BEHAVIOR.md` says. */
export function pipedriveApi(
  state: PipedriveState,
  accepts: (given: { readonly apiToken: string | undefined; readonly bearer: string | undefined }) => boolean,
  webhooks: PipedriveWebhooks,
): Hono {
  const api = new Hono();
  api.use('*', async (c, next) => {
    const bearer = c.req.header('authorization')?.replace(/^Bearer /, '');
    if (!accepts({ apiToken: c.req.header('x-api-token'), bearer }))
      return c.json(
        {
          success: false,
          error: 'unauthorized access',
          errorCode: 401,
          error_info: 'Please check developers.pipedrive.com',
        },
        401,
      );
    await next();
    c.res.headers.set('x-ratelimit-limit', '20');
    c.res.headers.set('x-ratelimit-remaining', '19');
    c.res.headers.set('x-ratelimit-reset', '2');
    return undefined;
  });
  // Unknown paths answer with a page, not with JSON.
  api.notFound((c) => c.html('<html><body>Not Found</body></html>', 404));
  for (const prefix of ['/v1', '/api/v1']) {
    addV1(api, prefix, state);
    addNotes(api, prefix, state);
    webhooks.addRoutes(api, prefix);
  }
  addFields(api, state);
  addReads(api, state);
  addSearch(api, state);
  addWrites(api, state);
  return api;
}

const USERS = ['Integration', 'Rita Rep', 'Gone Gustav'].map((name, index) => ({
  id: index + 1,
  name,
  email: ['crm@example.com', 'rita@example.com', 'gustav@example.com'][index],
  default_currency: 'EUR',
  timezone_name: 'Europe/Berlin',
  active_flag: !name.startsWith('Gone'),
  is_you: index === 0,
}));

function addV1(api: Hono, prefix: string, state: PipedriveState): void {
  api.get(`${prefix}/users/me`, (c) =>
    c.json({
      success: true,
      data: {
        ...USERS[0],
        active_flag: state.isUserActive,
        company_id: COMPANY_ID,
        company_name: 'Emulated Pipedrive',
        company_domain: 'emulated',
      },
    }),
  );
  api.get(`${prefix}/users`, (c) => c.json({ success: true, data: USERS }));
  api.put(`${prefix}/persons/:id/merge`, async (c) => {
    const { merge_with_id: into } = await c.req.json<{ merge_with_id: number }>();
    const [loser, winner] = [state.persons.get(Number(c.req.param('id'))), state.persons.get(into)];
    if (loser === undefined || winner === undefined || loser === winner)
      return c.json({ success: false, error: 'Person not found', data: null }, 404);
    state.merge(loser, winner);
    return c.json({ success: true, data: { id: winner.id } });
  });
  api.get(`${prefix}/recents`, (c) => {
    const since = Date.parse(`${(c.req.query('since_timestamp') ?? '').replace(' ', 'T')}Z`);
    if (Number.isNaN(since))
      return c.json({ success: false, error: 'since_timestamp must be provided', data: null }, 400);
    const start = Number(c.req.query('start') ?? 0);
    const limit = Math.min(Number(c.req.query('limit') ?? 100), 500);
    const items = new Set([c.req.query('items') ?? 'person']);
    const persons = [...state.persons.values()].map((person) => ({
      item: 'person',
      id: person.id,
      name: person.name,
      at: person.updatedAt,
      active_flag: person.deletedAt === null,
    }));
    const organizations = [
      ...[...state.organizationsUpdated].map(([id, at]) => ({
        id,
        name: state.organizations.get(id),
        at,
        active_flag: true,
      })),
      ...[...state.organizationsDeleted].map(([id, at]) => ({ id, name: '', at, active_flag: false })),
    ].map((one) => ({ ...one, item: 'organization' }));
    const changed = [...persons, ...organizations]
      .filter(({ item, at }) => items.has(item) && at >= since)
      .sort((a, b) => a.at - b.at || a.id - b.id);
    const page = changed.slice(start, start + limit);
    const more = changed.length > start + limit;
    return c.json({
      success: true,
      data: page.map(({ item, id, name, active_flag }) => ({ item, id, data: { id, name, active_flag } })),
      additional_data: {
        pagination: { start, limit, more_items_in_collection: more, ...(more ? { next_start: start + limit } : {}) },
      },
    });
  });
}

function addFields(api: Hono, state: PipedriveState): void {
  const described = (field: PersonField): Body => ({
    ...field,
    is_custom_field: field.is_custom_field ?? false,
    is_optional_response_field: ON_DEMAND.some((key) => key === field.field_code),
  });
  api.get('/api/v2/personFields', (c) =>
    c.json({ success: true, data: state.fields.map(described), additional_data: { next_cursor: null } }),
  );
  api.post('/api/v2/personFields/:code/options', async (c) => {
    const index = state.fields.findIndex((one) => one.field_code === c.req.param('code'));
    const field = state.fields[index];
    const wishes = await c.req.json<{ label: string }[]>();
    if (field === undefined || !['enum', 'set'].includes(field.field_type) || wishes.length === 0)
      return c.json(refusal('options: not supported by this field'), 400);
    const last = Math.max(0, ...(field.options ?? []).map((option) => Number(option.id)));
    const made = wishes.map(({ label }, offset) => ({ id: last + 1 + offset, label }));
    state.fields[index] = { ...field, options: [...(field.options ?? []), ...made] };
    return c.json({ success: true, data: made, additional_data: null });
  });
  api.post('/api/v2/personFields', async (c) => {
    const { field_name, field_type } = await c.req.json<{ field_name: string; field_type: string }>();
    const field = { field_name, field_code: hashOf(field_name), field_type, options: null, is_custom_field: true };
    state.fields.push(field);
    return c.json({ success: true, data: described(field) });
  });
}

interface Position {
  readonly value: number;
  readonly id: number;
}

function addReads(api: Hono, state: PipedriveState): void {
  api.get('/api/v2/persons', (c) => {
    const limit = Math.min(Number(c.req.query('limit') ?? 100), 500);
    const asked = askedBy(c);
    if ((asked.custom?.length ?? 0) > 15) return c.json(refusal('custom_fields: at most 15 keys'), 400);
    const ids = c.req.query('ids')?.split(',').map(Number);
    if (ids !== undefined) {
      if (ids.length > 100) return c.json(refusal('ids: at most 100'), 400);
      const found = ids.flatMap((id) => state.persons.get(id) ?? []).filter((person) => person.deletedAt === null);
      return c.json({
        success: true,
        data: found.map((person) => present(person, state, asked)),
        additional_data: { next_cursor: null },
      });
    }
    const since = c.req.query('updated_since');
    // Milliseconds are refused.
    if (since !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(since))
      return c.json(refusal('updated_since: not a valid datetime'), 400);
    const from = since === undefined ? 0 : Date.parse(since);
    const key = c.req.query('sort_by') === 'update_time' ? 'updatedAt' : 'id';
    const cursor = c.req.query('cursor');
    // Written below.
    const after = cursor === undefined ? null : (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Position);
    const wanted = [...state.persons.values()].filter(
      (person) =>
        person.deletedAt === null &&
        person.updatedAt >= from &&
        (after === null || person[key] > after.value || (person[key] === after.value && person.id > after.id)),
    );
    if (key === 'updatedAt') wanted.sort((a, b) => a.updatedAt - b.updatedAt || a.id - b.id);
    const page = wanted.slice(0, limit);
    const last = page.at(-1);
    const next =
      wanted.length > limit && last !== undefined
        ? Buffer.from(JSON.stringify({ value: last[key], id: last.id })).toString('base64url')
        : null;
    return c.json({
      success: true,
      data: page.map((person) => present(person, state, asked)),
      additional_data: { next_cursor: next },
    });
  });
  // A deleted person is still shown by its id, with its flag, until the bin is emptied.
  api.get('/api/v2/persons/:id{[0-9]+}', (c) => {
    const person = state.persons.get(Number(c.req.param('id')));
    if (person === undefined || !state.isInSight(person))
      return c.json(refusal('Person not found', 'ERR_NOT_FOUND'), 404);
    return c.json({ success: true, data: present(person, state, askedBy(c)) });
  });
  api.get('/api/v2/organizations', (c) => {
    const shown = (id: number): Body => ({
      id,
      name: state.organizations.get(id),
      update_time: iso(state.organizationsUpdated.get(id) ?? 0),
    });
    if (c.req.query('ids') === undefined) {
      const since = Date.parse(c.req.query('updated_since') ?? '1970-01-01T00:00:00Z');
      const start = Number(c.req.query('cursor') ?? 0);
      const limit = Math.min(Number(c.req.query('limit') ?? 100), 500);
      const changed = [...state.organizationsUpdated]
        .filter(([, at]) => at >= since)
        .sort((a, b) => a[1] - b[1] || a[0] - b[0]);
      const more = changed.length > start + limit;
      return c.json({
        success: true,
        data: changed.slice(start, start + limit).map(([id]) => shown(id)),
        additional_data: { next_cursor: more ? String(start + limit) : null },
      });
    }
    const ids = (c.req.query('ids') ?? '').split(',').map(Number);
    const data = ids.flatMap((id) => (state.organizations.has(id) ? [{ id, name: state.organizations.get(id) }] : []));
    return c.json({ success: true, data, additional_data: { next_cursor: null } });
  });
}

function addSearch(api: Hono, state: PipedriveState): void {
  const items = (found: readonly Body[]): Body => ({
    success: true,
    data: { items: found.map((item) => ({ result_score: 1, item })) },
    additional_data: { next_cursor: null },
  });
  const isIndexed = (person: StoredPerson): boolean => person.updatedAt + state.indexLagMs <= state.clock.now();
  api.get('/api/v2/persons/search', (c) => {
    const term = (c.req.query('term') ?? '').toLowerCase();
    const exact = c.req.query('exact_match') === 'true';
    if (term.length < (exact ? 1 : 2)) return c.json(refusal('term: too short'), 400);
    const holders = exact ? state.holders(term) : state.holdersLike(term);
    const found = holders.filter(isIndexed).map((person) => ({
      id: person.id,
      type: 'person',
      name: person.name,
      phones: person.phones.map((one) => one.value),
      emails: person.emails.map((one) => one.value),
      visible_to: 3,
      owner: { id: 1 },
      organization: null,
      custom_fields: [],
      notes: [],
    }));
    return c.json(items(found));
  });
  api.get('/api/v2/itemSearch/field', (c) => {
    // This search tells capitals from small letters.
    const [field, term] = [c.req.query('field') ?? '', c.req.query('term') ?? ''];
    const data = [...state.persons.values()]
      .filter((person) => person.deletedAt === null && isIndexed(person) && String(person.custom[field] ?? '') === term)

      .map((person) => ({ result_score: 1, item: { id: person.id, name: person.name } }));
    return c.json({ success: true, data, additional_data: { next_cursor: null } });
  });
  api.get('/api/v2/organizations/search', (c) => {
    const term = (c.req.query('term') ?? '').toLowerCase();
    const found = [...state.organizations].filter(([, name]) => name.toLowerCase() === term);
    return c.json(items(found.map(([id, name]) => ({ id, type: 'organization', name }))));
  });
}

function addWrites(api: Hono, state: PipedriveState): void {
  api.post('/api/v2/organizations', async (c) => {
    const { name } = await c.req.json<{ name: string }>();
    if (typeof name !== 'string' || name.trim() === '') return c.json(refusal('name: required'), 400);
    return c.json({ success: true, data: { id: state.createOrganization(name), name } });
  });
  api.post('/api/v2/persons', async (c) => {
    const body = await c.req.json<Body>();
    body['name'] ??= [body['first_name'], body['last_name']].filter((part) => typeof part === 'string').join(' ');
    if (typeof body['name'] !== 'string' || body['name'].trim() === '')
      return c.json(refusal('Name must be given.'), 400);
    const fault = faultOf(body, state);
    if (fault !== null) return c.json(refusal(fault), 400);
    return c.json({ success: true, data: present(state.create(valuesOf(body)), state, ALL) });
  });
  api.patch('/api/v2/persons/:id', async (c) => {
    const person = state.persons.get(Number(c.req.param('id')));
    if (person === undefined || person.deletedAt !== null)
      return c.json(refusal('Person not found', 'ERR_NOT_FOUND'), 404);
    const body = await c.req.json<Body>();
    const fault = faultOf(body, state);
    if (fault !== null) return c.json(refusal(fault), 400);
    state.set(person, valuesOf(body));
    return c.json({ success: true, data: present(person, state, ALL) });
  });
  api.delete('/api/v2/persons/:id', (c) => {
    const id = c.req.param('id');
    if (!/^\d+$/.test(id)) return c.json(refusal('id: expected integer'), 400);
    const person = state.persons.get(Number(id));
    if (person === undefined || !state.isInSight(person))
      return c.json(refusal('Person not found', 'ERR_NOT_FOUND'), 404);
    if (!state.mayDelete || state.kept.has(person.id))
      return c.json(
        {
          success: false,
          error: 'You do not have permission to delete this person.',
          error_info: 'Please check developers.pipedrive.com for more information about Pipedrive API.',
          data: null,
        },
        403,
      );
    if (person.deletedAt === null) state.remove(person);
    return c.json({ success: true, data: { id: person.id } });
  });
}
