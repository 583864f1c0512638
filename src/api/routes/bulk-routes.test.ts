import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openApi } from '../../../test/support/api.ts';
import { emptyStore, openTestStore } from '../../../test/support/database.ts';
import { runBulkChanges } from '../../engine/run-bulk-changes.ts';
import { runImports } from '../../engine/run-imports.ts';
import type { Store } from '../../store/db.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
beforeEach(() => emptyStore(store));
afterAll(() => store.close());

const people = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    JSON.stringify({
      email: `p${at}@example.com`,
      city: at % 2 === 0 ? 'Lyon' : 'Paris',
      notes: at === 0 ? '=1+1' : '',
    }),
  ).join('\n');

interface Body {
  readonly id: string;
  readonly items: readonly { readonly id: string }[];
}

async function open() {
  const { call, deps, keyFor } = openApi(store);
  const key = await keyFor({ role: 'marketing' });
  const json = async (method: string, path: string, body?: unknown) => {
    const response = await call(method, `/api/v1${path}`, { key, ...(body === undefined ? {} : { body }) });
    // Read by the assertions below, each as far as it looks.
    return { status: response.status, body: (await response.json()) as Body };
  };
  const sent = await call('POST', '/api/v1/contacts/bulk', { key, body: people(60) });
  expect(sent.status).toBe(200);
  return { call, deps, keyFor, key, json };
}
const lyon = { filter: [{ field: 'city', op: 'is', value: 'Lyon' }] };

test('everybody who meets a filter is changed in the background; who did it is named, there and in each history', async () => {
  const { deps, json } = await open();
  const begun = await json('POST', '/bulk-changes', {
    ...lyon,
    action: 'set',
    field: 'city',
    value: 'Paris',
    expected: 30,
  });
  expect(begun).toMatchObject({ status: 200, body: { status: 'running', total: 30, left: 30, createdBy: 'test' } });
  await runBulkChanges(deps.engine);
  expect(await json('GET', `/bulk-changes/${begun.body.id}`)).toMatchObject({
    body: { status: 'done', left: 0, changed: 30, reason: null },
  });
  expect((await json('GET', '/bulk-changes')).body.items).toHaveLength(1);
  expect(await json('POST', '/contacts/search', lyon)).toMatchObject({ body: { total: 0 } });
  const { body } = await json('GET', '/contacts/p0@example.com/history?field=city');
  expect(body.items[0]).toMatchObject({ from: 'Lyon', to: 'Paris', origin: { by: 'api', sourceName: 'test' } });
  expect(await json('POST', `/bulk-changes/${begun.body.id}/stop`)).toMatchObject({ status: 409 });
});

test('a change of many is refused with the path of what is wrong, to whoever may not write, and when others would be meant', async () => {
  const { call, keyFor, json } = await open();
  const set = { ...lyon, action: 'set', expected: 30 };
  expect(await json('POST', '/bulk-changes', { ...set, field: 'opt_out', value: 'perhaps' })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'value' }] },
  });
  expect(
    await json('POST', '/bulk-changes', { ...set, filter: [{ field: 'shoe', op: 'is', value: '44' }] }),
  ).toMatchObject({ status: 422 });
  expect(await json('POST', '/bulk-changes', { ...lyon, action: 'delete', expected: 300 })).toMatchObject({
    status: 409,
  });
  const sales = await keyFor({ role: 'sales' });
  for (const path of ['/bulk-changes', '/contacts/export'])
    expect((await call('POST', `/api/v1${path}`, { key: sales, body: { ...set, action: 'archive' } })).status).toBe(
      403,
    );
});

test('some are changed at once, by their ids; who cannot be changed is counted with the reason and holds up nobody', async () => {
  const { json } = await open();
  await json('PATCH', '/contacts/p0@example.com', { fields: { opt_out: true } });
  const { body: found } = await json('POST', '/contacts/search', { ...lyon, limit: 50 });
  const ids = found.items.map((one) => one.id);
  const changed = await json('POST', '/contacts/change', { ids, action: 'set', field: 'opt_out', value: false });
  expect(changed).toMatchObject({
    status: 200,
    body: { changed: 29, refused: 1, reason: expect.stringContaining('opted out') },
  });
});

test('whoever meets a filter, or was chosen, goes out as CSV; formulas are protected', async () => {
  const { call, key, json } = await open();
  const lines = async (body: unknown) => {
    const response = await call('POST', '/api/v1/contacts/export', { key, body });
    expect(response.headers.get('content-type')).toContain('text/csv');
    return (await response.text()).trimEnd().split('\n');
  };
  expect(await lines(lyon)).toHaveLength(31);
  expect(await lines({})).toHaveLength(61);
  expect(await lines({ search: 'p59@' })).toHaveLength(2);
  const { body } = await json('GET', '/contacts/p0@example.com');
  const [head = '', row = ''] = await lines({ ids: [body.id] });
  expect(head).toContain('email,');
  expect(row).toContain('p0@example.com');
  expect(row).toContain("'=1+1");
});

test('[R8a] a consent that came with a list names the list and the ground that was stated', async () => {
  const { call, deps, key, json } = await open();
  const file = 'E-mail\np0@example.com\n';
  const headers = { 'content-type': 'text/csv' };
  const sent = await call('POST', '/api/v1/imports?name=fair.csv', { key, body: file, headers });
  const { id } = (await sent.json()) as Body;
  const consent = { purpose: 'newsletter', ground: 'Signed at the fair of Lyon' };
  await json('PATCH', `/imports/${id}`, { consent });
  await json('POST', `/imports/${id}/approve`);
  await runImports(deps.engine);
  const { body } = await json('GET', '/contacts/p0@example.com/consents');
  expect(body.items).toMatchObject([{ how: 'import', sourceName: 'fair.csv', ground: consent.ground, proven: false }]);
});
