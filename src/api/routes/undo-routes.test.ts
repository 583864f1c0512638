import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi } from '../../../test/support/api.ts';
import { openTestStore } from '../../../test/support/database.ts';
import { START } from '../../../test/support/engine.ts';
import { createHubSpotEmulator } from '../../connectors/hubspot/emulator/emulator.ts';
import { drainConnection } from '../../engine/worker.ts';
import { manualClock } from '../../platform/clock.ts';
import type { Store } from '../../store/db.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

interface Run {
  readonly id: string;
  readonly status: string;
}

test('[R38] a run is undone over the API: a plan, its approval, what is held, and going on', async () => {
  const crm = createHubSpotEmulator({ clock: manualClock(START) });
  const { call, deps, keyFor } = openApi(store, crm.request);
  const key = await keyFor({ role: 'marketing' });
  const sales = await keyFor({ role: 'sales' });
  const admin = await keyFor({ role: 'admin' });
  const [ada = ''] = crm.world.seed([{ email: 'ada@example.com', city: 'Rome' }], 'lead');
  const body = {
    name: 'sales',
    crm: 'hubspot',
    enabled: true,
    credentials: { method: 'token', accessToken: crm.token },
  };
  const { id } = (await (await call('POST', '/api/v1/connections', { key: admin, body })).json()) as { id: string };
  const ask = async (method: string, path: string, of: object = {}) =>
    (await call(method, `/api/v1${path}`, { key, body: of })).json();
  const run = async (): Promise<Run> => {
    const { runs } = (await ask('POST', `/connections/${id}/runs`, { direction: 'toHub' })) as { runs: Run[] };
    await drainConnection(deps.engine, id, 'test');
    return runs[0] ?? { id: '', status: '' };
  };
  await run();
  crm.world.edit(ada, { city: 'Oslo' });
  const wrong = await run();
  expect((await call('POST', `/api/v1/runs/${wrong.id}/undo`, { key: sales })).status).toBe(403);
  const asked = await call('POST', `/api/v1/runs/${wrong.id}/undo`, { key });
  expect(asked.status).toBe(202);
  const plan = (await asked.json()) as Run;
  await drainConnection(deps.engine, id, 'test');
  expect(await (await call('GET', `/api/v1/runs/${plan.id}`, { key })).json()).toMatchObject({
    dryRun: true,
    counts: { updated: 1 },
    undo: { of: wrong.id, fields: 1, left: {} },
  });
  const { runs } = (await ask('POST', `/runs/${plan.id}/approve`)) as { runs: Run[] };
  await drainConnection(deps.engine, id, 'test');
  const undo = runs[0]?.id ?? '';
  const get = async (path: string) => (await call('GET', `/api/v1${path}`, { key })).json();
  expect(await get(`/runs/${wrong.id}`)).toMatchObject({ undone: { run: undo, status: 'succeeded' } });
  expect(await get(`/runs/${undo}/items?outcome=updated`)).toMatchObject({
    items: [{ changes: [{ field: 'city', from: 'Oslo', to: 'Rome', rule: 'R38' }] }],
  });
  expect(await get(`/runs/${undo}/held`)).toEqual({ fields: 1, people: 0 });
  expect(await get(`/connections/${id}`)).toMatchObject({
    pausedReason: 'undone',
    health: { light: 'amber', why: 'undone' },
  });
  expect(await ask('POST', `/connections/${id}/go-on`)).toEqual({ ok: true });
  expect(await get(`/connections/${id}`)).toMatchObject({ pausedReason: null });
  const { items } = (await get('/contacts/ada@example.com/held')) as { items: { link: string; line: string }[] };
  expect(items).toMatchObject([{ hubField: 'city', hub: 'Rome', crmValue: 'Oslo', run: undo, crmLabel: 'HubSpot' }]);
  const release = { link: items[0]?.link, line: items[0]?.line, counts: 'crm' };
  expect(await ask('POST', '/contacts/ada@example.com/held/release', release)).toEqual({ items: [] });
  expect((await call('POST', `/api/v1/runs/${undo}/undo`, { key })).status).toBe(409);
  await run();
  expect(await get('/contacts/ada@example.com')).toMatchObject({ fields: { city: 'Oslo' } });
});
