import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi } from '../../../test/support/api.ts';
import { openTestStore } from '../../../test/support/database.ts';
import { syncNow } from '../../../test/support/engine.ts';
import { createHubSpotEmulator } from '../../connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../engine/connections.ts';
import { manualClock } from '../../platform/clock.ts';
import type { Store } from '../../store/db.ts';

const START = Date.UTC(2026, 10, 24, 9);

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

interface Pair {
  readonly contact: { readonly id: string; readonly fields: Readonly<Record<string, unknown>> };
  readonly record: { readonly id: string; readonly fields: Readonly<Record<string, unknown>> };
  readonly fields: readonly { readonly hub: string; readonly crm: string }[];
}

test('the race shows both records of a person and edits the CRM’s, and only where the CRM is an emulator of ours', async () => {
  const hubspot = createHubSpotEmulator({ clock: manualClock(START) });
  hubspot.world.seed([{ email: 'ada@example.com', first_name: 'Ada', phone: '+44 1' }], 'lead');
  const open = openApi(store, hubspot.request, {}, new Set(['hubspot.test']));
  const settings = {
    name: 'demo',
    crm: 'hubspot',
    enabled: true,
    baseUrl: 'https://hubspot.test',
    credentials: { method: 'token', accessToken: hubspot.token },
  };
  const { id } = await createConnection(open.deps.engine, settings, 'api');
  const key = await open.keyFor({ role: 'marketing' });
  const ask = async (method: string, path: string, body?: unknown): Promise<Response> =>
    open.call(method, `/api/v1/emulated${path}`, { key, ...(body === undefined ? {} : { body }) });
  expect(await (await ask('GET', '')).json()).toMatchObject({
    items: [{ connection: 'demo', connectionId: id, crm: 'hubspot', page: 'https://hubspot.test' }],
  });
  expect((await ask('GET', '/demo/pair')).status).toBe(404);

  await syncNow(open.deps.engine, id);
  const pair = (await (await ask('GET', '/demo/pair')).json()) as Pair;
  expect(pair.contact.fields['phone']).toBe('+44 1');
  expect(pair.record.fields['phone']).toBe('+44 1');
  expect(pair.fields).toContainEqual({ hub: 'phone', crm: 'phone' });

  const edited = await ask('PATCH', `/demo/records/${pair.record.id}`, { fields: { phone: '+44 2' } });
  expect(await edited.json()).toMatchObject({ fields: { phone: '+44 2' } });
  expect(hubspot.world.get(pair.record.id)?.fields['phone']).toBe('+44 2');
  expect((await ask('PATCH', '/demo/records/nobody', { fields: { phone: '1' } })).status).toBe(404);
  const sales = await open.keyFor({ role: 'sales' });
  const asSales = await open.call('PATCH', `/api/v1/emulated/demo/records/${pair.record.id}`, {
    key: sales,
    body: { fields: { phone: '0' } },
  });
  expect(asSales.status).toBe(403);

  // The same connection in a product that started no emulator leads to a real CRM.
  const real = openApi(store, hubspot.request);
  const admin = await real.keyFor({ role: 'admin' });
  expect(await (await real.call('GET', '/api/v1/emulated', { key: admin })).json()).toEqual({ items: [] });
  const write = await real.call('PATCH', `/api/v1/emulated/demo/records/${pair.record.id}`, {
    key: admin,
    body: { fields: { phone: '0' } },
  });
  expect(write.status).toBe(404);
  expect(hubspot.world.get(pair.record.id)?.fields['phone']).toBe('+44 2');
});
