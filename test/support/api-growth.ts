/** What of JSON Schema the API's document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface Operation {
  readonly 'x-access'?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/**
 * Where an API broke its word since a document of it was kept: `/api/v1` only grows (surface.md). Whatever a client sent then
 * must still be taken; whatever it read then must still be there, as what it was. New values of an enumeration in an answer
 * are growth.
 * @returns one sentence for each breach; none: it grew
 */
export function breaches(kept: ApiDocument, now: ApiDocument): readonly string[] {
  return Object.entries(kept.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, old]) => {
      const at = `${method.toUpperCase()} ${path}`;
      const present = now.paths[path]?.[method];
      return present === undefined ? [`${at} was removed`] : [...ofOperation(at, old, present)];
    }),
  );
}

function* ofOperation(at: string, old: Operation, now: Operation): Generator<string> {
  if (old['x-access'] !== now['x-access'])
    yield `${at} asks for another right: ${old['x-access']} → ${now['x-access']}`;
  const before = old.parameters ?? [];
  const after = now.parameters ?? [];
  for (const one of before) {
    const same = after.find((other) => other.name === one.name && other.in === one.in);
    if (same === undefined) yield `${at} lost its parameter ${one.name}`;
    else yield* taken(`${at} ?${one.name}`, one.schema, same.schema);
  }
  for (const one of after)
    if (one.required === true && !before.some((other) => other.name === one.name && other.required === true))
      yield `${at} demands a parameter that was not needed: ${one.name}`;
  const sent = old.requestBody?.content['application/json']?.schema;
  const takes = now.requestBody?.content['application/json']?.schema;
  if (sent !== undefined && takes === undefined) yield `${at} takes no body any more`;
  else if (takes !== undefined) yield* taken(`${at} body`, sent ?? NOTHING, takes);
  for (const [status, { content }] of Object.entries(old.responses))
    for (const [type, { schema }] of Object.entries(content ?? {})) {
      const answer = now.responses[status]?.content?.[type]?.schema;
      if (answer === undefined) yield `${at} does not answer ${status} ${type} any more`;
      else yield* given(`${at} answer`, schema, answer);
    }
}

/** Who sent no body sends an empty object at most. */
const NOTHING: Schema = { type: 'object', properties: {}, additionalProperties: false };

/** Simple alternatives of a schema, `type` lists taken apart. */
function alternatives(schema: Schema): readonly Schema[] {
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts !== undefined) return parts.flatMap(alternatives);
  const { type } = schema;
  return Array.isArray(type) ? type.map((one: string) => ({ ...schema, type: one })) : [schema];
}

const isAny = (schema: Schema): boolean =>
  schema.type === undefined &&
  schema.$ref === undefined &&
  schema.const === undefined &&
  schema.enum === undefined &&
  schema.allOf === undefined;
const typeOf = (schema: Schema): string =>
  schema.$ref ??
  (typeof schema.type === 'string'
    ? schema.type
    : schema.const !== undefined
      ? typeof schema.const
      : schema.enum !== undefined
        ? typeof schema.enum[0]
        : 'anything');
const isWithin = (narrow: Schema, wide: Schema): boolean =>
  typeOf(narrow) === typeOf(wide) || (typeOf(narrow) === 'integer' && typeOf(wide) === 'number');
const choices = (schema: Schema): readonly unknown[] | null =>
  schema.enum ?? (schema.const === undefined ? null : [schema.const]);

/** Is everything that the old schema let in still let in? */
function* taken(at: string, old: Schema, now: Schema): Generator<string> {
  const wide = alternatives(now);
  if (wide.some(isAny)) return;
  for (const one of alternatives(old)) {
    const fitting = wide.filter((other) => isWithin(one, other));
    if (fitting.length === 0) yield `${at} does not take ${typeOf(one)} any more`;
    else yield* fewest(fitting.map((other) => [...takenSimple(at, one, other)]));
  }
}

function* takenSimple(at: string, old: Schema, now: Schema): Generator<string> {
  const open = choices(now);
  if (open !== null) {
    const closed = choices(old);
    if (closed === null) yield `${at} takes only ${open.join(', ')} now`;
    for (const value of closed ?? []) if (!open.includes(value)) yield `${at} does not take ${String(value)} any more`;
  }
  for (const limit of ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'] as const)
    if (
      (now[limit] ?? Number.NEGATIVE_INFINITY) > (old[limit] ?? Number.NEGATIVE_INFINITY) &&
      !isNaught(limit, now[limit])
    )
      yield `${at} has a narrower ${limit}: ${old[limit] ?? 'none'} → ${now[limit]}`;
  for (const limit of ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'] as const)
    if ((now[limit] ?? Number.POSITIVE_INFINITY) < (old[limit] ?? Number.POSITIVE_INFINITY))
      yield `${at} has a narrower ${limit}: ${old[limit] ?? 'none'} → ${now[limit]}`;
  for (const form of ['format', 'pattern'] as const)
    if (now[form] !== undefined && now[form] !== old[form])
      yield `${at} has another ${form}: ${old[form]} → ${now[form]}`;
  for (const name of now.required ?? [])
    if (old.required?.includes(name) !== true) yield `${at} demands a field that was not needed: ${name}`;
  for (const [name, one] of Object.entries(old.properties ?? {})) {
    const same = now.properties?.[name];
    if (same !== undefined) yield* taken(`${at}.${name}`, one, same);
    else if (now.additionalProperties === false) yield `${at} does not take ${name} any more`;
  }
  if (typeof old.additionalProperties === 'object') {
    if (now.additionalProperties === false) yield `${at} does not take other keys any more`;
    else if (typeof now.additionalProperties === 'object')
      yield* taken(`${at}.*`, old.additionalProperties, now.additionalProperties);
  }
  if (old.items !== undefined && now.items !== undefined) yield* taken(`${at}[]`, old.items, now.items);
}

/** A length of nothing, or the smallest whole number that can be written, demands nothing. */
const isNaught = (limit: string, value: number | undefined): boolean =>
  value === undefined ||
  ((limit === 'minLength' || limit === 'minItems') && value === 0) ||
  value <= Number.MIN_SAFE_INTEGER;

/** Does the new answer still hold all that the old one did, as what it was? */
function* given(at: string, old: Schema, now: Schema): Generator<string> {
  const known = alternatives(old);
  if (known.some(isAny)) return;
  for (const one of alternatives(now)) {
    const fitting = known.filter((other) => isWithin(one, other));
    if (fitting.length === 0)
      yield `${at} may be ${isAny(one) ? 'anything' : typeOf(one)} now, not only ${[...new Set(known.map(typeOf))].join(' or ')}`;
    else yield* fewest(fitting.map((other) => [...givenSimple(at, other, one)]));
  }
}

function* givenSimple(at: string, old: Schema, now: Schema): Generator<string> {
  for (const [name, one] of Object.entries(old.properties ?? {})) {
    const same = now.properties?.[name];
    if (same === undefined) yield `${at} lost ${name}`;
    else {
      if (old.required?.includes(name) === true && now.required?.includes(name) !== true)
        yield `${at}.${name} may be absent now`;
      yield* given(`${at}.${name}`, one, same);
    }
  }
  if (typeof old.additionalProperties === 'object' && typeof now.additionalProperties === 'object')
    yield* given(`${at}.*`, old.additionalProperties, now.additionalProperties);
  if (old.items !== undefined && now.items !== undefined) yield* given(`${at}[]`, old.items, now.items);
  if (old.format !== undefined && now.format !== old.format)
    yield `${at} has another format: ${old.format} → ${now.format}`;
}

/** Of several alternatives the one that fits best counts. */
function* fewest(faults: readonly (readonly string[])[]): Generator<string> {
  yield* [...faults].sort((a, b) => a.length - b.length)[0] ?? [];
}
