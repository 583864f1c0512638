import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres } from '../scripts/test-run/needs.ts';
import { startPostgres } from '../test/support/postgres.ts';

/**
 * How long lists take to come in, be counted, imported and undone, and the memory of the process that does it: with
 * PostgreSQL, whose memory is not ours, and with the embedded database on disk, which is in our process. Each figure has a
 * process of its own; clusters are made before, since making one is what takes most memory.
 */
export async function measureImports(rows: number): Promise<void> {
  const sizes = [...new Set([10_000, 50_000, rows])].filter((size) => size <= rows);
  const folder = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
  try {
    if (findPostgres() !== undefined) await onPostgres(sizes);
    const made = join(folder, 'made');
    await child(made, 0);
    for (const size of sizes) {
      const data = join(folder, String(size));
      cpSync(made, data, { recursive: true });
      await child(data, size);
      rmSync(data, { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onPostgres(sizes: readonly number[]): Promise<void> {
  const server = await startPostgres();
  try {
    for (const size of sizes) await child(server.url('postgres'), size);
  } finally {
    server.stop();
  }
}

function child(where: string, rows: number): Promise<void> {
  const file = join(import.meta.dirname, 'imports-child.ts');
  const started = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, where, String(rows)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    started.on('exit', (code) => (code === 0 ? resolve() : reject(new Error('a measurement failed'))));
  });
}
