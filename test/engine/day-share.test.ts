import { beforeEach, expect, test } from 'vitest';
import { createPipedriveEmulator } from '../../src/connectors/pipedrive/emulator/emulator.ts';
import { type Connection, loadConnection } from '../../src/engine/connection.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { createQuota } from '../../src/engine/quota.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, testDeps } from '../support/engine.ts';

describeEachDatabase("the share of a CRM's day", (open) => {
  let deps: EngineDeps;
  let connection: Connection;
  beforeEach(async () => {
    await emptyStore(open());
    const clock = manualClock(START);
    const crm = createPipedriveEmulator({ clock });
    deps = testDeps(open(), clock, crm.request);
    const input = { name: 'pd', crm: 'pipedrive', enabled: true, credentials: crm.credentials };
    connection = await loadConnection(open().db, (await createConnection(deps, input, 'api')).id);
    await open().db.deleteFrom('quota_days').execute();
  });

  test.each([
    ['hubspot', 250_000],
    ['salesforce', 15_000],
    ['pipedrive', 30_000],
    ['zoho', 50_000],
  ])(
    '[R34] of %s it counts before any answer has told the day’s allowance, whatever the vendor counts in',
    async (crm, day) => {
      const share = day * connection.settings.quota.dailyShare;
      const quota = createQuota(deps, { ...connection, crm, accountId: 'one' }, 'ordinary');
      await quota.take(1);
      await open().db.updateTable('quota_days').set({ reserved: share }).execute();
      await expect(quota.take(40)).rejects.toMatchObject({ kind: 'quota', case: 'own_share' });
    },
  );
});
