import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { requestRuns, waitForRuns } from '../../src/engine/runs.ts';
import { startWorker, type Worker } from '../../src/engine/worker.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { openTestStore } from '../support/database.ts';
import { testDeps } from '../support/engine.ts';

let store: Store;
let worker: Worker | undefined;
beforeEach(async () => {
  store = await openTestStore();
});
afterEach(async () => {
  await worker?.stop();
  await store.close();
});

test('[R30b] a worker that sleeps gets up when it is woken, and not before its time otherwise', async () => {
  // Its nap never ends by itself.
  let fallsAsleep: () => void = () => undefined;
  const asleep = new Promise<void>((resolve) => {
    fallsAsleep = resolve;
  });
  const clock: Clock = {
    now: () => systemClock.now(),
    sleep: (ms, signal) => {
      if (ms < 1_000) return systemClock.sleep(ms, signal);
      fallsAsleep();
      return systemClock.sleep(600_000, signal);
    },
  };
  const hubspot = createHubSpotEmulator({ clock });
  const sleepers = new Set<() => void>();
  const deps = {
    ...testDeps(store, { ...clock, advance: () => undefined }, (url, init) => hubspot.request(url, init)),
    onWake: (listener: () => void) => {
      sleepers.add(listener);
      return () => sleepers.delete(listener);
    },
  };
  worker = startWorker(deps, 'test');
  await asleep;
  const settings = {
    name: 'sales',
    crm: 'hubspot',
    enabled: true,
    credentials: { method: 'token', accessToken: hubspot.token },
  };
  const { id } = await createConnection(deps, settings, 'api');
  const wished = (await requestRuns(deps, id, { mode: 'changes', trigger: 'person' })).map((run) => run.id);
  expect((await waitForRuns(deps, wished, 300)).map((run) => run.status)).toEqual(['queued', 'queued']);
  for (const wake of sleepers) wake();
  expect((await waitForRuns(deps, wished, 10_000)).map((run) => run.status)).toEqual(['succeeded', 'succeeded']);
  await worker.stop();
  expect(sleepers.size).toBe(0);
});
