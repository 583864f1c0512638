import { readdirSync, readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Store } from './db.ts';

const FOLDER = new URL('./migrations/', import.meta.url);

/** The database was written by a newer program: nothing is touched. */
export class DatabaseTooNew extends Error {
  constructor(unknown: string) {
    super(
      `The database has been used by a newer Tandem (it knows "${unknown}", this program does not). ` +
        'Start the newer program, or restore a backup from before the update.',
    );
    this.name = 'DatabaseTooNew';
  }
}

/** One statement at a time: no statement of ours holds `;` at a line's end but at its own. */
const statements = (text: string): string[] =>
  text
    .replace(/--[^\n]*/g, '')
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');

function migrations(): Record<string, Migration> {
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return Object.fromEntries(
    files.map((file) => [
      file.replace('.sql', ''),
      {
        up: async (db): Promise<void> => {
          for (const statement of statements(readFileSync(new URL(file, FOLDER), 'utf8')))
            await sql.raw(statement).execute(db);
        },
      },
    ]),
  );
}

/**
 * Brings the schema up to this program, forward only, under a lock (Kysely's), each migration in a transaction.
 * @returns the names of those applied now. @throws DatabaseTooNew; the database's error when one fails.
 */
export async function migrate(store: Store): Promise<readonly string[]> {
  const known = migrations();
  // Work that was numbered earlier may be finished later; each migration stands on its own.
  const migrator = new Migrator({
    db: store.db,
    provider: { getMigrations: async () => known },
    allowUnorderedMigrations: true,
  });
  await refuseNewer(store, known);
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error(String(error));
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName);
}

/** Names of migrations that are not applied yet. */
export async function pendingMigrations(store: Store): Promise<readonly string[]> {
  const applied = new Set(await appliedMigrations(store));
  return Object.keys(migrations()).filter((name) => !applied.has(name));
}

async function refuseNewer(store: Store, known: Record<string, Migration>): Promise<void> {
  const unknown = (await appliedMigrations(store)).find((name) => !(name in known));
  if (unknown !== undefined) throw new DatabaseTooNew(unknown);
}

/** Names of migrations that this database has had; none: it is new. */
export async function appliedMigrations(store: Store): Promise<readonly string[]> {
  const table = await sql<{ found: string | null }>`select to_regclass('kysely_migration')::text as found`.execute(
    store.db,
  );
  if (table.rows[0]?.found == null) return [];
  const rows = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(store.db);
  return rows.rows.map((row) => row.name);
}
