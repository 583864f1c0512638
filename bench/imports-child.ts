/** Started by `imports.ts`, a process of its own for each figure: what one list costs the product's process. */
import { PerformanceObserver } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { runImports } from '../src/engine/run-imports.ts';
import { begin, createImport, loadImport } from '../src/hub/imports/import-store.ts';
import { systemClock } from '../src/platform/clock.ts';
import { openStore } from '../src/store/db.ts';
import { migrate } from '../src/store/migrate.ts';
import { testDeps } from '../test/support/engine.ts';

const MB = 1024 * 1024;
const [where = '', size = '0'] = process.argv.slice(2);
const rows = Number(size);

/** A French list of so many people, made as it is read. */
async function* list(): AsyncGenerator<Buffer> {
  yield Buffer.from('E-mail;Prénom;Nom;Société;Fonction;Téléphone;Ville;Pays;Site web\n');
  for (let start = 0; start < rows; start += 1_000) {
    const piece = Array.from({ length: Math.min(1_000, rows - start) }, (_, index) => {
      const n = start + index;
      return `person${n}@example.com;Zoé;Nom ${n};Société ${n % 5_000};Directrice;+33 1 ${10_000_000 + n};Besançon;France;https://www.example.com/${n}\n`;
    });
    yield Buffer.from(piece.join(''));
  }
}

const store = await openStore(where.startsWith('postgres:') ? { databaseUrl: where } : { dataDir: where });
await migrate(store);
if (rows > 0) await measure();
await store.close();

async function measure(): Promise<void> {
  const clock = { ...systemClock, advance: () => undefined };
  const deps = testDeps(store, clock, async () => new Response('', { status: 500 }));
  const peak = { heap: 0, rss: 0, live: 0 };
  const atStart = process.memoryUsage();
  const watch = setInterval(() => {
    const { heapUsed, rss } = process.memoryUsage();
    peak.heap = Math.max(peak.heap, heapUsed);
    peak.rss = Math.max(peak.rss, rss);
  }, 20);
  // What is still there after a collection of everything: garbage is no growth.
  const collections = new PerformanceObserver((entries) => {
    const isMajor = (detail: unknown): boolean =>
      typeof detail === 'object' && detail !== null && 'kind' in detail && detail.kind === 4;
    if (entries.getEntries().some((entry) => 'detail' in entry && isMajor(entry.detail)))
      peak.live = Math.max(peak.live, process.memoryUsage().heapUsed);
  });
  collections.observe({ entryTypes: ['gc'] });
  const rates: string[] = [];
  const timed = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    await work();
    const rate = Math.round((rows * 1000) / (performance.now() - started));
    rates.push(`${name} ${String(rate).padStart(6)}/s`);
  };
  let id = '';
  await timed('upload', async () => {
    const given = { name: 'bench.csv', by: 'bench', file: Readable.from(list()) };
    ({ id } = await createImport(store, given, { ids: deps.ids, now: () => clock.now() }));
  });
  const works = [
    ['count', 'counting'],
    ['import', 'running'],
    ['undo', 'undoing'],
  ] as const;
  for (const [name, work] of works)
    await timed(name, async () => {
      await store.transaction((trx) => begin(trx, id, work, clock.now()));
      await runImports(deps);
    });
  clearInterval(watch);
  collections.disconnect();
  const { status, counts, undone } = await loadImport(store.db, id);
  if (status !== 'undone' || counts.created !== rows || undone?.removed !== rows)
    throw new Error(`the list ended otherwise than it should: ${JSON.stringify({ status, counts, undone })}`);
  const mb = (bytes: number): string => String(Math.round(bytes / MB)).padStart(4);
  process.stdout.write(
    `${store.kind.padEnd(9)} ${String(rows).padStart(7)} rows   ${rates.join('   ')}   heap at most ${mb(peak.heap)} MB (${mb(atStart.heapUsed)} at the start, ${mb(peak.live)} after a collection)   resident at most ${mb(peak.rss)} MB (${mb(atStart.rss)} at the start)\n`,
  );
}
