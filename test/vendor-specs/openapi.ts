import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Exchange } from './session.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Schema;
}
export type Schema = { readonly [key: string]: unknown };
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  readonly answers: Readonly<Record<string, Schema | null>>;
}
export interface Description {
  readonly source: string;
  readonly operations: readonly Operation[];
}

export const readDescription = (file: string): Description =>
  // Written by scripts/cut-openapi.ts.
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', file), 'utf8')) as Description;

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * An OpenAPI 3.0 schema as JSON Schema. `nullable` becomes a type; objects that name their properties take no others, so
 * that a misspelt key is seen; a property that is not required may be null, because both vendors write what is empty so.
 */
function toJsonSchema(schema: Schema, optional: boolean, lax: boolean): Schema {
  const { nullable, properties, required, items, oneOf, anyOf, ...rest } = schema;
  const result: Record<string, unknown> = { ...rest };
  const needed = Array.isArray(required) && !lax ? required : [];
  if (isSchema(properties)) {
    result['properties'] = Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [
        key,
        isSchema(value) ? toJsonSchema(value, !needed.includes(key), lax) : {},
      ]),
    );
    if (Object.keys(properties).length > 0) result['additionalProperties'] ??= false;
  }
  if (needed.length > 0) result['required'] = needed;
  if (isSchema(result['additionalProperties']))
    result['additionalProperties'] = toJsonSchema(result['additionalProperties'], true, lax);
  if (isSchema(items)) result['items'] = toJsonSchema(items, false, lax);
  // Several of the vendors' alternatives fit at once: one that fits is enough.
  for (const [key, list] of [
    ['oneOf', oneOf],
    ['anyOf', anyOf],
  ] as const)
    if (Array.isArray(list)) result['anyOf'] = list.filter(isSchema).map((one) => toJsonSchema(one, false, lax));
    else if (list !== undefined) result[key] = list;
  return nullable === true || optional ? { anyOf: [{ type: 'null' }, result] } : result;
}

const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true, coerceTypes: false }));

const say = (error: ErrorObject): string =>
  `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`.trim();

const compiled = { lax: new Map<Schema, ValidateFunction>(), strict: new Map<Schema, ValidateFunction>() };

export function complaintsAbout(value: unknown, schema: Schema, lax = false): string[] {
  const known = compiled[lax ? 'lax' : 'strict'];
  const check = known.get(schema) ?? ajv.compile(toJsonSchema(schema, false, lax));
  known.set(schema, check);
  return check(value) ? [] : (check.errors ?? []).map(say);
}

/** `/persons/{id}` against `/api/v2/persons/7`, literal paths before templates. */
export function operationOf(description: Description, method: string, path: string): Operation | undefined {
  const fits = (template: string): boolean =>
    new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path);
  return description.operations
    .filter((one) => one.method === method && fits(one.path))
    .sort((a, b) => (a.path.match(/\{/g)?.length ?? 0) - (b.path.match(/\{/g)?.length ?? 0))[0];
}

/** A query's text as the type that the description names. */
function typed(text: string, schema: Schema): unknown {
  if (schema['type'] === 'integer' || schema['type'] === 'number')
    return Number.isNaN(Number(text)) ? text : Number(text);
  return schema['type'] === 'boolean' ? text === 'true' || (text === 'false' ? false : text) : text;
}

/** How far a description is believed. */
export interface Trust {
  /** The vendor's lists of required keys hold; where one model serves everything, they do not. Default true. */
  readonly required?: boolean;
  /** The status whose description holds for this answer, where the file does not list the real one. */
  readonly as?: string;
}

/** What the vendor's description has against a call. */
export function judgeRequest(description: Description, exchange: Exchange, path: string, trust: Trust = {}): string[] {
  const operation = operationOf(description, exchange.method, path);
  if (operation === undefined) return [`no operation ${exchange.method} ${path}`];
  const complaints: string[] = [];
  const query = new Map(operation.parameters.filter((one) => one.in === 'query').map((one) => [one.name, one]));
  for (const [name, text] of exchange.url.searchParams) {
    const parameter = query.get(name);
    if (parameter === undefined) complaints.push(`query ${name} is not described`);
    else
      complaints.push(
        ...complaintsAbout(typed(text, parameter.schema), parameter.schema).map((one) => `query ${name}${one}`),
      );
  }
  for (const { name, required } of query.values())
    if (required && !exchange.url.searchParams.has(name)) complaints.push(`query ${name} is missing`);
  if (operation.body !== null && exchange.sent !== null)
    complaints.push(...complaintsAbout(exchange.sent, operation.body, trust.required === false));
  return complaints;
}

/** What the vendor's description has against an answer. */
export function judgeAnswer(description: Description, exchange: Exchange, path: string, trust: Trust = {}): string[] {
  const operation = operationOf(description, exchange.method, path);
  if (operation === undefined) return [`no operation ${exchange.method} ${path}`];
  const schema = operation.answers[trust.as ?? String(exchange.status)];
  if (schema === undefined) return [`status ${exchange.status} is not described`];
  return schema === null ? [] : complaintsAbout(exchange.answer, schema, trust.required === false);
}
