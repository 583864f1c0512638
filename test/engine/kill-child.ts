/** Started and killed by `sigkill.test.ts`: opens the database it is given and synchronises until nothing is left to do. */
import { manifests } from '../../src/connectors/index.ts';
import { listConnections } from '../../src/engine/connection.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { requestRuns } from '../../src/engine/runs.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { loadKeyFile } from '../../src/platform/crypto.ts';
import { createGuardedFetch } from '../../src/platform/guarded-fetch.ts';
import { createIds } from '../../src/platform/ids.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openStore } from '../../src/store/db.ts';
import { createSecrets } from '../../src/store/secrets.ts';

const [dataDir = '', databaseUrl = '', killAt = ''] = process.argv.slice(2);
const store = await openStore(databaseUrl === '' ? { dataDir } : { databaseUrl });
const deps: EngineDeps = {
  store,
  clock: systemClock,
  ids: createIds(systemClock),
  log: silentLog,
  secrets: createSecrets(loadKeyFile(dataDir)),
  manifests,
  fetch: createGuardedFetch({ allowHosts: [], allowPrivateHosts: true }),
  phoneKey: () => null,
  baseUrl: 'http://localhost:4000',
  checkpoint: (place) => {
    if (place === killAt) process.kill(process.pid, 'SIGKILL');
  },
};
process.send?.('ready');
for (const { id } of await listConnections(store.db)) {
  for (let round = 0; round < 3; round += 1) {
    await requestRuns(deps, id, { mode: 'changes', trigger: 'api' });
    // The same owner as the process that was killed: its lease is ours at once.
    await drainConnection(deps, id, 'the-one-worker');
  }
}
await store.close();
process.exit(0);
