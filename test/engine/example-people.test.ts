import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { examplePeople } from '../../src/engine/example-people.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, testDeps } from '../support/engine.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

test('a mapping is told by real people: the CRM’s first ones before the first run, the best filled linked ones after it', async () => {
  const clock = manualClock(START);
  const hubspot = createHubSpotEmulator({ clock });
  hubspot.world.seed([{ email: 'bare@example.com' }], 'lead');
  hubspot.world.seed(
    [{ email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace', job_title: 'Boss', city: 'London' }],
    'lead',
  );
  hubspot.world.seed([{ email: 'rep@example.com', first_name: 'Rep' }], 'contact');
  clock.advance(60_000);
  const deps = testDeps(store, clock, hubspot.request);
  const settings = {
    name: 'sales',
    crm: 'hubspot',
    enabled: true,
    credentials: { method: 'token', accessToken: hubspot.token },
  };
  const { id } = await createConnection(deps, settings, 'api');
  const before = await examplePeople(deps, id, 'lead');
  expect(before.map((one) => one.hub)).toEqual([null, null]);
  expect(before.map((one) => String(one.crm['email'])).sort()).toEqual(['ada@example.com', 'bare@example.com']);

  await syncNow(deps, id);
  const calls = hubspot.calls();
  const [first, second, ...others] = await examplePeople(deps, 'sales', 'lead');
  expect(first).toMatchObject({ name: 'Ada Lovelace', crm: { jobtitle: 'Boss' }, hub: { job_title: 'Boss' } });
  expect(second).toMatchObject({ name: 'bare@example.com' });
  expect(others).toEqual([]);
  expect(hubspot.calls() - calls).toBe(1);
});
