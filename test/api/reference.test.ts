import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXAMPLES } from '../../src/api/contract/examples.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { curlText, exampleRequest } from '../../src/api/reference/example-text.ts';
import { schemaText } from '../../src/api/reference/schema-text.ts';
import type { Store } from '../../src/store/db.ts';
import { openApi } from '../support/api.ts';
import { openTestStore } from '../support/database.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('each example of the reference works as it stands there, in its order', async () => {
  const { call, keyFor } = openApi(store);
  const key = await keyFor({ role: 'admin' });
  const known: Record<string, string> = {};
  for (const example of EXAMPLES) {
    const { method, path, body } = exampleRequest(example, known);
    expect(path, example.route).not.toMatch(/[${]/);
    const response = await call(method, path, { key, ...(body === null ? {} : { body }) });
    // The answer is compared with the contract by `checkAnswers`.
    expect(response.status, `${method} ${path}: ${await response.clone().text()}`).toBeLessThan(300);
    if (example.gives !== undefined) known[example.gives] = ((await response.json()) as { id: string }).id;
  }
  expect(Object.keys(known)).toEqual(['contact', 'webhook', 'key']);
});

test('the reference shows every route, its rights and its examples, in both languages, without a script', async () => {
  const { call } = openApi(store);
  for (const language of ['en', 'fr']) {
    const response = await call('GET', '/api/docs', { headers: { 'accept-language': language } });
    expect(response.status).toBe(200);
    const csp = response.headers.get('content-security-policy') ?? '';
    expect(csp).toContain("default-src 'none'");
    expect(csp).not.toContain('unsafe');
    const page = await response.text();
    expect(page).not.toMatch(/<script|<style| on\w+=| style=/i);
    expect(page).toContain(`lang="${language}"`);
    expect(page).not.toMatch(/reference\.\w+|undefined|\[object/);
    for (const id of Object.keys(routes)) expect(page, id).toContain(`<article id="${id}">`);
    expect([...page.matchAll(/class="example"/g)]).toHaveLength(EXAMPLES.length);
  }
  const style = await call('GET', '/api/docs/style.css');
  expect(style.headers.get('content-type')).toContain('text/css');
});

test('an example is shown as a command line, a schema in TypeScript’s notation with its limits', () => {
  const example = EXAMPLES.find((one) => one.route === 'createContact');
  expect(example === undefined ? '' : curlText(example)).toBe(
    [
      'curl -X POST "$TANDEM/api/v1/contacts" \\',
      '  -H "Authorization: Bearer $KEY" \\',
      '  -H "content-type: application/json" \\',
      `  -d '{"fields":{"email":"ada@example.com","first_name":"Ada","company":"Analytical Engines"}}'`,
    ].join('\n'),
  );
  const schema = {
    type: 'object',
    required: ['types'],
    properties: {
      types: { type: 'array', items: { enum: ['a', 'b'] }, maxItems: 9 },
      score: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
      limit: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
      fields: { type: 'object', additionalProperties: { type: 'string' } },
    },
  };
  expect(schemaText(schema)).toBe(
    [
      '{',
      '  types: ("a" | "b")[]  // up to 9',
      '  score?: integer | null',
      '  limit?: integer  // 1 to 500, default 50',
      '  fields?: {',
      '    [name: string]: string',
      '  }',
      '}',
    ].join('\n'),
  );
});
