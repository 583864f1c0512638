import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { sql } from 'kysely';
import { serve } from '../src/cli/serve.ts';
import { readConfig } from '../src/config.ts';
import { createSalesforceEmulator } from '../src/connectors/salesforce/emulator/emulator.ts';
import { createConnection } from '../src/engine/connections.ts';
import { readRuns, requestRuns } from '../src/engine/runs.ts';
import { drainConnection } from '../src/engine/worker.ts';
import { readTracking } from '../src/hub/tracking/settings.ts';
import { saveInstanceSettings } from '../src/store/instance-settings.ts';

const PORT = 4623;
const SITE = 'https://www.example.com';
const LEADS = 10_000;
const HOST = 'https://emulated.my.salesforce.test';

/** The visitors: a thread of its own, so that it does not slow what is measured; two signs a post, at an even pace. */
const LOAD = `
const { workerData, parentPort } = require('node:worker_threads');
const { url, key, perSecond, seconds, site } = workerData;
const http = require('node:http');
const agent = new http.Agent({ keepAlive: true, maxSockets: 400 });
const times = []; let failed = 0; let open = 0;
const sign = (n) => ({ t: 'page', u: site + '/page' + n, r: '', n: 'Page', d: {}, a: 0 });
const post = (n) => new Promise((resolve) => {
  const started = performance.now();
  const body = JSON.stringify({ k: key, v: 'browser-' + String(n % 20000).padStart(16, '0'), e: [sign(n), sign(n + 1)] });
  const request = http.request(url, { method: 'POST', agent, headers: { 'content-type': 'text/plain', origin: site, 'content-length': Buffer.byteLength(body),
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' } }, (answer) => {
    answer.resume(); answer.on('end', () => { if (answer.statusCode !== 204) failed += 1; times.push(performance.now() - started); open -= 1; resolve(); });
  });
  request.on('error', () => { failed += 1; open -= 1; resolve(); });
  open += 1; request.end(body);
});
(async () => {
  const started = performance.now(); let sent = 0; const all = [];
  while (performance.now() - started < seconds * 1000) {
    const due = Math.floor(((performance.now() - started) / 1000) * (perSecond / 2));
    for (; sent < due; sent += 1) all.push(post(sent));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(all);
  times.sort((a, b) => a - b);
  parentPort.postMessage({ posts: sent, failed, seconds: (performance.now() - started) / 1000, median: times[Math.floor(times.length / 2)], p95: times[Math.floor(times.length * 0.95)] });
})();`;

interface Loaded {
  readonly posts: number;
  readonly failed: number;
  readonly seconds: number;
  readonly median: number;
  readonly p95: number;
}

/**
 * A thousand signs of visitors a second, by HTTP, into the embedded database: are they stored at that pace, how long does an
 * answer take, and how much slower does a first import of 10,000 leads become meanwhile?
 */
export async function measureVisits(options: { readonly perSecond: number }): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
  const url = `http://localhost:${PORT}`;
  const running = await serve({
    config: readConfig({ PORT: String(PORT), TANDEM_DATA: data, TANDEM_URL: url, LOG_LEVEL: 'error' }),
    worker: false,
  });
  try {
    const { engine } = running.product;
    await engine.store.transaction((trx) => saveInstanceSettings(trx, { sites: [SITE] }, engine.clock.now()));
    const { key } = await readTracking(engine.store.db, engine.clock.now());
    const load = (seconds: number): Promise<Loaded> =>
      new Promise((resolve, reject) => {
        const workerData = { url: `${url}/t`, key, site: SITE, perSecond: options.perSecond, seconds };
        const worker = new Worker(LOAD, { eval: true, workerData });
        worker.on('message', resolve);
        worker.on('error', reject);
      });
    const quiet = await importOnce(running, 'quiet');
    const visits = load(Math.max(10, Math.ceil(quiet * 1.5)));
    const busy = await importOnce(running, 'busy');
    const loaded = await visits;
    const stored = await sql<{ count: number }>`select count(*)::int as count from events where type = 'page'`.execute(
      engine.store.db,
    );
    process.stdout.write(
      `visits: ${Math.round((stored.rows[0]?.count ?? 0) / loaded.seconds)} signs/s stored (${options.perSecond}/s sent for ${loaded.seconds.toFixed(1)} s, ${loaded.failed} posts failed), answered after ${Math.round(loaded.median)} ms (median), ${Math.round(loaded.p95)} ms (p95)\n` +
        `  first import meanwhile ${Math.round(LEADS / busy)}/s, without visitors ${Math.round(LEADS / quiet)}/s\n`,
    );
  } finally {
    await running.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** Seconds that a first import takes. */
async function importOnce(running: Awaited<ReturnType<typeof serve>>, name: string): Promise<number> {
  const { engine } = running.product;
  const crm = createSalesforceEmulator({ clock: engine.clock, url: () => HOST });
  crm.world.seed(
    Array.from({ length: LEADS }, (_, index) => ({
      email: `${name}${index}@example.com`,
      last_name: 'L',
      company: 'Acme',
    })),
    'lead',
  );
  const deps = { ...engine, fetch: crm.request };
  const { id } = await createConnection(
    deps,
    {
      name,
      crm: 'salesforce',
      enabled: true,
      credentials: { ...crm.credentials, loginUrl: HOST },
      quota: { dailyShare: 1 },
    },
    'api',
  );
  const runs = await requestRuns(deps, id, { mode: 'changes', trigger: 'person', direction: 'toHub' });
  const started = performance.now();
  await drainConnection(deps, id, 'bench');
  const seconds = (performance.now() - started) / 1000;
  const [run] = await readRuns(
    engine.store.db,
    runs.map((one) => one.id),
  );
  if (run?.counts.created !== LEADS) throw new Error(`the import made ${run?.counts.created} contacts`);
  // The next one is another account.
  await sql`update connections set disconnected_at = ${engine.clock.now()} where id = ${id}`.execute(engine.store.db);
  return seconds;
}
