import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { sql } from 'kysely';
import type { Store, Trx } from './db.ts';
import { ensurePartitions } from './partitions.ts';
import { beQuiet } from './quiet.ts';

/** What a backup says of itself, in its first line. */
export interface BackupHeader {
  readonly tandem: 'backup';
  readonly format: 1;
  readonly version: string;
  readonly at: number;
  /** Which key encrypted the secrets; the key itself is not in the file. */
  readonly keyId: string;
  /** The key itself under a passphrase (`--with-key`): scrypt's salt, and what AES-256-GCM made of it. */
  readonly key?: SealedKey;
  readonly tables: Readonly<Record<string, number>>;
}

export interface SealedKey {
  readonly salt: string;
  readonly sealed: string;
}

export class BadBackup extends Error {
  constructor(why: string) {
    super(`This is not a backup that can be restored: ${why}. Nothing was changed.`);
    this.name = 'BadBackup';
  }
}

/** Restoring would mix two instances. */
export class NotEmpty extends Error {
  constructor() {
    super(
      'The database is not empty. Restore into an empty one: another TANDEM_DATA folder, or a fresh PostgreSQL database.',
    );
    this.name = 'NotEmpty';
  }
}

const PAGE = 2_000;
/** Rows of these tables are a quarter of a megabyte each. */
const pageOf = (table: string): number => (table === 'files_parts' || table === 'import_parts' ? 20 : PAGE);

/** Parents before children, so that foreign keys hold while rows come in. */
async function tablesOf(trx: Trx): Promise<readonly string[]> {
  const rows = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'kysely%' order by 1`.execute(
    trx,
  );
  const first = ['user', 'lists', 'contacts', 'connections', 'submissions', 'imports'];
  const names = rows.rows.map((row) => row.name);
  return [...first.filter((name) => names.includes(name)), ...names.filter((name) => !first.includes(name))];
}

/** Writes every row as a line of JSON, gzipped, from one snapshot; readable by both databases (R41). @returns the header. */
export async function backup(
  store: Store,
  target: Writable,
  options: {
    readonly version: string;
    readonly keyId: string;
    readonly now: number;
    readonly key?: SealedKey | undefined;
  },
): Promise<BackupHeader> {
  const gzip = createGzip();
  const written = pipeline(gzip, target);
  // It is awaited at the end; that the target broke earlier ends the rows, too.
  written.catch((error: Error) => gzip.destroy(error));
  const hash = createHash('sha256');
  const write = async (line: string): Promise<void> => {
    hash.update(line);
    if (gzip.errored !== null) throw gzip.errored;
    if (!gzip.write(`${line}\n`)) await once(gzip, 'drain');
  };
  const header = await store.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const counts: Record<string, number> = {};
      const tables = await tablesOf(trx);
      for (const name of tables)
        counts[name] =
          (await sql<{ count: number }>`select count(*)::int as count from ${sql.ref(name)}`.execute(trx)).rows[0]
            ?.count ?? 0;
      const head: BackupHeader = {
        tandem: 'backup',
        format: 1,
        version: options.version,
        at: options.now,
        keyId: options.keyId,
        ...(options.key === undefined ? {} : { key: options.key }),
        tables: counts,
      };
      await write(JSON.stringify(head));
      for (const name of tables) await writeTable(trx, name, write);
      return head;
    });
  gzip.write(`${JSON.stringify({ sha256: hash.digest('hex') })}\n`);
  gzip.end();
  await written;
  return header;
}

async function writeTable(trx: Trx, name: string, write: (line: string) => Promise<void>): Promise<void> {
  await sql`declare backup_rows no scroll cursor for select row_to_json(t)::text as row from ${sql.ref(name)} t`.execute(
    trx,
  );
  for (;;) {
    const page = await sql<{ row: string }>`fetch ${sql.lit(pageOf(name))} from backup_rows`.execute(trx);
    for (const { row } of page.rows) await write(`${JSON.stringify(name)} ${row}`);
    if (page.rows.length < pageOf(name)) break;
  }
  await sql`close backup_rows`.execute(trx);
}

/** What a backup says of itself, after all of it was read and its checksum compared. @throws BadBackup */
export async function readHeader(open: () => Promise<Readable>): Promise<BackupHeader> {
  await verify(open);
  for await (const line of lines(open)) return JSON.parse(line) as BackupHeader; // its beginning was checked
  throw new BadBackup('it is empty');
}

/**
 * Reads a backup into an empty database, all of it or nothing. Afterwards the product is quiet (R41): every connection is
 * paused `restored` until an administrator says that this is the live instance.
 * @throws BadBackup, NotEmpty
 */
export async function restore(
  store: Store,
  open: () => Promise<Readable>,
  options: { readonly keyId: string; readonly now: number },
): Promise<{ readonly header: BackupHeader; readonly credentialsLost: readonly string[] }> {
  await verify(open);
  return store.transaction(async (trx) => {
    const used = await sql<{
      found: boolean;
    }>`select exists (select 1 from contacts) or exists (select 1 from connections) or exists (select 1 from "user") as found`.execute(
      trx,
    );
    if (used.rows[0]?.found === true) throw new NotEmpty();
    for (const name of await tablesOf(trx)) await sql`truncate ${sql.ref(name)} cascade`.execute(trx);
    const header = await load(trx, open);
    await beQuiet(trx, options.now);
    await sql`update connections set paused_at = ${options.now}, lease_owner = null, lease_until = null`.execute(trx);
    // The instance that made the backup has most likely sent them.
    await sql`update outbox set status = 'held', error = 'restored', taken_until = null where status in ('queued', 'sending')`.execute(
      trx,
    );
    await sql`update webhook_deliveries set status = 'held', error = 'restored', taken_until = null where status in ('queued', 'sending')`.execute(
      trx,
    );
    await sql`delete from webhook_events where fanned_at is null`.execute(trx);
    // Places of programs that follow the contacts mean nothing here (hub/read-changes.ts).
    await sql`delete from settings where key = 'changes_epoch'`.execute(trx);
    await sql`update runs set status = 'cancelled', ended_at = ${options.now} where status in ('queued', 'running')`.execute(
      trx,
    );
    const names = await sql<{
      name: string;
    }>`select name from connections where disconnected_at is null order by name`.execute(trx);
    return { header, credentialsLost: header.keyId === options.keyId ? [] : names.rows.map((row) => row.name) };
  });
}

async function* lines(open: () => Promise<Readable>): AsyncGenerator<string> {
  const input = await open();
  const gunzip = createGunzip();
  input.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => input.destroy());
  yield* createInterface({ input: input.pipe(gunzip), crlfDelay: Number.POSITIVE_INFINITY });
}

/** The whole file is read and its checksum compared before a single row is written. */
async function verify(open: () => Promise<Readable>): Promise<void> {
  const hash: Hash = createHash('sha256');
  let last: string | null = null;
  let first = true;
  (await open()).destroy(); // a file that is not there is not a bad backup
  try {
    for await (const line of lines(open)) {
      if (first && !line.startsWith('{"tandem":"backup","format":1'))
        throw new BadBackup('it does not begin as one, or a newer program made it');
      first = false;
      if (last !== null) hash.update(last);
      last = line;
    }
  } catch (error) {
    throw error instanceof BadBackup ? error : new BadBackup(error instanceof Error ? error.message : String(error));
  }
  if (last === null || last !== JSON.stringify({ sha256: hash.digest('hex') }))
    throw new BadBackup('it is cut off or damaged');
}

async function load(trx: Trx, open: () => Promise<Readable>): Promise<BackupHeader> {
  let header: BackupHeader | null = null;
  let table = '';
  let rows: string[] = [];
  const flush = async (): Promise<void> => {
    if (rows.length > 0) await insert(trx, table, rows);
    rows = [];
  };
  for await (const line of lines(open)) {
    if (header === null) {
      // Its beginning was checked by `verify`.
      header = JSON.parse(line) as BackupHeader;
      continue;
    }
    if (line.startsWith('{"sha256"')) break;
    const end = line.indexOf(' ');
    const name = JSON.parse(line.slice(0, end)) as string;
    if (name !== table || rows.length >= pageOf(table)) await flush();
    table = name;
    rows.push(line.slice(end + 1));
  }
  await flush();
  if (header === null) throw new BadBackup('it is empty');
  return header;
}

async function insert(trx: Trx, table: string, rows: readonly string[]): Promise<void> {
  if (table === 'items' || table === 'events')
    await ensurePartitions(
      trx,
      table,
      rows.map((row) => (JSON.parse(row) as { at: number }).at),
    );
  const list = `[${rows.join(',')}]`;
  const columns = await sql<{ name: string }>`
    select a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relname = ${table} and a.attnum > 0 and not a.attisdropped order by a.attnum`.execute(
    trx,
  );
  const names = sql.join(columns.rows.map((column) => sql.ref(column.name)));
  await sql`insert into ${sql.ref(table)} (${names}) overriding system value select ${names} from json_populate_recordset(null::${sql.ref(table)}, ${list}::json)`.execute(
    trx,
  );
  const identity = await sql<{
    sequence: string | null;
  }>`select pg_get_serial_sequence(${`"${table}"`}, 'id') as sequence where exists (select 1 from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relname = ${table} and a.attname = 'id')`.execute(
    trx,
  );
  const sequence = identity.rows[0]?.sequence;
  if (sequence != null)
    await sql`select setval(${sequence}::regclass, (select coalesce(max(id), 0) + 1 from ${sql.ref(table)}), false)`.execute(
      trx,
    );
}
