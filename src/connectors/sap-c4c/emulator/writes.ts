import { ENTITIES, type EntityName } from '../entities.ts';
import type { BatchedRequest } from './multipart.ts';
import { type Answer, present, problem } from './present.ts';
import { type C4cState, etagOf } from './state.ts';

type Body = Record<string, unknown>;
const isEntity = (name: string): name is EntityName => ENTITIES.some((one) => one === name);

/** A create or an update, as one changeset. */
export function write(state: C4cState, { method, path, headers, body: text }: BatchedRequest, url: string): Answer {
  const [, entity = '', id] = /^(\w+?)Collection(?:\('(\w+)'\))?$/.exec(path) ?? [];
  if (!isEntity(entity)) return problem(404, 'Resource not found');
  // What a JSON caller sends is an object.
  const body = JSON.parse(text || '{}') as Body;
  const shown = { entity, url, select: null, bare: false };
  if (method === 'POST') {
    const fault = faultOf(state, entity, body, true);
    if (fault !== null) return fault;
    const made = state.create(entity, body);
    const record = present(made, state, shown);
    // The address stands in the entity itself.
    const { uri } = record['__metadata'] as { uri: string };
    return { status: 201, body: { d: { results: record } }, headers: { Location: uri } };
  }
  const row = state.sets[entity].get(id ?? '');
  if (row === undefined) return problem(404, 'Resource not found');
  const condition = /^If-Match: (.*)$/im.exec(headers)?.[1];
  if (condition === undefined) return problem(428, 'A condition is required');
  if (condition !== etagOf(row)) return problem(412, 'The entity has been changed meanwhile');
  if (entity === 'Lead' && row.values['LifeCycleStatusCode'] === '6')
    return problem(400, 'The lead is converted and cannot be changed');
  const fault = faultOf(state, entity, body, false);
  if (fault !== null) return fault;
  state.set(row, body);
  return { status: 204, body: null };
}

const FORMS: Readonly<Record<string, RegExp>> = {
  'Edm.DateTime': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/,
  'Edm.DateTimeOffset': /^\/Date\(-?\d+\)\/$/,
  'Edm.Boolean': /^(true|false)$/,
  'Edm.Int16': /^-?\d{1,5}$/,
  'Edm.Int32': /^-?\d{1,10}$/,
};

function faultOf(state: C4cState, entity: EntityName, body: Body, creating: boolean): Answer | null {
  if (creating && entity === 'Lead' && (body['Name'] ?? '') === '') return problem(400, "Property 'Name' is mandatory");
  for (const [key, value] of Object.entries(body)) {
    const property = state.properties[entity].get(key);
    if (property === undefined) return problem(400, `Property '${key}' not found`);
    // Passed over on an update, by the vendor's word.
    if (!creating && (key === 'ETag' || key.endsWith('Text'))) continue;
    if (property.attributes.includes('sap:updatable="false"'))
      return problem(400, `Property '${key}' is read-only and cannot be updated`);
    const max = Number(/MaxLength="(\d+)"/.exec(property.attributes)?.[1] ?? Number.POSITIVE_INFINITY);
    if (typeof value === 'string' && property.type === 'Edm.String' && value.length > max)
      return problem(400, `Value of property '${key}' is too long`);
    if (property.type === 'Edm.Decimal' && value !== null && !Number.isFinite(Number(value)))
      return problem(400, `Value of property '${key}' is no decimal`);
    const form = FORMS[property.type];
    if (form !== undefined && value !== null && !form.test(String(value)))
      return problem(400, `Value of property '${key}' is no ${property.type}`);
    const list = state.codes.get(/value-help="(\w+)"/.exec(property.attributes)?.[1] ?? '');
    if (list !== undefined && value !== '' && !list.has(String(value)))
      return problem(400, `Value '${String(value)}' of property '${key}' is not allowed`);
  }
  return null;
}
