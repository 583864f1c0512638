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

test('[R36] the health says how far a changed mapping is, and can be asked to say no more', async () => {
  const crm = createHubSpotEmulator({ clock: manualClock(START) });
  const { call, deps, keyFor } = openApi(store, crm.request);
  const key = await keyFor({ role: 'marketing' });
  const admin = await keyFor({ role: 'admin' });
  const email = { kind: 'lead', hub: 'email', crm: 'email', direction: 'both' };
  const phone = { kind: 'lead', hub: 'phone', crm: 'phone', direction: 'both' };
  crm.world.seed([{ email: 'ada@example.com', phone: '+43 1' }, { email: 'bob@example.com' }], 'lead');
  const body = {
    name: 'sales',
    crm: 'hubspot',
    enabled: true,
    credentials: { method: 'token', accessToken: crm.token },
    mappings: [email],
  };
  const { id } = (await (await call('POST', '/api/v1/connections', { key: admin, body })).json()) as { id: string };
  const path = `/api/v1/connections/${id}`;
  const health = async () => (await call('GET', `${path}/health`, { key })).json();
  const run = async () => {
    await call('POST', `${path}/runs`, { key, body: { mode: 'changes' } });
    await drainConnection(deps.engine, id, 'test');
  };
  await run();
  expect(await health()).toMatchObject({ backlog: null, links: null });
  await call('PUT', `${path}/mappings`, { key, body: { items: [email, phone] } });
  expect(await health()).toMatchObject({
    backlog: { total: 2, done: 0, lines: ['lead:phone:phone'], also: [], calls: 1, needsFullRead: false },
  });
  expect((await call('DELETE', `${path}/backlog`, { key })).status).toBe(200);
  expect(await health()).toMatchObject({ backlog: null, waiting: 2 });
  await run();
  expect(await health()).toMatchObject({ backlog: null, waiting: 0 });
  // R24: rewriting links is an administrator's.
  expect((await call('POST', `${path}/links/rewrite`, { key })).status).toBe(403);
  expect(await (await call('POST', `${path}/links/rewrite`, { key: admin })).json()).toMatchObject({ people: 0 });
});
