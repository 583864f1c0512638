import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPostgres } from '../../scripts/test-run/needs.ts';
import { openPostgresTestStore, openTestStore } from '../../test/support/database.ts';
import { START, syncNow, testDeps } from '../../test/support/engine.ts';
import { createHubSpotEmulator } from '../connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../engine/connections.ts';
import { manualClock } from '../platform/clock.ts';
import { BadBackup, backup, NotEmpty, restore } from './backup.ts';
import type { Store } from './db.ts';
import { queueMails } from './outbox.ts';
import { isQuiet } from './quiet.ts';

const folder = mkdtempSync(join(tmpdir(), 'tandem-backup-'));
const file = join(folder, 'one.backup');
const from = (path: string) => async () => createReadStream(path);
const stores: { store: Store; stop: () => Promise<void> }[] = [];
let source: Store;

const fresh = async (kind: 'embedded' | 'postgres'): Promise<Store> => {
  const store = kind === 'embedded' ? await openTestStore() : null;
  const opened = store === null ? await openPostgresTestStore() : { store, stop: () => store.close() };
  stores.push(opened);
  return opened.store;
};
const shape = async (store: Store): Promise<unknown> =>
  Promise.all(
    ['contacts', 'links', 'connections', 'items', 'runs', 'secrets', 'directory', 'cursors'].map(
      async (table) =>
        (await sql<{ count: number }>`select count(*)::int as count from ${sql.ref(table)}`.execute(store.db)).rows[0]
          ?.count,
    ),
  );

beforeAll(async () => {
  source = await fresh('embedded');
  const clock = manualClock(START);
  const crm = createHubSpotEmulator({ clock });
  crm.world.seed(
    [{ email: 'ada@example.com', first_name: 'Ada \u{1F600} "quoted"\n' }, { email: 'bob@example.com' }, {}],
    'lead',
  );
  const deps = testDeps(source, clock, crm.request);
  const { id } = await createConnection(
    deps,
    { name: 'hs', crm: 'hubspot', enabled: true, credentials: { method: 'token', accessToken: crm.token } },
    'api',
  );
  clock.advance(60_000);
  await syncNow(deps, id);
  await source.transaction((trx) =>
    queueMails(
      trx,
      [{ id: 'ml_1', kind: 'test', recipient: 'ada@example.com', subject: 's', html: null, text: 't' }],
      START,
    ),
  );
  await backup(source, createWriteStream(file), { version: '1', keyId: 'k1', now: START });
});
afterAll(async () => {
  for (const { stop } of stores) await stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  ['embedded', 'embedded'],
  ['embedded', 'postgres'],
  ['postgres', 'postgres'],
  ['postgres', 'embedded'],
] as const)(
  '[R41] a backup of the %s database restores into the %s one, row for row, and is quiet',
  async (kind, to) => {
    if (findPostgres() === undefined && (kind === 'postgres' || to === 'postgres')) return;
    let path = file;
    if (kind === 'postgres') {
      const between = await fresh('postgres');
      await restore(between, from(file), { keyId: 'k1', now: START });
      path = join(folder, `${kind}-${to}.backup`);
      await backup(between, createWriteStream(path), { version: '1', keyId: 'k1', now: START });
    }
    const target = await fresh(to);
    const { credentialsLost } = await restore(target, from(path), { keyId: 'k1', now: START + 1 });
    expect(credentialsLost).toEqual([]);
    expect(await shape(target)).toEqual(await shape(source));
    const contacts = (store: Store) =>
      store.db.selectFrom('contacts').select(['id', 'email', 'fields', 'origins']).orderBy('id').execute();
    expect(await contacts(target)).toEqual(await contacts(source));
    expect(await target.db.selectFrom('connections').select('paused_reason').execute()).toEqual([
      { paused_reason: 'restored' },
    ]);
    expect(await isQuiet(target.db)).toBe(true);
    expect(await target.db.selectFrom('outbox').select(['status', 'error']).execute()).toEqual([
      { status: 'held', error: 'restored' },
    ]);
    // New rows get new numbers.
    await target.db.insertInto('audit').values({ at: 1, actor: 'a', action: 'b', subject: null }).execute();
  },
);

test('[R41] another key says whose credentials must be entered again; a full database and a damaged file are refused', async () => {
  const target = await fresh('embedded');
  expect((await restore(target, from(file), { keyId: 'other', now: START })).credentialsLost).toEqual(['hs']);
  await expect(restore(target, from(file), { keyId: 'k1', now: START })).rejects.toBeInstanceOf(NotEmpty);
  const cut = join(folder, 'cut.backup');
  writeFileSync(cut, readFileSync(file).subarray(0, 400));
  await expect(restore(target, from(cut), { keyId: 'k1', now: START })).rejects.toBeInstanceOf(BadBackup);
});
