import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findPostgres } from '../../scripts/test-run/needs.ts';
import { createHubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { DeadHolders, SILENT_MS } from '../../src/engine/dead-holders.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { renewLease, takeLease } from '../../src/engine/lease.ts';
import { runImports } from '../../src/engine/run-imports.ts';
import { requestRuns, waitForRuns } from '../../src/engine/runs.ts';
import { startWorker } from '../../src/engine/worker.ts';
import { manualClock, systemClock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openStore, type Store } from '../../src/store/db.ts';
import { createTelling } from '../../src/store/telling.ts';
import { openWorkerLine, type WorkerLine } from '../../src/store/worker-line.ts';
import { openPostgresTestStore } from '../support/database.ts';
import { START, type TestClock, testDeps } from '../support/engine.ts';

const PATIENCE = { timeout: 60_000, interval: 20 };

describe.skipIf(findPostgres() === undefined)(
  'a worker and its line to PostgreSQL (left out where there is none)',
  () => {
    let database: Awaited<ReturnType<typeof openPostgresTestStore>>;
    let store: Store;
    let clock: TestClock;
    let deps: EngineDeps;
    let connection: string;
    const lines: WorkerLine[] = [];
    beforeEach(async () => {
      database = await openPostgresTestStore();
      ({ store } = database);
      clock = manualClock(START);
      const hubspot = createHubSpotEmulator({ clock });
      deps = testDeps(store, clock, (url, init) => hubspot.request(url, init));
      const credentials = { method: 'token', accessToken: hubspot.token };
      connection = (await createConnection(deps, { name: 'sales', crm: 'hubspot', enabled: true, credentials }, 'api'))
        .id;
    });
    afterEach(async () => {
      for (const line of lines.splice(0)) await line.close();
      await database.stop();
    });
    const open = async (onWake: () => void = () => undefined, self = 'me'): Promise<WorkerLine> => {
      const line = await openWorkerLine(store, { self, clock: systemClock, onWake });
      lines.push(line);
      return line;
    };
    const listeners = async (): Promise<readonly number[]> => {
      const rows = await sql<{ pid: number }>`
      select distinct a.pid from pg_stat_activity a join pg_locks l on l.pid = a.pid
       where l.locktype = 'advisory' and l.granted and a.datname = current_database()`.execute(store.db);
      return rows.rows.map((row) => row.pid);
    };

    test('[R30b] a worker that sleeps is woken by another process, also after its connection was cut; not by what is its own', async () => {
      // Its nap never ends by itself, and time that passes starts no run.
      let asleep: () => void = () => undefined;
      const isAsleep = new Promise<void>((resolve) => {
        asleep = resolve;
      });
      const sleepers = new Set<() => void>();
      let heard = 0;
      await open(() => {
        heard += 1;
        for (const wake of sleepers) wake();
      });
      const worker = startWorker(
        {
          ...deps,
          clock: {
            now: () => clock.now(),
            sleep: (ms, signal) => {
              asleep();
              return systemClock.sleep(ms < 1_000 ? ms : 600_000, signal);
            },
          },
          onWake: (listener) => {
            sleepers.add(listener);
            return () => sleepers.delete(listener);
          },
        },
        'sleeper',
      );
      try {
        await isAsleep;
        const elsewhere = await openStore({ databaseUrl: database.url });
        const other = createTelling(elsewhere, silentLog);
        const sync = async (): Promise<readonly string[]> => {
          const wish = { mode: 'changes', trigger: 'person' } as const;
          const runs = await requestRuns({ ...deps, store: elsewhere, wake: () => other.tell() }, connection, wish);
          return (
            await waitForRuns(
              { ...deps, clock: systemClock },
              runs.map((run) => run.id),
              60_000,
            )
          ).map((run) => run.status);
        };
        expect(await sync()).toEqual(['succeeded', 'succeeded']);
        const [before] = await listeners();
        await sql`select pg_terminate_backend(${before})`.execute(store.db);
        await vi.waitFor(
          async () => expect((await listeners()).filter((pid) => pid !== before)).toHaveLength(1),
          PATIENCE,
        );
        expect(await sync()).toEqual(['succeeded', 'succeeded']);
        const ownVoice = heard;
        await sql`select pg_notify('tandem_wake', 'me'), pg_notify('tandem_wake', 'end')`.execute(store.db);
        await vi.waitFor(() => expect(heard).toBeGreaterThan(ownVoice), PATIENCE);
        expect(heard).toBe(ownVoice + 1);
        await other.end();
        await elsewhere.close();
      } finally {
        await worker.stop();
      }
    });

    test('[R35] a lease is taken over early only from a worker whose lock is gone and who is silent', async () => {
      const line = await open();
      const dead = new DeadHolders(deps);
      const take = () => takeLease(deps, connection, 'the other one', dead);
      const lease = (await takeLease(deps, connection, line.owner)) ?? 0;
      // Standing still, it has its lock.
      for (let times = 0; times < 4; times += 1) {
        expect(await take()).toBeNull();
        clock.advance(SILENT_MS);
      }
      // Its line is broken, and it lives: it says so oftener than it is waited for.
      await line.close();
      for (let times = 0; times < 4; times += 1) {
        expect(await take()).toBeNull();
        clock.advance(SILENT_MS - 1);
        expect(await take()).toBeNull();
        expect(await renewLease(deps, connection, lease)).toBe(true);
      }
      expect(await take()).toBeNull();
      clock.advance(SILENT_MS);
      expect(await take()).toBe(lease + 1);
      expect(await renewLease(deps, connection, lease)).toBe(false);
      // Who has no lock, since it never had one, is waited for in full.
      expect(await takeLease(deps, connection, 'a third', dead)).toBeNull();
      clock.advance(SILENT_MS);
      expect(await takeLease(deps, connection, 'a third', dead)).toBeNull();
    });

    test('a list that a dead worker had is taken at once, one that a living worker has is not', async () => {
      const line = await open();
      await sql`insert into imports (id, name, status, settings, created_at, lease_owner, lease_until)
      values ('imp_1', 'list', 'undoing', '{"columns": []}', ${clock.now()}, ${line.owner}, ${clock.now() + 30_000})`.execute(
        store.db,
      );
      expect(await runImports(deps, { owner: 'the other one' })).toBe(0);
      await line.close();
      expect(await runImports(deps, { owner: 'the other one' })).toBe(1);
    });

    test('[R35] two workers on one PostgreSQL are never the same one, also in containers where both have the process id 1', async () => {
      expect((await open()).owner).not.toBe((await open()).owner);
    });
  },
);
