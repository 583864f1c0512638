/**
 * Cuts a vendor's OpenAPI 3.0 files down to the operations that we use, for `test/vendor-specs/`:
 *
 *     node bin/launch.js scripts/cut-openapi.ts OUT.json "SOURCE AND LICENCE" FILE.json:"GET /persons" FILE.json:"POST /persons" …
 *
 * References are followed (also into the other files of the folder, by name), `allOf` is merged, descriptions and examples
 * are dropped; nothing else is changed. Paths are kept as the file writes them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Node = { [key: string]: Json };

const isNode = (value: Json | undefined): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const files = new Map<string, Node>();

function load(file: string): Node {
  const known = files.get(file);
  if (known !== undefined) return known;
  const parsed = JSON.parse(readFileSync(file, 'utf8')) as Node;
  files.set(file, parsed);
  return parsed;
}

/** `#/a/b` in this file, or `https://…/other.json#/a/b` in its neighbour. */
function follow(reference: string, file: string): { readonly value: Json; readonly file: string } {
  const [address = '', pointer = ''] = reference.split('#');
  const target = address === '' ? file : join(dirname(file), basename(address));
  let value: Json = load(target);
  for (const part of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    value = (isNode(value) ? value[key] : undefined) ?? null;
  }
  return { value, file: target };
}

const DROPPED = new Set(['description', 'example', 'examples', 'title', 'externalDocs', 'deprecated', 'xml']);

/** A schema without references; a reference that leads back into itself becomes an open one. */
function plain(value: Json, file: string, inside: readonly string[], isMap = false): Json {
  if (Array.isArray(value)) return value.map((one) => plain(one, file, inside));
  if (!isNode(value)) return value;
  const reference = value['$ref'];
  if (typeof reference === 'string') {
    const found = follow(reference, file);
    const name = `${found.file}${reference.slice(reference.indexOf('#'))}`;
    return inside.includes(name) ? {} : plain(found.value, found.file, [...inside, name]);
  }
  const result: Node = {};
  for (const [key, child] of Object.entries(value)) {
    // A property may be called "description"; only a schema's own remarks go.
    if (!isMap && (DROPPED.has(key) || key.startsWith('x-'))) continue;
    result[key] = plain(child, file, inside, key === 'properties');
  }
  return Array.isArray(result['allOf']) ? merged(result) : result;
}

function merged({ allOf, ...rest }: Node): Node {
  const parts = [rest, ...(Array.isArray(allOf) ? allOf : [])].filter(isNode);
  return parts.reduce((whole, part) => both(whole, part), {});
}

function both(a: Node, b: Node): Node {
  const result: Node = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const present = result[key];
    if (isNode(present) && isNode(value)) result[key] = both(present, value);
    else if (key === 'required' && Array.isArray(present) && Array.isArray(value))
      result[key] = [...new Set([...present, ...value])];
    else result[key] = value;
  }
  return result;
}

function schemaIn(content: Json | undefined): Json {
  if (!isNode(content)) return null;
  const [media] = Object.values(content);
  return isNode(media) ? (media['schema'] ?? {}) : null;
}

function cut(file: string, wanted: string): Node {
  const [method = '', path = ''] = wanted.split(' ');
  const paths = load(file)['paths'];
  const item = isNode(paths) ? paths[path] : undefined;
  const operation = isNode(item) ? item[method.toLowerCase()] : undefined;
  if (!isNode(item) || !isNode(operation)) throw new Error(`${file} has no ${wanted}`);
  const listed = [item['parameters'], operation['parameters']].flatMap((list) => (Array.isArray(list) ? list : []));
  const parameters = listed.map((one) => plain(one, file, [])).filter(isNode);
  const body = operation['requestBody'] === undefined ? null : plain(operation['requestBody'], file, []);
  const responses = plain(operation['responses'] ?? {}, file, [], true);
  return {
    method,
    path,
    parameters: parameters.map((one) => ({
      name: one['name'] ?? '',
      in: one['in'] ?? '',
      required: one['required'] === true,
      schema: one['schema'] ?? {},
    })),
    body: isNode(body) ? schemaIn(body['content']) : null,
    answers: Object.fromEntries(
      Object.entries(isNode(responses) ? responses : {}).map(([status, answer]) => [
        status,
        isNode(answer) ? schemaIn(answer['content']) : null,
      ]),
    ),
  };
}

const [out = '', source = '', ...operations] = process.argv.slice(2);
const cuts = operations.map((one) => {
  const at = one.indexOf(':');
  return cut(one.slice(0, at), one.slice(at + 1));
});
// An operation a line: small, and a difference shows which one.
writeFileSync(
  out,
  `{"source":${JSON.stringify(source)},"operations":[\n${cuts.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`,
);
