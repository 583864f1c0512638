import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { findPostgres } from '../../scripts/test-run/needs.ts';
import { openStore } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';
import { type PostgresServer, startPostgres } from './postgres.ts';

/** Where the tests find what is prepared once for all of them: a cluster, its tar, and a PostgreSQL with a template. */
export const PREPARED_FOLDER = 'TANDEM_TEST_FOLDER';
export const PREPARED_CLUSTER = 'TANDEM_TEST_CLUSTER';
export const PREPARED_POSTGRES = 'TANDEM_TEST_POSTGRES';
/** The database that is copied for each suite on PostgreSQL. */
export const TEMPLATE = 'template_tandem';

let release: () => void = () => undefined;

/**
 * Vitest's global set-up: making a cluster and migrating it costs some seconds of a core, which some hundred suites
 * would each spend again. Several projects of one run share it.
 */
export async function setup(): Promise<void> {
  if (process.env[PREPARED_CLUSTER] !== undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'tandem-prepared-'));
  const postgres = findPostgres() === undefined ? undefined : await startPostgres();
  release = () => {
    postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  process.env[PREPARED_CLUSTER] = await prepareCluster(folder);
  if (postgres === undefined) return;
  process.env[PREPARED_POSTGRES] = postgres.url('postgres');
  await prepareTemplate(postgres);
}

export const teardown = (): void => release();

async function prepareTemplate(postgres: PostgresServer): Promise<void> {
  const admin = new pg.Client({ connectionString: postgres.url('postgres') });
  await admin.connect();
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  const store = await openStore({ databaseUrl: postgres.url(TEMPLATE) });
  await migrate(store);
  await store.close();
}

async function prepareCluster(folder: string): Promise<string> {
  mkdirSync(join(folder, 'data'));
  const store = await openStore({ dataDir: join(folder, 'data') });
  await migrate(store);
  await store.close();
  const database = join(folder, 'data', 'database');
  process.env[PREPARED_FOLDER] = database;
  const cluster = await PGlite.create(database);
  const dump = await cluster.dumpDataDir('none');
  await cluster.close();
  const file = join(folder, 'cluster.tar');
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
  return file;
}
