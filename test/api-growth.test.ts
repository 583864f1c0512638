import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openApiDocument } from '../src/api/openapi.ts';
import { type ApiDocument, breaches } from './support/api-growth.ts';

const kept = JSON.parse(readFileSync(join(import.meta.dirname, '../docs/api/openapi-v1.json'), 'utf8')) as ApiDocument;
const now = (): ApiDocument => JSON.parse(JSON.stringify(openApiDocument('0'))) as ApiDocument;

test('the API has only grown since its document was kept (docs/api/openapi-v1.json; after a release: npm run keep-api)', () => {
  expect(Object.keys(kept.paths).length).toBeGreaterThan(100);
  expect(breaches(kept, now())).toEqual([]);
});

/** A document that may be spoilt. */
interface Loose {
  [key: string]: Loose;
}
const loose = (document: ApiDocument): Loose => structuredClone(document) as unknown as Loose;
const spoilt = (change: (paths: Loose) => void): readonly string[] => {
  const document = loose(now());
  change(document['paths'] ?? {});
  return breaches(now(), document as unknown as ApiDocument);
};
const at = (start: Loose, ...keys: readonly string[]): Loose =>
  keys.reduce((part, key) => {
    const next = part[key];
    if (next === undefined) throw new Error(`there is no ${key}`);
    return next;
  }, start);
const body = (paths: Loose, path: string, method: string): Loose =>
  at(paths, path, method, 'requestBody', 'content', 'application/json', 'schema');
const answer = (paths: Loose, path: string, method: string): Loose =>
  at(paths, path, method, 'responses', '200', 'content', 'application/json', 'schema');
const as = (value: unknown): Loose => value as Loose;
const RUNS = '/api/v1/connections/{id}/runs';
const RUN = '/api/v1/runs/{id}';

test('each kind of breach is found where it is planted', () => {
  const planted: readonly (readonly [string, (paths: Loose) => void])[] = [
    [`GET ${RUN} was removed`, (paths) => void delete paths[RUN]],
    [
      'GET /api/v1/runs lost its parameter since',
      (paths) => {
        const list = at(paths, '/api/v1/runs', 'get')['parameters'] as unknown as { name: string }[];
        at(paths, '/api/v1/runs', 'get')['parameters'] = as(list.filter((one) => one.name !== 'since'));
      },
    ],
    [
      'GET /api/v1/runs demands a parameter that was not needed: since',
      (paths) => {
        const list = at(paths, '/api/v1/runs', 'get')['parameters'] as unknown as { name: string; required: boolean }[];
        for (const one of list) if (one.name === 'since') one.required = true;
      },
    ],
    [
      `GET ${RUN} asks for another right: sync:read → admin`,
      (paths) => void (at(paths, RUN, 'get')['x-access'] = as('admin')),
    ],
    [
      `POST ${RUNS} body demands a field that was not needed: why`,
      (paths) => {
        const schema = body(paths, RUNS, 'post');
        at(schema, 'properties')['why'] = as({ type: 'string' });
        schema['required'] = as(['why']);
      },
    ],
    [
      `POST ${RUNS} body does not take dryRun any more`,
      (paths) => void delete at(body(paths, RUNS, 'post'), 'properties')['dryRun'],
    ],
    [
      `POST ${RUNS} body.dryRun does not take boolean any more`,
      (paths) => void (at(body(paths, RUNS, 'post'), 'properties')['dryRun'] = as({ type: 'string' })),
    ],
    [
      `POST ${RUNS} body.mode does not take full any more`,
      (paths) => void (at(body(paths, RUNS, 'post'), 'properties', 'mode')['enum'] = as(['changes'])),
    ],
    [
      `POST ${RUNS} body.emails has a narrower maxItems: 500 → 5`,
      (paths) => void (at(body(paths, RUNS, 'post'), 'properties', 'emails')['maxItems'] = as(5)),
    ],
    [`GET ${RUN} answer lost apiCalls`, (paths) => void delete at(answer(paths, RUN, 'get'), 'properties')['apiCalls']],
    [
      `GET ${RUN} answer.apiCalls may be string now, not only number`,
      (paths) => void (at(answer(paths, RUN, 'get'), 'properties')['apiCalls'] = as({ type: 'string' })),
    ],
    [
      `GET ${RUN} answer.id may be null now, not only string`,
      (paths) =>
        void (at(answer(paths, RUN, 'get'), 'properties')['id'] = as({
          anyOf: [{ type: 'string' }, { type: 'null' }],
        })),
    ],
    [
      `GET ${RUN} answer.status may be absent now`,
      (paths) => {
        const schema = answer(paths, RUN, 'get');
        schema['required'] = as((schema['required'] as unknown as string[]).filter((name) => name !== 'status'));
      },
    ],
    [
      `GET ${RUN} answer.counts lost seen`,
      (paths) => void delete at(answer(paths, RUN, 'get'), 'properties', 'counts', 'properties')['seen'],
    ],
  ];
  for (const [breach, change] of planted) expect(spoilt(change), breach).toContain(breach);
});

test('growth is no breach: new routes, optional fields, wider limits, more in an answer', () => {
  const grown = spoilt((paths) => {
    paths['/api/v1/new'] = as({ get: { responses: {} } });
    const schema = body(paths, RUNS, 'post');
    at(schema, 'properties')['why'] = as({ type: 'string' });
    at(schema, 'properties', 'emails')['maxItems'] = as(5_000);
    at(schema, 'properties', 'mode')['enum'] = as(['changes', 'full', 'half']);
    at(answer(paths, RUN, 'get'), 'properties')['extra'] = as({ type: 'string' });
    at(answer(paths, RUN, 'get'), 'properties', 'status')['enum'] = as(['queued', 'held']);
    (at(paths, '/api/v1/runs', 'get')['parameters'] as unknown as object[]).push({
      name: 'more',
      in: 'query',
      required: false,
      schema: { type: 'string' },
    });
  });
  expect(grown).toEqual([]);
  expect(breaches(now(), now())).toEqual([]);
});
