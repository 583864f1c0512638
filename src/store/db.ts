import { hostname } from 'node:os';
import { join } from 'node:path';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { type EmbeddedDatabase, startPglite } from './drivers/pglite-client.ts';
import { pgliteDialect } from './drivers/pglite-dialect.ts';
import { lockFolder } from './lock-file.ts';
import { mustHaveMemory } from './memory.ts';
import type { Tables } from './tables.ts';

/** Where a statement may run: outside of a transaction or inside one. */
export type Queryable = Kysely<Tables>;
/** Pass it everywhere inside: a query on the outer handle would wait for ever on the embedded database. */
export type Trx = Transaction<Tables>;

/** The database, either kind; the same SQL runs on both. */
export interface Store {
  readonly kind: 'embedded' | 'postgres';
  readonly db: Kysely<Tables>;
  /** All of it or nothing. Never held across a call to a CRM: the embedded database has one connection. */
  transaction<T>(work: (trx: Trx) => Promise<T>): Promise<T>;
  /** The driver below, for the job queue. */
  readonly raw: { readonly embedded: EmbeddedDatabase } | { readonly pool: pg.Pool };
  close(): Promise<void>;
}

export interface StoreOptions {
  /** A PostgreSQL; otherwise the embedded database. */
  readonly databaseUrl?: string | undefined;
  /** Folder of the embedded database; undefined: in memory. */
  readonly dataDir?: string | undefined;
  /** In memory only: a tar of a cluster's folder to begin with, which is much quicker than making one. */
  readonly prepared?: string | undefined;
  /** Connections of the pool; default 10. */
  readonly poolSize?: number;
}

/**
 * Opens the database; `migrate` (`migrate.ts`) comes next.
 * @throws FolderInUse when another process has the folder; the driver's error when PostgreSQL cannot be reached.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  return options.databaseUrl === undefined
    ? openEmbedded(options.dataDir, options.prepared)
    : openPostgres(options.databaseUrl, options.poolSize ?? 10);
}

async function openEmbedded(dataDir: string | undefined, prepared: string | undefined): Promise<Store> {
  const unlock = dataDir === undefined ? () => undefined : lockFolder(dataDir);
  try {
    mustHaveMemory();
    const embedded = await startPglite({
      dataDir: dataDir === undefined ? null : join(dataDir, 'database'),
      prepared: prepared ?? null,
    });
    const db = new Kysely<Tables>({ dialect: pgliteDialect(embedded) });
    const close = async (): Promise<void> => {
      await db.destroy();
      await embedded.close();
      unlock();
    };
    return { kind: 'embedded', db, raw: { embedded }, transaction: (work) => db.transaction().execute(work), close };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** How our connections are called, one name a process. */
const ourName = (): string => `tandem ${process.pid} ${hostname()}`.slice(0, 63);

/** How many other processes of ours use this PostgreSQL; the embedded database has one. */
export async function otherProcesses(store: Store): Promise<number> {
  if (store.kind === 'embedded') return 0;
  const rows = await sql<{ name: string }>`
    select distinct application_name as name from pg_stat_activity
     where datname = current_database() and application_name like 'tandem %' and application_name <> ${ourName()}`.execute(
    store.db,
  );
  return rows.rows.length;
}

const INT8 = 20;

async function openPostgres(databaseUrl: string, poolSize: number): Promise<Store> {
  const types = new pg.TypeOverrides();
  // Counts and times fit a double; PGlite gives numbers too.
  types.setTypeParser(INT8, Number);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize, types, application_name: ourName() });
  // An idle connection that breaks must not end the process; the next query opens another.
  pool.on('error', () => undefined);
  const client = await pool.connect();
  client.release();
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    kind: 'postgres',
    db,
    raw: { pool },
    transaction: (work) => db.transaction().execute(work),
    close: () => db.destroy(),
  };
}

const sqlState = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** Two writers met: the loser rolls back and repeats from its reads (`sync.md`, "Order of commits"). */
export const isRetryable = (error: unknown): boolean => ['40001', '40P01', '23505'].includes(sqlState(error) ?? '');
export const isUniqueViolation = (error: unknown): boolean => sqlState(error) === '23505';

/** A jsonb parameter: always text, since drivers disagree about arrays. */
export const json = (value: unknown): string => JSON.stringify(value);
