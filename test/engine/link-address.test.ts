import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { backlogOf } from '../../src/engine/backlog.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { healthOf } from '../../src/engine/health.ts';
import { noticeAddress, rewriteLinks } from '../../src/engine/link-address.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const OLD = 'https://old.example.com';
const NEW = 'https://new.example.com';
const PEOPLE = 230;

describeEachDatabase('another public address', (open) => {
  let clock: TestClock;
  let crm: HubSpotEmulator;
  let before: EngineDeps;
  let after: EngineDeps;
  let id: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createHubSpotEmulator({ clock });
    before = testDeps(open(), clock, crm.request, { baseUrl: OLD });
    after = { ...before, baseUrl: NEW };
    await noticeAddress(before);
    const settings = {
      name: 'sales',
      crm: 'hubspot',
      enabled: true,
      credentials: { method: 'token', accessToken: crm.token },
      export: { enabled: true, minimumScore: 30 },
    };
    id = (await createConnection(before, settings, 'api')).id;
    crm.world.seed(
      Array.from({ length: PEOPLE }, (_, index) => ({ email: `p${index}@example.com` })),
      'lead',
    );
    await sync(before);
    await sync(before, { mode: 'full' });
    await sync(before);
  });
  const sync = (deps: EngineDeps, request = {}) => {
    clock.advance(3_600_000);
    return syncNow(deps, id, request);
  };
  const addresses = (): readonly string[] => [
    ...new Set(
      Array.from({ length: PEOPLE }, (_, index) =>
        String(crm.state.holderOf(`p${index}@example.com`)?.properties['tandem_url']).replace(/\/contacts\/.*/, ''),
      ),
    ),
  ];
  const health = async (deps: EngineDeps) => healthOf(deps, await loadConnection(open().db, id));

  test('[R24] links to the address of before are counted at the start and left alone, by full runs and edits too', async () => {
    expect(addresses()).toEqual([OLD]);
    expect(await noticeAddress(before)).toEqual([]);
    expect((await noticeAddress(after)).map((one) => one.name)).toEqual(['sales']);
    // 230 people are read again by hundreds, and written by hundreds.
    expect((await health(after)).links).toEqual({ count: PEOPLE, from: OLD, to: NEW, calls: 6 });
    await sync(after);
    const [, full] = await sync(after, { mode: 'full' });
    expect(full).toMatchObject({ counts: { updated: 0 } });
    crm.world.edit(crm.world.find('p1@example.com', 1)[0]?.id ?? '', { phone: '+43 1 1' });
    await sync(after);
    expect(addresses()).toEqual([OLD]);
    // The address of before again: nothing was wrong, nothing is offered.
    expect(await noticeAddress(before)).toEqual([]);
    expect((await health(before)).links).toBe(null);
  });

  test('[R24] one click rewrites them at the cost that was said, and the bar tells how far', async () => {
    await noticeAddress(after);
    const offered = (await health(after)).links;
    expect(await rewriteLinks(after, id)).toBe(PEOPLE);
    expect(await backlogOf(after, await loadConnection(open().db, id))).toMatchObject({
      total: PEOPLE,
      done: 0,
      also: ['links'],
    });
    expect((await health(after)).links).toBe(null);
    clock.advance(60_000);
    await drainConnection(after, id, 'test');
    expect(addresses()).toEqual([NEW]);
    const [run] = await open()
      .db.selectFrom('runs')
      .select(['api_calls', 'counts'])
      .where('trigger', '=', 'person')
      .execute();
    expect(run).toMatchObject({ api_calls: offered?.calls, counts: { updated: PEOPLE } });
    expect(await backlogOf(after, await loadConnection(open().db, id))).toBe(null);
    expect(await noticeAddress({ ...after })).toEqual([]);
    const quiet = await sync(after, { mode: 'full' });
    expect(quiet.map((one) => one.counts.updated)).toEqual([0, 0]);
  });

  test('[R24] there and back again: records that got the address in between are counted, too', async () => {
    await noticeAddress(after);
    await rewriteLinks(after, id);
    await drainConnection(after, id, 'test');
    await noticeAddress(before);
    expect((await health(before)).links).toMatchObject({ count: PEOPLE, from: NEW, to: OLD });
  });
});
