import type { Hono } from 'hono';
import { emailKey } from '../../../core/email.ts';
import { type Body, inBatch, objects, problem } from './answers.ts';
import { type HubSpotState, PORTAL_ID, present, type StoredContact } from './state.ts';

interface Input {
  readonly id?: string;
  readonly idProperty?: string;
  readonly properties?: Record<string, string | null>;
  readonly objectWriteTraceId?: string;
  readonly associations?: readonly { readonly to: { readonly id: string } }[];
}

export function addWrites(api: Hono, state: HubSpotState): void {
  for (const op of ['create', 'update', 'upsert'] as const) {
    for (const path of objects(`/batch/${op}`)) {
      api.post(path, async (c) => {
        const { inputs } = await c.req.json<{ inputs: Input[] }>();
        const answer = writeBatch(state, op, inputs);
        return c.json(answer.body, answer.status);
      });
    }
  }
  for (const path of objects('/merge')) {
    api.post(path, async (c) => {
      const { primaryObjectId, objectIdToMerge } = await c.req.json<{
        primaryObjectId: string;
        objectIdToMerge: string;
      }>();
      const [winner, loser] = [state.contacts.get(primaryObjectId), state.contacts.get(objectIdToMerge)];
      if (winner === undefined || loser === undefined || winner === loser)
        return c.json(problem('OBJECT_NOT_FOUND', 'resource not found'), 404);
      return c.json(present(state.merge(loser, winner), undefined));
    });
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
  }
}

type Written =
  | { readonly contact: StoredContact; readonly isNew: boolean }
  | { readonly error: Body; readonly status: 400 | 404 | 409 };

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
        ...inBatch(written.error),
        context: {
          ...(written.error['context'] as Body | undefined),
          objectWriteTraceId: [input.objectWriteTraceId ?? ''],
        },
      });
    else
      results.push({
        ...present(written.contact, Object.keys(input.properties ?? {})),
        ...(input.objectWriteTraceId === undefined ? {} : { objectWriteTraceId: input.objectWriteTraceId }),
        ...(op === 'upsert' ? { new: written.isNew } : {}),
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
    return { contact: existing, isNew: false };
  }
  const contact = state.create(properties);
  for (const { to } of input.associations ?? []) {
    const company = state.companies.get(to.id);
    if (company !== undefined) state.associate(contact, company);
  }
  return { contact, isNew: true };
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
  const nowhere = input.associations?.find(({ to }) => !state.companies.has(to.id));
  if (nowhere !== undefined)
    return { error: problem('VALIDATION_ERROR', `Associated object ${nowhere.to.id} does not exist`), status: 400 };
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

const isMidnight = (value: string): boolean => /^\d+$/.test(value) && Number(value) % 86_400_000 === 0;

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
  if (property.type === 'bool' && value !== 'true' && value !== 'false')
    return say('INVALID_BOOLEAN', `${value} was not a valid boolean.`);
  if (property.type === 'date' && !/^\d{4}-\d{2}-\d{2}$/.test(value) && !isMidnight(value))
    return say('INVALID_DATE', `${value} is not midnight UTC and not a day.`);
  if (property.type === 'datetime' && Number.isNaN(/^\d+$/.test(value) ? Number(value) : Date.parse(value)))
    return say('INVALID_DATE', `${value} is not a valid timestamp.`);
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
