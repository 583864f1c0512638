import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore } from '../../test/support/database.ts';
import { START, syncNow, testDeps } from '../../test/support/engine.ts';
import { createHubSpotEmulator } from '../connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../engine/connections.ts';
import { manualClock } from '../platform/clock.ts';
import type { Store } from '../store/db.ts';
import { planText } from './plan-text.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('a plan is told in colour, per direction: who, what would become of which field, and why not', async () => {
  const clock = manualClock(START);
  const hubspot = createHubSpotEmulator({ clock });
  hubspot.world.seed(
    [
      { email: 'ada@example.com', first_name: 'Ada', phone: '+44 1' },
      { first_name: 'Noah' },
      ...Array.from({ length: 11 }, (_, index) => ({ email: `more${index}@example.com` })),
    ],
    'lead',
  );
  const deps = testDeps(store, clock, hubspot.request);
  const settings = {
    name: 'sales',
    crm: 'hubspot',
    enabled: true,
    credentials: { method: 'token', accessToken: hubspot.token },
  };
  const { id } = await createConnection(deps, settings, 'api');
  const lines = await planText(deps, await syncNow(deps, id, { mode: 'full', dryRun: true }));
  const plain = stripVTControlCharacters(lines.join('\n'));
  expect(plain).toContain('sales → Tandem\n  + ada@example.com  email: – → ada@example.com, first_name: – → Ada');
  expect(plain).toContain('    … and 2 more created');
  expect(plain).toContain('  ! Noah  Noah has no e-mail address in HubSpot, so the record cannot come in.');
  expect(plain).toContain('Tandem → sales\n  Nothing would be written.');
  expect(lines.join('\n')).toContain('\u001b[32m+ ada@example.com\u001b[0m');
});
