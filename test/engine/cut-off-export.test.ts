import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

/** A page is 1,000 people. */
const PAGE = 1_000;
const BEHIND = 120;

describeEachDatabase('an export that was cut off in the midst of a page', (open) => {
  let clock: TestClock;
  let hubspot: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  let killAt: string | null;
  /** Called once, at the first call to this path. */
  let onCall: { readonly path: string; readonly work: () => Promise<unknown> } | null;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    hubspot = createHubSpotEmulator({ clock });
    killAt = null;
    onCall = null;
    const request: EngineDeps['fetch'] = async (url, init) => {
      const { path, work } = onCall ?? {};
      if (path !== undefined && url.includes(path)) {
        onCall = null;
        await work?.();
      }
      return hubspot.request(url, init);
    };
    deps = testDeps(open(), clock, request, {
      checkpoint: (place) => {
        if (place === killAt) throw new Error('killed');
      },
    });
    const credentials = { method: 'token', accessToken: hubspot.token };
    const input = { name: 'sales', crm: 'hubspot', enabled: true, export: { enabled: true, minimumScore: 0 } };
    id = (await createConnection(deps, { ...input, credentials, quota: { dailyShare: 1 } }, 'api')).id;
    const people = Array.from({ length: PAGE + BEHIND }, (_, index) => ({
      fields: { email: `p${index}@example.com` },
    }));
    for (const part of [people.slice(0, PAGE), people.slice(PAGE)]) {
      await open().transaction((trx) =>
        saveContacts(trx, part, { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' }),
      );
      clock.advance(1_000);
    }
  });
  const addresses = () => hubspot.world.all().flatMap((record) => (record.deleted ? [] : [record.fields['email']]));

  test('[R31] after its page was announced, whoever is behind it goes at once, and the page when absence can be believed: nobody lost, nobody twice', async () => {
    killAt = 'export:announced';
    await syncNow(deps, id, { direction: 'toCrm' });
    killAt = null;
    expect(addresses()).toHaveLength(0);
    await syncNow(deps, id, { direction: 'toCrm' });
    expect(addresses()).toHaveLength(BEHIND);
    // HubSpot's index may lag by half a minute: only then is somebody who was not found not there.
    clock.advance(31_000);
    await syncNow(deps, id, { direction: 'toCrm' });
    expect(new Set(addresses()).size).toBe(PAGE + BEHIND);
    expect(addresses()).toHaveLength(PAGE + BEHIND);
    expect(await open().db.selectFrom('due').selectAll().execute()).toEqual([]);
    expect(await open().db.selectFrom('intents').selectAll().execute()).toEqual([]);
  });

  test('[R37] a preview of more than a page counts everybody once, by debts and as a full run, and settles nothing', async () => {
    const all = PAGE + BEHIND;
    for (const mode of ['changes', 'full'] as const) {
      const [run] = await syncNow(deps, id, { direction: 'toCrm', dryRun: true, mode });
      expect(run).toMatchObject({ counts: { seen: all, created: all }, plan: { mass: { created: all } } });
    }
    expect(addresses()).toEqual([]);
    expect(await open().db.selectFrom('due').select('subject').where('side', '=', 'crm').execute()).toHaveLength(all);
  });

  test('[R36] a run that takes up new settings in the midst of a page goes on with that page, and looks at nobody twice', async () => {
    const save = () => sql`update connections set settings_version = settings_version + 1`.execute(open().db);
    // While the page is read: nothing of it is decided yet.
    onCall = { path: '/batch/read', work: save };
    const [run] = await syncNow(deps, id, { direction: 'toCrm' });
    expect(onCall).toBeNull();
    expect(run).toMatchObject({ status: 'succeeded', counts: { seen: PAGE + BEHIND, created: PAGE + BEHIND } });
    expect(addresses()).toHaveLength(PAGE + BEHIND);
    expect(new Set(addresses()).size).toBe(PAGE + BEHIND);
  });
});
