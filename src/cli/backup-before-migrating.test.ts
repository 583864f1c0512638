import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestStore } from '../../test/support/database.ts';
import { START } from '../../test/support/engine.ts';
import { restore } from '../store/backup.ts';
import { openStore, type Store } from '../store/db.ts';
import { backupBeforeMigrating } from './backup-before-migrating.ts';

let store: Store;
let dataDir: string;
const said: string[] = [];
beforeEach(async () => {
  store = await openTestStore();
  dataDir = mkdtempSync(join(tmpdir(), 'tandem-update-'));
  said.length = 0;
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});
const start = (now: number, of: Store = store): Promise<void> =>
  backupBeforeMigrating(of, { dataDir, keyId: 'k', now, say: (text) => said.push(text) });
const copies = (): readonly string[] => {
  try {
    return readdirSync(join(dataDir, 'backups')).sort();
  } catch {
    return [];
  }
};

test('before an update changes the schema a copy is made that can be restored; three are kept, and no other start makes one', async () => {
  await sql`insert into contacts (id, email, email_key, fields, origins, created_at, updated_at)
            values ('ct_1', 'ada@example.com', 'ada@example.com', '{"city": "Wien"}', '{}', 1, 1)`.execute(store.db);
  await start(START);
  expect(copies()).toEqual([]);
  // As a program from before would have left it: the newest step is not there yet.
  await sql`delete from kysely_migration where name = (select max(name) from kysely_migration)`.execute(store.db);
  for (let day = 0; day < 5; day += 1) await start(START + day * 86_400_000);
  expect(said).toHaveLength(5);
  expect(said[0]).toContain(join(dataDir, 'backups'));
  expect(copies()).toEqual([26, 27, 28].map((day) => `before-update-202611${day}090000.backup`));
  const [newest = ''] = copies().slice(-1);
  expect(statSync(join(dataDir, 'backups', newest)).mode & 0o777).toBe(0o600);
  const other = await openTestStore();
  await restore(other, async () => createReadStream(join(dataDir, 'backups', newest)), { keyId: 'k', now: START });
  const people = await other.db.selectFrom('contacts').select(['email', 'fields']).execute();
  expect(people).toEqual([{ email: 'ada@example.com', fields: { city: 'Wien' } }]);
  await other.close();
});

test('a database that is new has nothing to lose', async () => {
  const empty = await openStore({});
  await start(START, empty);
  expect(copies()).toEqual([]);
  await empty.close();
});
