import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { expect, test, vi } from 'vitest';
import { findPostgres } from '../../scripts/test-run/needs.ts';
import { compose } from '../../src/cli/compose.ts';
import { startEmulator } from '../../src/cli/emulate.ts';
import { openLine } from '../../src/cli/open-line.ts';
import { readConfig } from '../../src/config.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { requestRuns, waitForRuns } from '../../src/engine/runs.ts';
import { startWorker } from '../../src/engine/worker.ts';
import { createImport, loadImport } from '../../src/hub/imports/import-store.ts';
import { preparedDataFolder } from '../support/data-folder.ts';
import { openPostgresTestStore } from '../support/database.ts';

const LEADS = 600;
const ROWS = 1_500;
const kinds = findPostgres() === undefined ? (['embedded'] as const) : (['embedded', 'postgres'] as const);

test.each(kinds)(
  '[R35] what a killed worker had is gone on with before its leases end, nothing lost and nothing twice (%s)',
  { timeout: 240_000 },
  async (kind) => {
    const folder = preparedDataFolder('dead');
    const postgres = kind === 'postgres' ? await openPostgresTestStore() : null;
    const crm = await startEmulator('hubspot', 0);
    const env = {
      TANDEM_DATA: folder,
      TANDEM_ALLOW_HOSTS: '127.0.0.1,localhost',
      LOG_LEVEL: 'silent',
      ...(postgres === null ? {} : { DATABASE_URL: postgres.url }),
    };
    crm.emulator.world.seed(
      Array.from({ length: LEADS }, (_, index) => ({ email: `crm${index}@example.com`, first_name: `C${index}` })),
      'lead',
    );

    const before = await compose({ config: readConfig(env) });
    const { engine: made } = before;
    const { id: connection } = await createConnection(made, { name: 'hs', ...crm.settings, enabled: true }, 'api');
    const rows = Array.from({ length: ROWS }, (_, index) => `list${index}@example.com;Pia`);
    const { id: list } = await createImport(
      made.store,
      { name: 'list.csv', by: 'test', file: Readable.from([Buffer.from(`E-mail;Prénom\n${rows.join('\n')}\n`)]) },
      { ids: made.ids, now: () => made.clock.now() },
    );
    const wish = { mode: 'changes', trigger: 'api', direction: 'toHub' } as const;
    const runs = (await requestRuns(made, connection, wish)).map((run) => run.id);
    await before.close();

    // The synchronisation lasts until the list has begun.
    crm.emulator.faults.add({ kind: 'slow', ms: 1_000, times: Number.MAX_SAFE_INTEGER });
    const child = fork(join(import.meta.dirname, 'dead-worker-child.ts'), [JSON.stringify(env), list]);
    const signal = await new Promise((resolve) => {
      child.once('exit', (_, by) => resolve(by));
    });
    expect(signal).toBe('SIGKILL');
    crm.emulator.faults.clear();

    const product = await compose({ config: readConfig(env) });
    const { engine } = product;
    const { db } = engine.store;
    const leases = async () =>
      (
        await sql<{ owner: string; until: number }>`
          select lease_owner as owner, lease_until as until from connections union all select lease_owner, lease_until from imports where id = ${list}`.execute(
          db,
        )
      ).rows;
    // Whoever waits for the leases' end waits longer than this test, however busy the machine is.
    const longer = 3_600_000;
    await sql`update connections set lease_until = lease_until + ${longer} where lease_owner is not null`.execute(db);
    await sql`update imports set lease_until = lease_until + ${longer} where lease_owner is not null`.execute(db);
    const left = await leases();
    // On the embedded database the process that has the folder knows that whoever had it is dead.
    if (kind === 'embedded') expect(left.map((lease) => lease.owner)).toEqual([null, null]);
    else expect(left.every((lease) => lease.owner.startsWith('held:') && lease.until > Date.now())).toBe(true);
    const line = await openLine(product);
    const takenAt = new Map<string, number>();
    const checkpoint = (place: string): void => {
      if (!takenAt.has(place)) takenAt.set(place, Date.now());
    };
    const worker = startWorker({ ...engine, checkpoint }, line.owner);
    try {
      expect((await waitForRuns(engine, runs, 90_000)).map((run) => run.status)).toEqual(['succeeded']);
      await vi.waitFor(async () => expect((await loadImport(db, list)).status).toBe('done'), {
        timeout: 60_000,
        interval: 100,
      });
    } finally {
      await worker.stop();
      await line.close();
    }
    // Each was gone on with before the dead worker's lease would have ended.
    if (kind === 'postgres') {
      expect(takenAt.get('page:before-transaction')).toBeLessThan(left[0]?.until ?? 0);
      expect(takenAt.get('import:after-batch')).toBeLessThan(left[1]?.until ?? 0);
    }
    expect((await loadImport(db, list)).counts).toMatchObject({ rows: ROWS, created: ROWS });
    const people = await sql<{ count: number }>`select count(*)::int as count from contacts`.execute(db);
    expect(people.rows[0]?.count).toBe(LEADS + ROWS);
    await product.close();
    await crm.stop();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  },
);
