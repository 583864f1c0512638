import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { EmbeddedDatabase } from './pglite-client.ts';

/**
 * Kysely on the embedded database. Kysely's own PGlite dialect gives everybody the same connection, so that a query on
 * the outer handle silently joins somebody else's transaction; here each waits for its turn.
 */
export const pgliteDialect = (db: EmbeddedDatabase): Dialect => ({
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new EmbeddedDriver(db),
  createIntrospector: (kysely) => new PostgresIntrospector(kysely),
  createQueryCompiler: () => new PostgresQueryCompiler(),
});

class EmbeddedConnection implements DatabaseConnection {
  readonly #db: EmbeddedDatabase;
  readonly release: () => void;

  constructor(db: EmbeddedDatabase, release: () => void) {
    this.#db = db;
    this.release = release;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affectedRows } = await this.#db.query(query.sql, query.parameters);
    // The caller states the row's type with the statement, as with every driver.
    return { rows: rows as R[], numAffectedRows: BigInt(affectedRows) };
  }

  // oxlint-disable-next-line require-yield -- the interface wants a generator, and PGlite cannot stream
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the embedded database does not stream; read in pages');
  }
}

class EmbeddedDriver implements Driver {
  readonly #db: EmbeddedDatabase;

  constructor(db: EmbeddedDatabase) {
    this.#db = db;
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<EmbeddedConnection> {
    return new EmbeddedConnection(this.#db, await this.#db.acquire());
  }
  async beginTransaction(): Promise<void> {
    await this.#db.exec('begin');
  }
  async commitTransaction(): Promise<void> {
    await this.#db.exec('commit');
  }
  async rollbackTransaction(): Promise<void> {
    await this.#db.exec('rollback');
  }
  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof EmbeddedConnection) connection.release();
  }
  async destroy(): Promise<void> {
    await this.#db.close();
  }
}
