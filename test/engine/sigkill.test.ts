import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { findPostgres } from '../../scripts/test-run/needs.ts';
import { startEmulator } from '../../src/cli/emulate.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock, systemClock } from '../../src/platform/clock.ts';
import { loadKeyFile } from '../../src/platform/crypto.ts';
import { openStore, type Store } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createSecrets } from '../../src/store/secrets.ts';
import { createRng } from '../simulation/random.ts';
import { preparedDataFolder } from '../support/data-folder.ts';
import { openPostgresTestStore } from '../support/database.ts';
import { testDeps } from '../support/engine.ts';

/** `npm run soak` kills oftener, and so there is more to do. */
const KILLS = Number(process.env['SIGKILLS'] ?? 6);
const LEADS = 300 * KILLS;
const HUB = 150 * KILLS;
const kinds = findPostgres() === undefined ? (['embedded'] as const) : (['embedded', 'postgres'] as const);

test.each(kinds)(
  '[R30] [R30b] [R30c] [R31] killed with SIGKILL at random moments of import and export, nothing is lost and nobody is there twice (%s)',
  { timeout: 240_000 + KILLS * 10_000 },
  async (kind) => {
    const folder = preparedDataFolder('kill');
    const crm = await startEmulator('hubspot', 0);
    const postgres = kind === 'postgres' ? await openPostgresTestStore() : null;
    const open = async (): Promise<Store> => {
      const store = await openStore(postgres === null ? { dataDir: folder } : { databaseUrl: postgres.url });
      await migrate(store);
      return store;
    };
    crm.emulator.world.seed(
      Array.from({ length: LEADS }, (_, index) => ({ email: `crm${index}@example.com`, first_name: `C${index}` })),
      'lead',
    );
    await prepare(await open(), folder, crm.settings);

    const rng = createRng(20_261_124);
    for (let kills = 0; kills < KILLS; kills += 1)
      expect(await live(folder, postgres?.url ?? '', 40 + rng.int(900))).toBe('killed');
    expect(await live(folder, postgres?.url ?? '', null)).toBe('finished');

    const store = await open();
    const emails = crm.emulator.world.all().map((record) => String(record.fields['email']));
    expect(new Set(emails).size).toBe(emails.length);
    const unfinished = await sql`select direction, status, paused_reason, error from runs where status <> 'succeeded'
                                  and created_at >= (select max(created_at) from runs) - 60000`.execute(store.db);
    expect({ people: emails.length, unfinished: unfinished.rows }).toMatchObject({ people: LEADS + HUB });
    const count = async (table: string): Promise<number> =>
      (await sql<{ count: number }>`select count(*)::int as count from ${sql.ref(table)}`.execute(store.db)).rows[0]
        ?.count ?? 0;
    expect([await count('contacts'), await count('links'), await count('intents'), await count('due')]).toEqual([
      LEADS + HUB,
      LEADS + HUB,
      0,
      0,
    ]);
    await store.close();
    await crm.stop();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  },
);

async function prepare(store: Store, folder: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const clock = manualClock(Date.now());
  const deps = { ...testDeps(store, clock, fetch), clock: systemClock, secrets: createSecrets(loadKeyFile(folder)) };
  const inputs = Array.from({ length: HUB }, (_, index) => ({
    fields: { email: `hub${index}@example.com`, first_name: `H${index}` },
  }));
  await createConnection(
    deps,
    { name: 'hs', ...settings, enabled: true, export: { enabled: true, minimumScore: 0 }, quota: { dailyShare: 1 } },
    'api',
  );
  await store.transaction((trx) =>
    saveContacts(trx, inputs, { by: 'import', at: Date.now(), newId: () => deps.ids.next('ct'), mode: 'create' }),
  );
  await store.close();
}

/** One life of the worker: killed so many ms after it is ready, or left to finish. */
function live(
  folder: string,
  databaseUrl: string,
  killAfterMs: number | null,
): Promise<'killed' | 'finished' | 'failed'> {
  return new Promise((resolve) => {
    const child = fork(join(import.meta.dirname, 'kill-child.ts'), [folder, databaseUrl], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('message', () => {
      if (killAfterMs !== null) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.once('exit', (code, signal) => resolve(signal === 'SIGKILL' ? 'killed' : code === 0 ? 'finished' : 'failed'));
  });
}
