import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkConnection } from '../../src/engine/check-connection.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { createGuardedFetch } from '../../src/platform/guarded-fetch.ts';
import type { Store } from '../../src/store/db.ts';
import { openTestStore } from '../support/database.ts';
import { START, testDeps } from '../support/engine.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test.each(['http://127.0.0.1:8099', 'http://localhost:8099'])(
  'an address in a private network is called what it is, at once, and not a CRM that is down: %s',
  async (baseUrl) => {
    const clock = manualClock(START);
    const fetch = createGuardedFetch({ allowHosts: [], allowPrivateHosts: false });
    const deps = testDeps(store, clock, fetch);
    const { id } = await createConnection(
      deps,
      { name: 'near', crm: 'hubspot', enabled: false, baseUrl, credentials: { method: 'token', accessToken: 'x' } },
      'api',
    );
    expect(await checkConnection(deps, id)).toMatchObject({
      ok: false,
      findings: [{ level: 'error', code: 'remote_private_address' }],
    });
    // Nobody was asked, so nobody is asked again after a pause.
    expect(clock.now()).toBe(START);
    await store.db.deleteFrom('connections').execute();
  },
);
