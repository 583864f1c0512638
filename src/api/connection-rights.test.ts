import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi } from '../../test/support/api.ts';
import { openTestStore } from '../../test/support/database.ts';
import { createConnection } from '../engine/connections.ts';
import type { Store } from '../store/db.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('marketing changes what is synchronised, and neither credentials nor the address that they are sent to nor limits', async () => {
  const { call, keyFor, deps } = openApi(store);
  await createConnection(
    deps.engine,
    {
      name: 'sales',
      crm: 'hubspot',
      baseUrl: 'https://api.hubapi.com',
      credentials: { method: 'token', accessToken: 'pat-secret' },
    },
    'api',
  );
  const [admin, marketing, syncs] = [
    await keyFor({ role: 'admin' }),
    await keyFor({ role: 'marketing' }),
    await keyFor({ scopes: ['sync:read', 'sync:write'] }),
  ];
  const patch = (key: string, body: object) => call('PATCH', '/api/v1/connections/sales', { key, body });
  const read = async (): Promise<unknown> => (await call('GET', '/api/v1/connections/sales', { key: admin })).json();
  const before = await read();
  for (const body of [
    { credentials: { method: 'token', accessToken: 'other' } },
    { baseUrl: 'https://evil.example' },
    { baseUrl: null },
    { authUrl: 'https://evil.example' },
    { quota: { dailyShare: 1 } },
    { schedule: { everyMinutes: 30 }, baseUrl: 'https://evil.example' },
  ])
    for (const key of [marketing, syncs]) {
      const { status } = await patch(key, body);
      expect({ body, status }).toEqual({ body, status: 403 });
    }
  expect(await read()).toEqual(before);
  // What is sent again as it stands is no change.
  const same = { baseUrl: 'https://api.hubapi.com', quota: { dailyShare: 0.5 }, schedule: { everyMinutes: 30 } };
  expect((await patch(marketing, same)).status).toBe(200);
  expect(await read()).toMatchObject({ schedule: { everyMinutes: 30 }, baseUrl: 'https://api.hubapi.com' });
  expect((await patch(admin, { quota: { dailyShare: 0.25 } })).status).toBe(200);
  expect(await read()).toMatchObject({ quota: { dailyShare: 0.25 } });
});
