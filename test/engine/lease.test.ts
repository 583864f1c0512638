import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { manifest } from '../../src/connectors/hubspot/manifest.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { SILENT_MS } from '../../src/engine/dead-holders.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { takeLease } from '../../src/engine/lease.ts';
import { requestRuns } from '../../src/engine/runs.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const IN_FLIGHT = manifest.inFlight.value;
/** HubSpot takes 100 creates in a call: twice as many calls as are under way at once. */
const PEOPLE = manifest.batch.create.value * IN_FLIGHT * 2;

describeEachDatabase('the lease of a connection', (open) => {
  let clock: TestClock;
  let hubspot: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  let creates: number;
  let onCreate: () => Promise<void>;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    hubspot = createHubSpotEmulator({ clock });
    creates = 0;
    onCreate = async () => undefined;
    deps = testDeps(open(), clock, async (url, init) => {
      const answer = await hubspot.request(url, init);
      if (url.includes('/batch/create')) {
        creates += 1;
        await onCreate();
      }
      return answer;
    });
    const credentials = { method: 'token', accessToken: hubspot.token };
    const input = { name: 'sales', crm: 'hubspot', enabled: true, export: { enabled: true, minimumScore: 0 } };
    id = (await createConnection(deps, { ...input, credentials }, 'api')).id;
    const people = Array.from({ length: PEOPLE }, (_, index) => ({ fields: { email: `p${index}@example.com` } }));
    await open().transaction((trx) =>
      saveContacts(trx, people, { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' }),
    );
  });
  const alive = () => hubspot.world.all().filter((record) => !record.deleted).length;

  test('[R35] a worker that stood still while another one took over makes no further call, and nobody is there twice', async () => {
    await requestRuns(deps, id, { mode: 'changes', trigger: 'api', direction: 'toCrm' });
    onCreate = async () => {
      onCreate = async () => undefined;
      clock.advance(61_000);
      expect(await takeLease(deps, id, 'the other one')).not.toBeNull();
    };
    await drainConnection(deps, id, 'slow');
    // What was under way already, and nothing else.
    expect(creates).toBeLessThanOrEqual(IN_FLIGHT);
    expect(alive()).toBe(creates * manifest.batch.create.value);
    clock.advance(120_000);
    await syncNow(deps, id, { direction: 'toCrm' });
    clock.advance(120_000);
    await syncNow(deps, id);
    expect(alive()).toBe(PEOPLE);
    expect(await open().db.selectFrom('intents').selectAll().execute()).toEqual([]);
  });

  test('[R35] a worker whose lease was taken makes no further call, however short its silence was', async () => {
    await requestRuns(deps, id, { mode: 'changes', trigger: 'api', direction: 'toCrm' });
    onCreate = async () => {
      onCreate = async () => undefined;
      await sql`update connections set lease_number = lease_number + 1, lease_owner = 'the other one'`.execute(
        open().db,
      );
      clock.advance(SILENT_MS);
    };
    await drainConnection(deps, id, 'slow');
    expect(creates).toBeLessThanOrEqual(IN_FLIGHT);
  });

  test('[R35] calls that take long do not lose the lease to a second worker', async () => {
    await requestRuns(deps, id, { mode: 'changes', trigger: 'api', direction: 'toCrm' });
    const taken: (number | null)[] = [];
    onCreate = async () => {
      // Those that are under way together take 50 seconds.
      clock.advance(50_000 / IN_FLIGHT);
      taken.push(await takeLease(deps, id, 'the other one'));
    };
    await drainConnection(deps, id, 'patient');
    expect(taken).toEqual(Array.from({ length: IN_FLIGHT * 2 }, () => null));
    expect(alive()).toBe(PEOPLE);
  });
});
