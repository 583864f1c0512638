import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { estimateFull } from '../../src/engine/estimate.ts';
import { listRunLines, unfold } from '../../src/engine/run-lines.ts';
import { readRun } from '../../src/engine/runs.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const MINUTE = 60_000;
const LEADS = 450;

describeEachDatabase('the lines of the history', (open) => {
  let clock: TestClock;
  let hubspot: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    hubspot = createHubSpotEmulator({ clock });
    hubspot.world.seed(
      Array.from({ length: LEADS }, (_, index) => ({ email: `lead${index}@example.com`, first_name: `L${index}` })),
      'lead',
    );
    deps = testDeps(open(), clock, hubspot.request);
    const settings = {
      name: 'sales',
      crm: 'hubspot',
      enabled: true,
      credentials: { method: 'token', accessToken: hubspot.token },
      export: { enabled: true, minimumScore: 0 },
    };
    id = (await createConnection(deps, settings, 'api')).id;
  });

  test('[R35] form runs of one hour and direction are one line with their numbers together, which opens; other runs stay lines', async () => {
    await syncNow(deps, id, { trigger: 'api' });
    // 09:10, 09:20 and 09:30 by forms, 10:05 by a form, then a person.
    for (const [minute, email] of [
      [10, 'lead1@example.com'],
      [20, 'lead2@example.com'],
      [30, 'lead3@example.com'],
      [65, 'lead4@example.com'],
    ] as const) {
      clock.advance(START + minute * MINUTE - clock.now());
      hubspot.world.edit(hubspot.world.find(email, 1)[0]?.id ?? '', { phone: `+43 1 ${minute}` });
      await syncNow(deps, id, { trigger: 'form', emails: [email] });
    }
    clock.advance(10 * MINUTE);
    await syncNow(deps, id, { trigger: 'person' });

    const all = await listRunLines(open().db, { limit: 50 });
    const told = all.map((line) => `${line.trigger} ${line.direction} ${line.folded} ${line.counts.updated}`);
    expect(told.sort()).toEqual(
      [
        'form toCrm 1 0',
        'form toCrm 3 0',
        'form toHub 1 1',
        'form toHub 3 3',
        'person toCrm 1 0',
        'person toHub 1 0',
        'api toCrm 1 0',
        'api toHub 1 0',
      ].sort(),
    );
    const folded = all.find((line) => line.direction === 'toHub' && line.folded === 3);
    expect(folded?.startedAt).toBe(START + 10 * MINUTE);
    const inside = await unfold(open().db, await readRun(open().db, folded?.id ?? ''));
    expect(inside.map((run) => run.createdAt)).toEqual([30, 20, 10].map((minute) => START + minute * MINUTE));
    expect(inside.reduce((sum, run) => sum + run.apiCalls, 0)).toBe(folded?.apiCalls);

    // Page by page the same lines come, none twice, also where a page ends inside an hour.
    for (const limit of [1, 2, 3, 5]) {
      const paged = [];
      let before: { createdAt: number; id: string } | undefined;
      for (;;) {
        const page = await listRunLines(open().db, { limit, before });
        paged.push(...page);
        const last = page.at(-1);
        if (last === undefined || page.length < limit) break;
        before = { createdAt: last.createdAt, id: last.id };
      }
      expect(paged.map((line) => line.id)).toEqual(all.map((line) => line.id));
    }
    expect(await listRunLines(open().db, { limit: 50, connectionId: 'another' })).toEqual([]);
  });

  test('[R36] the estimate of a full synchronisation is what it then costs', async () => {
    await syncNow(deps, id);
    // The first full one writes link-backs and scores, which nobody can know before it has read.
    await syncNow(deps, id, { mode: 'full' });
    const estimate = await estimateFull(deps, id);
    const runs = await syncNow(deps, id, { mode: 'full' });
    const spent = runs.reduce((sum, run) => sum + run.apiCalls, 0);
    expect(Math.abs(estimate.calls - spent)).toBeLessThanOrEqual(1);
    expect(estimate.toHub).toBeGreaterThanOrEqual(Math.ceil(LEADS / 200));
    expect(estimate.ofDailyQuota).toBeCloseTo(estimate.calls / 250_000);
  });

  test('[R34] a run that the CRM asked to slow down says how often and how long it waited', async () => {
    hubspot.faults.add({ kind: 'throttle', times: 2 });
    const [inn] = await syncNow(deps, id);
    expect(inn).toMatchObject({ status: 'succeeded', slowed: 2 });
    expect(inn?.waitedMs).toBeGreaterThan(0);
    const [quiet] = await syncNow(deps, id);
    expect(quiet).toMatchObject({ slowed: 0, waitedMs: 0 });
  });
});
