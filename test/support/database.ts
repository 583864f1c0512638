import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { findPostgres } from '../../scripts/test-run/needs.ts';
import { openStore, type Store } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';

/** An embedded database in memory, with the schema. */
export async function openTestStore(): Promise<Store> {
  const store = await openStore({});
  await migrate(store);
  return store;
}

/** Empties every table of ours, so that one database serves a file's tests. */
export async function emptyStore(store: Store): Promise<void> {
  const tables = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'kysely%'`.execute(
    store.db,
  );
  const names = tables.rows.map((row) => `"${row.name}"`).join(', ');
  await sql.raw(`truncate ${names} restart identity cascade`).execute(store.db);
}

interface Server {
  readonly url: (database: string) => string;
  stop(): void;
}

const urlOn = (port: number, database: string): string => `postgres://tandem@127.0.0.1:${port}/${database}`;

/**
 * Starts a server on one port after the other until one of them answers. The ports lie below those that a system
 * gives to outgoing connections, any of which may be taken at any moment.
 */
async function startOnFreePort(
  folder: string,
  start: (port: number) => ChildProcess,
): Promise<{ port: number; child: ChildProcess }> {
  for (let port = 10_000 + (process.pid % 20_000), tries = 0; tries < 50; tries += 1, port += 1) {
    const child = start(port);
    if (await answers(child, port, folder)) return { port, child };
    child.kill('SIGKILL');
  }
  throw new Error('PostgreSQL found no port to listen on');
}

/** Whether this server answers on this port; false as soon as it has ended, which it does when the port is taken. */
async function answers(child: ChildProcess, port: number, folder: string): Promise<boolean> {
  for (let tries = 0; tries < 1_200 && child.exitCode === null; tries += 1) {
    const client = new pg.Client({ connectionString: urlOn(port, 'postgres') });
    try {
      await client.connect();
      const { rows } = await client.query<{ data_directory: string }>('show data_directory');
      await client.end();
      return rows[0]?.data_directory.startsWith(folder) === true;
    } catch {
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }
  return false;
}

/** A PostgreSQL of this process, on a port of its own, as a user that `initdb` accepts. */
async function startPostgres(): Promise<Server> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error('PostgreSQL is not on this machine');
  const folder = mkdtempSync(join(tmpdir(), 'tandem-pg-'));
  chmodSync(folder, 0o777);
  const isRoot = process.getuid?.() === 0;
  const as = (command: string, args: string[]): [string, string[]] =>
    isRoot ? ['runuser', ['-u', 'postgres', '--', command, ...args]] : [command, args];
  const data = join(folder, 'data');
  execFileSync(...as(join(bin, 'initdb'), ['-D', data, '-U', 'tandem', '-A', 'trust', '--no-sync', '-E', 'UTF8']), {
    stdio: 'ignore',
  });
  const { port, child } = await startOnFreePort(folder, (port) => {
    const settings = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'fsync=off',
      'max_connections=60',
    ];
    const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    return spawn(...as(join(bin, 'postgres'), args), { stdio: 'ignore' });
  });
  const url = (database: string): string => urlOn(port, database);
  return {
    url,
    stop: () => {
      child.kill('SIGINT');
      if (isRoot) spawnSync('pkill', ['-INT', '-f', data], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let server: Promise<Server> | null = null;
let users = 0;
let databases = 0;

/** A fresh database on this process's PostgreSQL, which stops with its last user. */
export async function openPostgresTestStore(): Promise<{ store: Store; url: string; stop: () => Promise<void> }> {
  server ??= startPostgres();
  users += 1;
  databases += 1;
  const running = await server;
  const name = `test_${databases}`;
  const admin = new pg.Client({ connectionString: running.url('postgres') });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = running.url(name);
  const store = await openStore({ databaseUrl: url });
  await migrate(store);
  const stop = async (): Promise<void> => {
    await store.close();
    users -= 1;
    if (users > 0) return;
    running.stop();
    server = null;
  };
  return { store, url, stop };
}

/** Runs a suite on the embedded database and on a real PostgreSQL; without one, says that it was left out. */
export function describeEachDatabase(name: string, suite: (store: () => Store) => void): void {
  const register = (kind: string, open: () => Promise<{ store: Store; stop: () => Promise<void> }>): void => {
    describe(`${name} (${kind})`, () => {
      let opened: { store: Store; stop: () => Promise<void> } | undefined;
      beforeAll(async () => {
        opened = await open();
      });
      afterAll(async () => {
        await opened?.stop();
      });
      suite(() => {
        if (opened === undefined) throw new Error('the database is not open yet');
        return opened.store;
      });
    });
  };
  register('embedded', async () => {
    const store = await openTestStore();
    return { store, stop: () => store.close() };
  });
  if (findPostgres() !== undefined) register('postgres', openPostgresTestStore);
  else if ((process.env['TANDEM_TEST_REQUIRE'] ?? '').includes('postgres')) {
    test(`${name} (postgres)`, () => {
      throw new Error('PostgreSQL is required and not on this machine');
    });
  } else test.skip(`${name} (postgres) (left out: PostgreSQL is not on this machine)`, () => undefined);
}
