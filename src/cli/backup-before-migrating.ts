import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backup } from '../store/backup.ts';
import type { Store } from '../store/db.ts';
import { appliedMigrations, pendingMigrations } from '../store/migrate.ts';
import { openFileToWrite } from './files.ts';

/** So many are kept. */
const KEPT = 3;

/**
 * Before an update changes the schema of the embedded database, a copy of it is put into `backups` in the data folder; the
 * program from before the update restores it. A new database has nothing to lose.
 */
export async function backupBeforeMigrating(
  store: Store,
  options: {
    readonly dataDir: string;
    readonly keyId: string;
    readonly now: number;
    readonly say: (text: string) => void;
  },
): Promise<void> {
  const applied = await appliedMigrations(store);
  if (applied.length === 0 || (await pendingMigrations(store)).length === 0) return;
  const folder = join(options.dataDir, 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = new Date(options.now).toISOString().replace(/\D/g, '').slice(0, 14);
  const file = join(folder, `before-update-${stamp}.backup`);
  options.say(`The update changes the database: a copy of it goes to ${file} first …`);
  await backup(store, await openFileToWrite(file), {
    version: `before ${applied.at(-1) ?? ''}`,
    keyId: options.keyId,
    now: options.now,
  });
  const old = readdirSync(folder)
    .filter((name) => /^before-update-\d+\.backup$/.test(name))
    .sort()
    .slice(0, -KEPT);
  for (const name of old) rmSync(join(folder, name));
}
