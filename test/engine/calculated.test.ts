import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { recordEvents } from '../../src/hub/record-events.ts';
import { plantScoreRules } from '../../src/hub/score-rules.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describeEachDatabase('what is calculated', (open) => {
  let clock: TestClock;
  let crm: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  let record: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createHubSpotEmulator({ clock });
    deps = testDeps(open(), clock, crm.request);
    await plantScoreRules(deps.store, clock.now());
    id = (
      await createConnection(
        deps,
        {
          name: 'sales',
          crm: 'hubspot',
          enabled: true,
          credentials: { method: 'token', accessToken: crm.token },
          export: { enabled: true, minimumScore: 30 },
        },
        'api',
      )
    ).id;
    [record = ''] = crm.world.seed([{ email: 'ada@example.com', first_name: 'Ada' }], 'lead');
    await sync();
  });
  const sync = async (request = {}) => {
    clock.advance(60_000);
    return syncNow(deps, id, request);
  };
  let events = 0;
  const happens = (type: string, data = {}) =>
    deps.store.transaction((trx) => {
      events += 1;
      const event = { id: `evt_${events}_${clock.now()}`, type, email: 'ada@example.com', at: clock.now(), data };
      return recordEvents(trx, [event], clock.now());
    });
  const score = () => crm.world.get(record)?.raw['tandem_score'] ?? null;

  test('[R23] a small step of the score alone writes nothing and costs no call', async () => {
    await happens('visit');
    const [, out] = await sync();
    expect(out).toMatchObject({ status: 'succeeded', apiCalls: 0, counts: { updated: 0 } });
    expect(score()).toBe(null);
    expect(await deps.store.db.selectFrom('due').selectAll().execute()).toEqual([]);
  });

  test('[R23] a step of five goes once a day; what came since waits until the day is over', async () => {
    await happens('download');
    const [, first] = await sync();
    expect(first?.counts.updated).toBe(1);
    expect(score()).toBe('5');
    await happens('download');
    const [, second] = await sync();
    expect(second).toMatchObject({ apiCalls: 0, counts: { updated: 0 } });
    clock.advance(DAY_MS);
    await sync();
    expect(score()).toBe('10');
  });

  test('[R23] a phase or the minimum score that is crossed is told at once', async () => {
    await happens('download');
    await sync();
    await happens('form', { phase: 'evaluation' });
    await sync();
    expect(score()).toBe('25');
    await happens('download');
    await sync();
    expect(score()).toBe('30');
  });

  test('[R23] a full run writes the link back on imported leads, and its preview counts these writes apart', async () => {
    expect(crm.world.get(record)?.raw['tandem_url'] ?? null).toBe(null);
    const [, plan] = await sync({ mode: 'full', dryRun: true });
    expect(plan?.plan).toMatchObject({ calculated: 1 });
    await sync({ mode: 'full' });
    expect(String(crm.world.get(record)?.raw['tandem_url'])).toContain('/contacts/ct_');
    const [, again] = await sync({ mode: 'full' });
    expect(again?.counts.updated).toBe(0);
  });
});
