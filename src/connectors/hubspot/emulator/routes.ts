import { Hono } from 'hono';
import type { Property } from '../codec.ts';
import { type Body, problem } from './answers.ts';
import { addCompanies } from './companies.ts';
import { addDeletions } from './deletions.ts';
import type { HubSpotWebhooks } from './hooks.ts';
import { addNotes } from './notes.ts';
import { addReads } from './reads.ts';
import { type HubSpotState, PORTAL_ID, UI_DOMAIN } from './state.ts';
import { addWrites } from './writes.ts';

const OWNERS = ['Rita Rep', 'Otto Owner', 'Gustav Gone'].map((name, index) => ({
  id: String(501 + index),
  email: `${name.split(' ')[0]?.toLowerCase()}@example.com`,
  type: 'PERSON',
  firstName: name.split(' ')[0],
  lastName: name.split(' ')[1],
  userId: 9_001 + index,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  archived: name.endsWith('Gone'),
}));

/** The API of emulated HubSpot. What it does is what `BEHAVIOR.md` says the vendor documents. */
export function hubSpotApi(state: HubSpotState, accepts: (token: string) => boolean, webhooks: HubSpotWebhooks): Hono {
  const api = new Hono();
  // With a key of its own, before tokens are asked for.
  webhooks.addRoutes(api);
  let calls = 0;
  api.use('*', async (c, next) => {
    const token = c.req.header('authorization')?.replace(/^Bearer /, '');
    if (token === undefined || !accepts(token))
      return c.json(problem('INVALID_AUTHENTICATION', 'Authentication credentials not found.'), 401);
    await next();
    if (!c.req.path.endsWith('/search')) {
      calls += 1;
      c.res.headers.set('x-hubspot-ratelimit-daily', '250000');
      c.res.headers.set('x-hubspot-ratelimit-daily-remaining', String(250_000 - calls));
      c.res.headers.set('x-hubspot-ratelimit-max', '100');
      c.res.headers.set('x-hubspot-ratelimit-remaining', '99');
      c.res.headers.set('x-hubspot-ratelimit-interval-milliseconds', '10000');
    }
    return undefined;
  });
  api.post('/oauth/v2/private-apps/get/access-token-info', async (c) => {
    const { tokenKey } = await c.req.json<{ tokenKey?: string }>();
    if (tokenKey === undefined || !accepts(tokenKey))
      return c.json(problem('INVALID_AUTHENTICATION', 'The access token is invalid'), 401);
    return c.json({ userId: 1, hubId: PORTAL_ID, appId: 7, scopes: [...state.scopes] });
  });
  api.post('/oauth/:version/token/introspect', async (c) => {
    const form = await c.req.parseBody();
    const active = accepts(String(form['token'] ?? ''));
    const about = { token_use: 'access_token', hub_id: PORTAL_ID, user_id: 1, scopes: [...state.scopes] };
    return c.json(active ? { active, ...about } : { active });
  });
  api.get('/account-info/:version/details', (c) =>
    c.json({
      portalId: PORTAL_ID,
      accountType: 'STANDARD',
      timeZone: 'Europe/Paris',
      companyCurrency: 'EUR',
      additionalCurrencies: [],
      utcOffset: '+01:00',
      utcOffsetMilliseconds: 3_600_000,
      uiDomain: UI_DOMAIN,
      dataHostingLocation: 'eu1',
    }),
  );
  // Deactivated ones come only when asked for.
  for (const path of ['/crm/owners/:version', '/crm/v3/owners', '/crm/v3/owners/'])
    api.get(path, (c) =>
      c.json({ results: OWNERS.filter((one) => one.archived === (c.req.query('archived') === 'true')) }),
    );
  addProperties(api, state);
  addReads(api, state);
  addWrites(api, state);
  addDeletions(api, state);
  addNotes(api, state);
  addCompanies(api, state);
  return api;
}

function addProperties(api: Hono, state: HubSpotState): void {
  const described = (property: Property): Body => ({
    description: '',
    groupName: 'contactinformation',
    calculated: false,
    hasUniqueValue: false,
    hidden: false,
    formField: true,
    displayOrder: -1,
    ...property,
    options: (property.options ?? []).map((option, displayOrder) => ({ hidden: false, displayOrder, ...option })),
  });
  for (const path of [
    '/crm/properties/:version/:type{(?:contacts|0-1)}',
    '/crm/v3/properties/:type{(?:contacts|0-1)}',
  ]) {
    api.get(path, (c) => c.json({ results: [...state.properties.values()].map(described) }));
    api.get(`${path}/:name`, (c) => {
      const property = state.properties.get(c.req.param('name') ?? '');
      return property === undefined
        ? c.json(problem('OBJECT_NOT_FOUND', `Property ${c.req.param('name')} does not exist`), 404)
        : c.json(described(property));
    });
    // The list that is sent takes the place of the one that stands there.
    api.patch(`${path}/:name`, async (c) => {
      const name = c.req.param('name') ?? '';
      const property = state.properties.get(name);
      if (property === undefined) return c.json(problem('OBJECT_NOT_FOUND', `Property ${name} does not exist`), 404);
      const { options } = await c.req.json<Partial<Property>>();
      const values = (options ?? []).map((option) => option.value);
      if (new Set(values).size < values.length)
        return c.json(problem('VALIDATION_ERROR', 'Property option values must be unique'), 400);
      const changed = options === undefined ? property : { ...property, options };
      state.properties.set(name, changed);
      return c.json(described(changed));
    });
    api.post(path, async (c) => {
      const property = await c.req.json<Property>();
      if (state.properties.has(property.name))
        return c.json(problem('OBJECT_ALREADY_EXISTS', `A property named '${property.name}' already exists.`), 409);
      state.properties.set(property.name, { ...property, hubspotDefined: false });
      return c.json(described(property), 201);
    });
  }
  api.get('/crm/property-validations/:version/:type', (c) =>
    c.json({
      results: [...state.maxLengths].map(([propertyName, max]) => ({
        propertyName,
        propertyValidationRules: [{ ruleType: 'MAX_LENGTH', ruleArguments: [String(max)] }],
      })),
    }),
  );
}
