/**
 * Started by `tokens.test.ts`: one worker's life. It synchronises the one connection once; with `die` it says that it
 * stands between the vendor's answer and our commit, and stays there until it is killed. Its clock runs ahead while it waits, so that a dead worker's lease does not cost a
 * minute of the test.
 */
import { manifests } from '../../src/connectors/index.ts';
import { listConnections } from '../../src/engine/connection.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { requestRuns } from '../../src/engine/runs.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { loadKeyFile } from '../../src/platform/crypto.ts';
import { createGuardedFetch } from '../../src/platform/guarded-fetch.ts';
import { createIds } from '../../src/platform/ids.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openStore } from '../../src/store/db.ts';
import { createSecrets } from '../../src/store/secrets.ts';

const [dataDir = '', databaseUrl = '', fate = 'live'] = process.argv.slice(2);
let ahead = 0;
const clock: Clock = {
  now: () => Date.now() + ahead,
  sleep: async (ms) => {
    ahead += ms;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  },
};
const store = await openStore(databaseUrl === '' ? { dataDir } : { databaseUrl });
const deps: EngineDeps = {
  store,
  clock,
  ids: createIds(clock),
  log: silentLog,
  secrets: createSecrets(loadKeyFile(dataDir)),
  manifests,
  fetch: createGuardedFetch({ allowHosts: [], allowPrivateHosts: true }),
  phoneKey: () => null,
  baseUrl: 'http://localhost:4000',
  checkpoint: (place) => {
    if (fate !== 'die' || place !== 'token:renewed') return;
    process.send?.('holding');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};
for (const { id } of await listConnections(store.db)) {
  await requestRuns(deps, id, { mode: 'changes', trigger: 'schedule' }).catch(() => undefined);
  // Another worker may have the connection: its lease runs out when it is dead.
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await drainConnection(deps, id, fate)) > 0) break;
    await clock.sleep(1_000);
  }
}
await store.close();
process.exit(0);
