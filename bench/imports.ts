import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runImports } from '../src/engine/run-imports.ts';
import { begin, createImport, loadImport } from '../src/hub/imports/import-store.ts';
import { systemClock } from '../src/platform/clock.ts';
import { openStore } from '../src/store/db.ts';
import { migrate } from '../src/store/migrate.ts';
import { testDeps } from '../test/support/engine.ts';

const MB = 1024 * 1024;

/** A French list of so many people, made as it is read. */
async function* list(rows: number): AsyncGenerator<Buffer> {
  yield Buffer.from('E-mail;Prénom;Nom;Société;Fonction;Téléphone;Ville;Pays;Site web\n');
  for (let start = 0; start < rows; start += 1_000) {
    const piece = Array.from({ length: Math.min(1_000, rows - start) }, (_, index) => {
      const n = start + index;
      return `person${n}@example.com;Zoé;Nom ${n};Société ${n % 5_000};Directrice;+33 1 ${10_000_000 + n};Besançon;France;https://www.example.com/${n}\n`;
    });
    yield Buffer.from(piece.join(''));
  }
}

/** How long a list takes to come in, be counted, imported and undone on the embedded database on disk, and the memory above the start. */
export async function measureImports(rows: number): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
  const store = await openStore({ dataDir: data });
  await migrate(store);
  const clock = { ...systemClock, advance: () => undefined };
  const deps = testDeps(store, clock, async () => new Response('', { status: 500 }));
  let peak = 0;
  const base = process.memoryUsage().heapUsed;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().heapUsed - base);
  }, 200);
  const timed = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    peak = 0;
    const started = performance.now();
    await work();
    const time = (performance.now() - started) / 1000;
    process.stdout.write(
      `${name.padEnd(9)} ${time.toFixed(1).padStart(6)} s ${`${Math.round(rows / time)}/s`.padStart(9)}   heap at most ${Math.round(peak / MB)} MB above the start\n`,
    );
  };
  let id = '';
  await timed('upload', async () => {
    const file = Readable.from(list(rows));
    ({ id } = await createImport(
      store,
      { name: 'bench.csv', by: 'bench', file },
      { ids: deps.ids, now: () => clock.now() },
    ));
  });
  for (const [name, work] of [
    ['count', 'counting'],
    ['import', 'running'],
    ['undo', 'undoing'],
  ] as const)
    await timed(name, async () => {
      await store.transaction((trx) => begin(trx, id, work, clock.now()));
      await runImports(deps);
    });
  clearInterval(watch);
  const { status, counts, undone } = await loadImport(store.db, id);
  process.stdout.write(
    `${status}: ${JSON.stringify({ counts, undone })}; resident at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`,
  );
  await store.close();
  rmSync(data, { recursive: true, force: true });
}
