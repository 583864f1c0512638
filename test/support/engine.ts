import { randomBytes } from 'node:crypto';
import { manifests } from '../../src/connectors/index.ts';
import type { EngineDeps, Fetch } from '../../src/engine/deps.ts';
import { type RunRequest, type RunView, readRuns, requestRuns } from '../../src/engine/runs.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { parseSecretKey } from '../../src/platform/crypto.ts';
import { createIds } from '../../src/platform/ids.ts';
import { silentLog } from '../../src/platform/log.ts';
import { phoneKey } from '../../src/platform/phone.ts';
import type { Store } from '../../src/store/db.ts';
import { createSecrets } from '../../src/store/secrets.ts';

export const START = Date.UTC(2026, 10, 24, 9);
export type TestClock = ReturnType<typeof manualClock>;

/** An engine whose CRMs are emulators in this process: real connectors, real HTTP semantics, no network. */
export function testDeps(store: Store, clock: TestClock, fetch: Fetch, extra: Partial<EngineDeps> = {}): EngineDeps {
  return {
    store,
    clock,
    ids: createIds(clock),
    log: silentLog,
    secrets: createSecrets(parseSecretKey(randomBytes(32).toString('base64'))),
    manifests,
    fetch,
    phoneKey: (raw) => phoneKey(raw),
    baseUrl: 'http://localhost:4000',
    ...extra,
  };
}

/** Asks for runs and carries them out here and now. */
export async function syncNow(
  deps: EngineDeps,
  connectionId: string,
  request: Partial<RunRequest> = {},
): Promise<readonly RunView[]> {
  const runs = await requestRuns(deps, connectionId, { mode: 'changes', trigger: 'api', ...request });
  await drainConnection(deps, connectionId, 'test');
  return readRuns(
    deps.store.db,
    runs.map((run) => run.id),
  );
}
