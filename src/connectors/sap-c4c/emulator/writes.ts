import type { BatchedRequest, RunChangeset } from './multipart.ts';
import { type Answer, present, problem } from './present.ts';
import { type C4cState, etagOf, isSet, type SetName } from './state.ts';

type Body = Record<string, unknown>;

/** A create, an update or a deletion, in a changeset or by itself. */
export interface WriteRequest {
  readonly method: string;
  /** Under the service root. */
  readonly path: string;
  readonly ifMatch: string | undefined;
  readonly body: string;
  /** The answer to a create carries nothing (`odata-no-response-payload`). */
  readonly silent: boolean;
  /** `{d: {…}}` by the protocol, in place of this service's own `{d: {results: {…}}}`. */
  readonly strict: boolean;
}

const header = (headers: string, name: string): string | undefined =>
  new RegExp(`^${name}: *(.*)$`, 'im').exec(headers)?.[1]?.trim();

/** One changeset: all or nothing. */
export const changesetOf =
  (state: C4cState, url: string): RunChangeset =>
  (requests) => {
    const undo = requests.length > 1 ? state.snapshot() : () => undefined;
    const done: Answer[] = [];
    for (const request of requests) {
      const answer = write(state, inBatch(request), url);
      if (answer.status >= 300) {
        undo();
        return answer;
      }
      done.push(answer);
    }
    return done;
  };

const inBatch = ({ method, path, headers, body }: BatchedRequest): WriteRequest => ({
  method: method === 'POST' ? (header(headers, 'X-HTTP-Method') ?? method) : method,
  path,
  ifMatch: header(headers, 'If-Match'),
  body,
  silent: header(headers, 'odata-no-response-payload') === 'true',
  strict: header(headers, 'odata-v2-strict-json-format') === 'true',
});

export function write(state: C4cState, request: WriteRequest, url: string): Answer {
  const { method, path, ifMatch } = request;
  const [, entity = '', id] = /^(\w+?)Collection(?:\('(\w+)'\))?\/?$/.exec(path) ?? [];
  if (!isSet(entity)) return problem(404, 'Resource not found');
  const body = bodyOf(request.body);
  if (body === null) return problem(400, 'The payload is no JSON');
  if (method === 'POST') return create(state, { entity, body, url, request });
  const row = state.sets[entity].get(id ?? '');
  if (row === undefined && method === 'DELETE')
    return problem(404, 'Delete not possible; object does not exist', 'ERROR');
  if (row === undefined) return problem(404, 'Resource not found');
  if (ifMatch === undefined) return problem(428, 'A condition is required');
  if (ifMatch !== etagOf(row) && ifMatch !== '*') return problem(412, 'The entity has been changed meanwhile');
  if (entity === 'Lead' && row.values['LifeCycleStatusCode'] === '6')
    return problem(400, 'The lead is converted and cannot be changed');
  if (method === 'DELETE') {
    if (state.notDeletable.has(entity) || state.undeletable.has(row.ObjectID))
      return problem(403, 'No delete authorization. Please contact your administrator.', 'ERROR');
    state.sets[entity].delete(row.ObjectID);
    return { status: 204, body: null };
  }
  const fault = faultOf(state, entity, body, row.values);
  if (fault !== null) return fault;
  state.set(row, body);
  return { status: 204, body: null };
}

function create(
  state: C4cState,
  input: { readonly entity: SetName; readonly body: Body; readonly url: string; readonly request: WriteRequest },
): Answer {
  const { entity, body, url, request } = input;
  const fault = faultOf(state, entity, body, null);
  if (fault !== null) return fault;
  const record = present(state.create(entity, body), state, { entity, url, select: null, bare: false });
  // The address stands in the entity itself.
  const { uri } = record['__metadata'] as { uri: string };
  const whole = request.strict ? { d: record } : { d: { results: record } };
  return { status: 201, body: request.silent ? null : whole, headers: { Location: uri } };
}

/** What a JSON caller sends is an object. */
function bodyOf(text: string): Body | null {
  try {
    const parsed: unknown = JSON.parse(text || '{}');
    return typeof parsed === 'object' && parsed !== null ? (parsed as Body) : null;
  } catch {
    return null;
  }
}

const FORMS: Readonly<Record<string, RegExp>> = {
  'Edm.DateTime': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/,
  'Edm.DateTimeOffset': /^\/Date\(-?\d+\)\/$/,
  'Edm.Boolean': /^(true|false)$/,
  'Edm.Int16': /^-?\d{1,5}$/,
  'Edm.Int32': /^-?\d{1,10}$/,
};

/** `stored` null: of a create. */
function faultOf(state: C4cState, entity: SetName, body: Body, stored: Body | null): Answer | null {
  const demanded = [...state.properties[entity].values()].filter(
    ({ attributes }) => attributes.includes('Nullable="false"') && !attributes.includes('sap:creatable="false"'),
  );
  const missing = stored === null ? demanded.find(({ name }) => String(body[name] ?? '').trim() === '') : undefined;
  if (missing !== undefined) return problem(400, `Property '${missing.name}' is mandatory`);
  for (const [key, value] of Object.entries(body)) {
    const fault = faultOfValue(state, entity, { key, value, stored });
    if (fault !== null) return problem(400, fault);
  }
  return null;
}

function faultOfValue(
  state: C4cState,
  entity: SetName,
  { key, value, stored }: { readonly key: string; readonly value: unknown; readonly stored: Body | null },
): string | null {
  const property = state.properties[entity].get(key);
  if (property === undefined) return `Property '${key}' not found`;
  // Passed over, by the vendor's word: the key on a create, the stamp and descriptions on an update.
  if (stored === null ? key === 'ObjectID' : key === 'ETag' || key.endsWith('Text')) return null;
  if (property.attributes.includes(stored === null ? 'sap:creatable="false"' : 'sap:updatable="false"'))
    return `Property '${key}' is read-only and cannot be ${stored === null ? 'created' : 'updated'}`;
  const max = Number(/MaxLength="(\d+)"/.exec(property.attributes)?.[1] ?? Number.POSITIVE_INFINITY);
  if (typeof value === 'string' && property.type === 'Edm.String' && value.length > max)
    return `Value of property '${key}' is too long`;
  if (property.type === 'Edm.Decimal' && value !== null && !Number.isFinite(Number(value)))
    return `Value of property '${key}' is no decimal`;
  const form = FORMS[property.type];
  if (form !== undefined && value !== null && !form.test(String(value)))
    return `Value of property '${key}' is no ${property.type}`;
  const list = state.codes.get(/value-help="(\w+)"/.exec(property.attributes)?.[1] ?? '');
  if (list !== undefined && value !== '' && !list.has(String(value)))
    return `Value '${String(value)}' of property '${key}' is not allowed`;
  if (entity === 'Contact' && key === 'AccountID' && (value ?? '') !== '' && state.account(value) === undefined)
    return `Account '${String(value)}' of property 'AccountID' does not exist`;
  return null;
}
