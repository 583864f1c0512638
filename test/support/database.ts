import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { findPostgres } from '../../scripts/test-run/needs.ts';
import { openStore, type Store } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';
import { PREPARED_CLUSTER, PREPARED_POSTGRES, TEMPLATE } from './prepared.ts';

/** An embedded database in memory, with the schema. */
export async function openTestStore(): Promise<Store> {
  const prepared = process.env[PREPARED_CLUSTER];
  const store = await openStore({ prepared });
  if (prepared === undefined) await migrate(store);
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

let databases = 0;

/** A fresh database with the schema on the tests' PostgreSQL (`prepared.ts`); `stop` closes and drops it. */
export async function openPostgresTestStore(): Promise<{ store: Store; url: string; stop: () => Promise<void> }> {
  const server = process.env[PREPARED_POSTGRES];
  if (server === undefined) throw new Error('PostgreSQL is not on this machine');
  databases += 1;
  const name = `test_${process.pid}_${databases}`;
  await onServer(server, `create database ${name} template ${TEMPLATE}`);
  const url = server.replace(/postgres$/, name);
  const store = await openStore({ databaseUrl: url });
  const stop = async (): Promise<void> => {
    await store.close();
    await onServer(server, `drop database ${name} with (force)`);
  };
  return { store, url, stop };
}

async function onServer(url: string, statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(statement);
  await admin.end();
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
