import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { listConflicts, resolveConflict } from '../../src/engine/conflicts.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

describeEachDatabase('a conflict that is decided while a write is on its way', (open) => {
  let clock: TestClock;
  let hubspot: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  let duringWrite: () => Promise<void>;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    hubspot = createHubSpotEmulator({ clock });
    duringWrite = async () => undefined;
    deps = testDeps(open(), clock, async (url, init) => {
      const answer = await hubspot.request(url, init);
      if (url.includes('/batch/update')) await duringWrite();
      return answer;
    });
    const credentials = { method: 'token', accessToken: hubspot.token };
    const input = { name: 'sales', crm: 'hubspot', enabled: true, export: { enabled: true, minimumScore: 0 } };
    id = (await createConnection(deps, { ...input, credentials }, 'api')).id;
    const { mappings } = await loadConnection(open().db, id);
    const asking = mappings.map((line) => (line.hub === 'city' ? { ...line, conflict: 'ask' as const } : line));
    await updateConnection(deps, id, { mappings: asking }, { writtenBy: 'api' });
  });
  const sync = async () => {
    clock.advance(600_000);
    return syncNow(deps, id);
  };
  const hubEdit = (fields: Record<string, unknown>) =>
    open().transaction((trx) =>
      saveContact(
        trx,
        { fields: { email: 'ada@example.com', ...fields } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );

  test.each(['hub', 'crm'] as const)(
    '[R4c] the decision is carried out, and what was written is agreed: %s',
    async (winner) => {
      const [rec] = hubspot.world.seed([{ email: 'ada@example.com', city: 'Wien', phone: '+43 1 000000' }], 'lead');
      await sync();
      await hubEdit({ city: 'Graz' });
      hubspot.world.edit(rec ?? '', { city: 'Linz' });
      await sync();
      const [held] = await listConflicts(deps, { status: 'held', limit: 5 });
      expect(held).toMatchObject({ hub_field: 'city', hub_value: 'Graz', crm_value: 'Linz' });
      await hubEdit({ phone: '+43 1 111111' });
      duringWrite = async () => {
        duringWrite = async () => undefined;
        await resolveConflict(deps, held?.id ?? '', { winner, hubValue: 'Graz', crmValue: 'Linz', by: 'ada' });
      };
      await sync();
      await sync();
      const agreed = { city: winner === 'hub' ? 'Graz' : 'Linz', phone: '+43 1 111111' };
      expect(hubspot.world.get(rec ?? '')?.fields).toMatchObject(agreed);
      expect((await findContact(open().db, 'ada@example.com', deps.baseUrl))?.fields).toMatchObject(agreed);
      expect(await open().db.selectFrom('links').select('holds').execute()).toEqual([{ holds: {} }]);
      const [inn, out] = await sync();
      expect([inn?.counts.updated, out?.counts.seen]).toEqual([0, 0]);
    },
  );
});
