import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { emailKey } from '../../../core/email.ts';
import type { Property } from '../codec.ts';
import { search } from './search.ts';
import { type HubSpotState, PORTAL_ID, present, type StoredContact, UI_DOMAIN } from './state.ts';

type Body = Record<string, unknown>;
interface Input {
  readonly id?: string;
  readonly idProperty?: string;
  readonly properties?: Record<string, string | null>;
  readonly objectWriteTraceId?: string;
}

export const problem = (category: string, message: string, extra: Body = {}): Body => ({
  status: 'error',
  message,
  correlationId: randomUUID(),
  category,
  ...extra,
});

/** Dated and legacy paths have the same bodies. */
const objects = (path: string): string[] => [
  `/crm/objects/:version{[0-9-]+}/:type{contacts|0-1}${path}`,
  `/crm/:version{v3}/objects/:type{contacts|0-1}${path}`,
];

/** The API of emulated HubSpot. What it does is what `BEHAVIOR.md` says the vendor documents. */
export function hubSpotApi(state: HubSpotState, tokens: ReadonlySet<string>): Hono {
  const api = new Hono();
  api.use('*', async (c, next) => {
    if (c.req.path.includes('/oauth/')) return next();
    const token = c.req.header('authorization')?.replace(/^Bearer /, '');
    if (token === undefined || !tokens.has(token))
      return c.json(problem('INVALID_AUTHENTICATION', 'Authentication credentials not found.'), 401);
    await next();
    if (!c.req.path.endsWith('/search')) {
      c.res.headers.set('x-hubspot-ratelimit-daily', '250000');
      c.res.headers.set('x-hubspot-ratelimit-max', '100');
      c.res.headers.set('x-hubspot-ratelimit-interval-milliseconds', '10000');
    }
    return undefined;
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
  addProperties(api, state);
  addReads(api, state);
  addWrites(api, state);
  return api;
}

function addProperties(api: Hono, state: HubSpotState): void {
  for (const path of ['/crm/properties/:version/contacts', '/crm/properties/:version/0-1']) {
    api.get(path, (c) =>
      c.json({
        results: [...state.properties.values()].map((property) => ({
          description: '',
          groupName: 'contactinformation',
          options: [],
          calculated: false,
          hasUniqueValue: false,
          hidden: false,
          formField: true,
          displayOrder: -1,
          ...property,
        })),
      }),
    );
    api.post(path, async (c) => {
      const property = await c.req.json<Property>();
      if (state.properties.has(property.name))
        return c.json(problem('OBJECT_ALREADY_EXISTS', `A property named '${property.name}' already exists.`), 409);
      state.properties.set(property.name, { ...property, hubspotDefined: false });
      return c.json(property, 201);
    });
  }
  api.get('/crm/property-validations/:version/:type', (c) =>
    c.json({
      results: [...state.maxLengths].map(([propertyName, max]) => ({
        propertyName,
        validationRules: [{ ruleType: 'MAX_LENGTH', ruleArguments: [String(max)] }],
      })),
    }),
  );
}

function addReads(api: Hono, state: HubSpotState): void {
  for (const path of objects('')) {
    api.get(path, (c) => {
      const archived = c.req.query('archived') === 'true';
      const limit = Math.min(Number(c.req.query('limit') ?? 10), 100);
      const after = Number(c.req.query('after') ?? 0);
      const asked = c.req.queries('properties')?.flatMap((names) => names.split(','));
      const start = state.inOrder.findIndex(
        (contact) =>
          Number(contact.id) > after && (contact.archivedAt !== null) === archived && contact.mergedInto === null,
      );
      const results: StoredContact[] = [];
      let more = false;
      for (let index = start; index >= 0 && index < state.inOrder.length; index += 1) {
        const contact = state.inOrder[index];
        if (contact === undefined || (contact.archivedAt !== null) !== archived || contact.mergedInto !== null)
          continue;
        if (results.length === limit) {
          more = true;
          break;
        }
        results.push(contact);
      }
      const last = results.at(-1);
      return c.json({
        results: results.map((contact) => present(contact, asked)),
        ...(more && last ? { paging: { next: { after: last.id } } } : {}),
      });
    });
  }
  for (const path of objects('/search')) {
    api.post(path, async (c) => {
      const answer = search(state, await c.req.text());
      return 'problem' in answer ? c.json(answer.problem, 400) : c.json(answer);
    });
  }
  for (const path of objects('/batch/read')) {
    api.post(path, async (c) => {
      const { inputs, properties, idProperty } = await c.req.json<{
        inputs: { id: string }[];
        properties?: string[];
        idProperty?: string;
      }>();
      if (inputs.length > 100)
        return c.json(
          problem('VALIDATION_ERROR', 'The maximum number of inputs supported in a batch request is 100.'),
          400,
        );
      const found = new Map<string, StoredContact>();
      const missing: string[] = [];
      for (const { id } of inputs) {
        const contact = idProperty === 'email' ? state.holderOf(id) : state.follow(id);
        if (contact === undefined || contact.archivedAt !== null) missing.push(id);
        else found.set(contact.id, contact);
      }
      const results = [...found.values()].map((contact) => present(contact, properties));
      const errors =
        missing.length === 0
          ? {}
          : {
              numErrors: 1,
              errors: [
                problem('OBJECT_NOT_FOUND', 'Could not get some CONTACT objects, they may be deleted or not exist.', {
                  context: { ids: missing },
                }),
              ],
            };
      return c.json(
        {
          status: 'COMPLETE',
          results,
          ...errors,
          startedAt: new Date().toISOString(),
          completedAt: new Date().toISOString(),
        },
        missing.length === 0 ? 200 : 207,
      );
    });
  }
  for (const path of objects('/:id{[^/]+}')) {
    api.get(path, (c) => {
      const id = decodeURIComponent(c.req.param('id') ?? '');
      const contact = c.req.query('idProperty') === 'email' ? state.holderOf(id) : state.follow(id);
      if (contact === undefined || contact.archivedAt !== null)
        return c.json(problem('OBJECT_NOT_FOUND', 'resource not found'), 404);
      return c.json(
        present(
          contact,
          c.req.queries('properties')?.flatMap((names) => names.split(',')),
        ),
      );
    });
  }
}

function addWrites(api: Hono, state: HubSpotState): void {
  for (const op of ['create', 'update', 'upsert'] as const) {
    for (const path of objects(`/batch/${op}`)) {
      api.post(path, async (c) => {
        const { inputs } = await c.req.json<{ inputs: Input[] }>();
        const answer = writeBatch(state, op, inputs);
        return c.json(answer.body, answer.status);
      });
    }
  }
  for (const path of objects('')) {
    api.post(path, async (c) => {
      const { properties } = await c.req.json<Input>();
      const result = writeOne(state, 'create', { properties: properties ?? {} });
      return 'error' in result
        ? c.json(result.error, result.status)
        : c.json(present(result.contact, Object.keys(properties ?? {})), 201);
    });
  }
  for (const path of objects('/:id{[^/]+}')) {
    api.patch(path, async (c) => {
      const id = decodeURIComponent(c.req.param('id') ?? '');
      const target = c.req.query('idProperty') === 'email' ? state.holderOf(id)?.id : state.follow(id)?.id;
      const { properties } = await c.req.json<Input>();
      const result = writeOne(state, 'update', { id: target ?? id, properties: properties ?? {} });
      return 'error' in result
        ? c.json(result.error, result.status)
        : c.json(present(result.contact, Object.keys(properties ?? {})));
    });
    api.delete(path, (c) => {
      const contact = state.contacts.get(c.req.param('id') ?? '');
      if (contact !== undefined && contact.archivedAt === null) state.archive(contact);
      return c.body(null, 204);
    });
  }
}

type Written = { readonly contact: StoredContact } | { readonly error: Body; readonly status: 400 | 404 | 409 };

function writeBatch(
  state: HubSpotState,
  op: 'create' | 'update' | 'upsert',
  inputs: readonly Input[],
): { body: Body; status: 200 | 201 | 207 | 400 | 404 | 409 } {
  if (inputs.length > 100)
    return {
      body: problem('VALIDATION_ERROR', 'The maximum number of inputs supported in a batch request is 100.'),
      status: 400,
    };
  const ids = inputs.map((input) => input.id ?? input.properties?.['email'] ?? '');
  if (new Set(ids.map((id) => id.toLowerCase())).size < ids.filter((id) => id !== '').length)
    return { body: problem('VALIDATION_ERROR', 'Duplicate IDs found in batch input'), status: 400 };
  const partial =
    new Set(inputs.map((input) => input.objectWriteTraceId)).size === inputs.length &&
    inputs.every((input) => input.objectWriteTraceId !== undefined);
  const checked = inputs.map((input) => ({ input, error: refuse(state, op, input) }));
  const first = checked.find(({ error }) => error !== null)?.error;
  // Without a trace id of its own for every input, one bad input fails all.
  if (!partial && first) return { body: first.error, status: first.status };
  const results: Body[] = [];
  const errors: Body[] = [];
  for (const { input, error } of checked) {
    const written = error ?? writeOne(state, op, input);
    if ('error' in written)
      errors.push({
        ...written.error,
        context: {
          ...(written.error['context'] as Body | undefined),
          objectWriteTraceId: [input.objectWriteTraceId ?? ''],
        },
      });
    else
      results.push({
        ...present(written.contact, Object.keys(input.properties ?? {})),
        ...(input.objectWriteTraceId === undefined ? {} : { objectWriteTraceId: input.objectWriteTraceId }),
      });
  }
  const body = {
    status: 'COMPLETE',
    results: results.reverse(),
    ...(errors.length > 0 ? { numErrors: errors.length, errors } : {}),
    startedAt: new Date().toISOString(),
    completedAt: new Date().toISOString(),
  };
  return { body, status: errors.length > 0 ? 207 : op === 'create' ? 201 : 200 };
}

function writeOne(state: HubSpotState, op: 'create' | 'update' | 'upsert', input: Input): Written {
  const refused = refuse(state, op, input);
  if (refused !== null) return refused;
  const properties = input.properties ?? {};
  const existing =
    op === 'create'
      ? undefined
      : op === 'upsert' && input.idProperty === 'email'
        ? state.holderOf(input.id ?? '')
        : state.contacts.get(input.id ?? '');
  if (existing !== undefined) {
    state.set(existing, properties);
    return { contact: existing };
  }
  return { contact: state.create(properties) };
}

function refuse(
  state: HubSpotState,
  op: 'create' | 'update' | 'upsert',
  input: Input,
): Extract<Written, { error: Body }> | null {
  const properties = input.properties ?? {};
  const target = op === 'update' ? state.contacts.get(input.id ?? '') : undefined;
  // An old id reaches the merged record by GET and PATCH, not by batch/update.
  if (op === 'update' && (target === undefined || target.archivedAt !== null))
    return {
      error: problem('OBJECT_NOT_FOUND', 'resource not found', { context: { ids: [input.id ?? ''] } }),
      status: 404,
    };
  const bad = Object.entries(properties).flatMap(([name, value]) => complain(state, name, value));
  const missing =
    op === 'create'
      ? [...state.required]
          .filter((name) => !properties[name])
          .map((name) => ({ name, error: 'REQUIRED_FIELD', message: `Property "${name}" is required` }))
      : [];
  const all = [...bad, ...missing];
  if (all.length > 0) {
    const message = `Property values were not valid: ${JSON.stringify(all.map((one) => ({ isValid: false, ...one, localizedErrorMessage: one.message, portalId: PORTAL_ID })))}`;
    const errors = all.map((one) => ({ message: one.message, code: one.error, context: { propertyName: [one.name] } }));
    return { error: problem('VALIDATION_ERROR', message, { errors }), status: 400 };
  }
  const email = properties['email'];
  const holder = email ? state.holderOf(email) : undefined;
  if (holder !== undefined && op !== 'upsert' && holder.id !== target?.id)
    return { error: problem('CONFLICT', `Contact already exists. Existing ID: ${holder.id}`), status: 409 };
  return null;
}

function complain(
  state: HubSpotState,
  name: string,
  value: string | null,
): { name: string; error: string; message: string }[] {
  const property = state.properties.get(name);
  const say = (error: string, message: string): { name: string; error: string; message: string }[] => [
    { name, error, message },
  ];
  if (property === undefined) return say('PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`);
  if (property.modificationMetadata?.readOnlyValue === true || property.calculated === true)
    return say('READ_ONLY_VALUE', `"${name}" is a read only property; its value cannot be set.`);
  if (value === null || value === '') return [];
  if (name === 'email' && emailKey(value) === null) return say('INVALID_EMAIL', `Email address ${value} is invalid`);
  if (property.type === 'number' && !Number.isFinite(Number(value)))
    return say('INVALID_DOUBLE', `${value} was not a valid number.`);
  const options = property.options ?? [];
  const chosen = property.fieldType === 'checkbox' ? value.split(';').filter((part) => part !== '') : [value];
  const isList = property.type === 'enumeration' && property.externalOptions !== true;
  if (isList && chosen.some((one) => !options.some((option) => option.value === one)))
    return say(
      'INVALID_OPTION',
      `${value} was not one of the allowed options: [${options.map((option) => option.value).join(', ')}]`,
    );
  const max = state.maxLengths.get(name) ?? 65_536;
  return value.length > max ? say('MAX_LENGTH', `${name} must be at most ${max} characters`) : [];
}
