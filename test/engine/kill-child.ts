/** Started and killed by `sigkill.test.ts`: opens the database it is given and synchronises until nothing is left to do. */
import { sql } from 'kysely';
import { manifests } from '../../src/connectors/index.ts';
import { listConnections } from '../../src/engine/connection.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { requestRuns } from '../../src/engine/runs.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { loadKeyFile } from '../../src/platform/crypto.ts';
import { createGuardedFetch } from '../../src/platform/guarded-fetch.ts';
import { createIds } from '../../src/platform/ids.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openStore } from '../../src/store/db.ts';
import { createSecrets } from '../../src/store/secrets.ts';

/** Longer than any wait of an export's, and more rounds than any history of kills needs. */
const LATER_MS = 60_000;
const ROUNDS_MAX = 10;
let aheadMs = 0;
/** Time that nobody has to wait for. */
const clock: Clock = { now: () => systemClock.now() + aheadMs, sleep: (ms, signal) => systemClock.sleep(ms, signal) };

const [dataDir = '', databaseUrl = '', killAt = ''] = process.argv.slice(2);
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
    if (place === killAt) process.kill(process.pid, 'SIGKILL');
  },
};
process.send?.('ready');
for (const { id } of await listConnections(store.db)) {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await requestRuns(deps, id, { mode: 'changes', trigger: 'api' });
    // The same owner as the process that was killed: its lease is ours at once.
    await drainConnection(deps, id, 'the-one-worker');
    if (!(await isOwed())) break;
    // Whom a look-up does not find is not believed to be missing while the CRM's index may lag (R31): the next round is later.
    aheadMs += LATER_MS;
  }
}
await store.close();
process.exit(0);

/** Writes that were announced and not settled, debts of either side, what is to stand on records, and records that are to go. */
async function isOwed(): Promise<boolean> {
  const rows =
    await sql`select 1 from due union all select 1 from intents union all select 1 from timeline_entries where state in ('owed', 'sent')
              union all select 1 from crm_deletions where state = 'owed' limit 1`.execute(store.db);
  return rows.rows.length > 0;
}
