import { sql } from 'kysely';
import { Conflicted, InvalidInput, NotFound } from '../../core/invalid-input.ts';
import type { Ids } from '../../platform/ids.ts';
import { type Queryable, type Trx } from '../../store/db.ts';

/** A file that visitors download; kept in the database, so that backups and several processes have it. */
export interface StoredFile {
  readonly id: string;
  readonly name: string;
  /** Media type as given when it was uploaded; only ever served as an attachment. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly downloads: number;
  readonly createdAt: number;
}

export const FILE_MAX = 20 * 1024 * 1024;
const PART = 256 * 1024;

const columns = ['id', 'name', 'type', 'size', 'downloads', 'created_at'] as const;
const toFile = (row: {
  id: string;
  name: string;
  type: string;
  size: number;
  downloads: number;
  created_at: number;
}): StoredFile => ({
  id: row.id,
  name: row.name,
  type: row.type,
  size: row.size,
  downloads: row.downloads,
  createdAt: row.created_at,
});

export async function listFiles(q: Queryable): Promise<readonly StoredFile[]> {
  const rows = await q
    .selectFrom('files')
    .select([...columns])
    .where('deleted_at', 'is', null)
    .orderBy('created_at', 'desc')
    .execute();
  return rows.map(toFile);
}

export async function findFile(q: Queryable, id: string): Promise<StoredFile | undefined> {
  const row = await q
    .selectFrom('files')
    .select([...columns])
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? undefined : toFile(row);
}

/** A name that is safe in a header and on any disk. */
const cleanName = (name: string): string =>
  name
    .normalize('NFC')
    // oxlint-disable-next-line no-control-regex -- exactly these must go
    .replace(/[\u0000-\u001f\u007f"\\/<>|:*?]+/gu, '_')
    .trim()
    .slice(0, 150);

/** @throws InvalidInput */
export async function storeFile(
  trx: Trx,
  input: { readonly name: string; readonly type: string; readonly content: Uint8Array },
  context: { readonly ids: Ids; readonly at: number; readonly by: string },
): Promise<StoredFile> {
  const name = cleanName(input.name);
  if (name === '') throw new InvalidInput([{ path: 'name', code: 'required', params: {} }]);
  if (input.content.length === 0) throw new InvalidInput([{ path: 'body', code: 'empty_file', params: {} }]);
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(input.type) ? input.type.toLowerCase() : 'application/octet-stream';
  const id = context.ids.next('fil');
  await trx
    .insertInto('files')
    .values({ id, name, type, size: input.content.length, created_by: context.by, created_at: context.at })
    .execute();
  const bytes = Buffer.from(input.content.buffer, input.content.byteOffset, input.content.byteLength);
  for (let start = 0, part = 0; start < bytes.length; start += PART, part += 1) {
    // base64, because the two drivers take bytes differently.
    const piece = bytes.subarray(start, start + PART).toString('base64');
    await sql`insert into files_parts (file_id, part, content) values (${id}, ${part}, decode(${piece}, 'base64'))`.execute(
      trx,
    );
  }
  return { id, name, type, size: bytes.length, downloads: 0, createdAt: context.at };
}

/** The content, part by part. */
export async function* readFileParts(q: Queryable, id: string): AsyncGenerator<Buffer> {
  for (let part = 0; ; part += 1) {
    const rows = await sql<{ content: string }>`
      select encode(content, 'base64') as content from files_parts where file_id = ${id} and part = ${part}`.execute(q);
    const [row] = rows.rows;
    if (row === undefined) return;
    yield Buffer.from(row.content, 'base64');
  }
}

export async function countDownload(q: Queryable, id: string): Promise<void> {
  await sql`update files set downloads = downloads + 1 where id = ${id}`.execute(q);
}

/** @throws NotFound; Conflicted when a form offers it. */
export async function deleteFile(trx: Trx, id: string, at: number): Promise<void> {
  if ((await findFile(trx, id)) === undefined) throw new NotFound('file');
  const used = await sql<{
    name: string;
  }>`select name from forms where deleted_at is null and definition ->> 'file' = ${id} limit 1`.execute(trx);
  const [form] = used.rows;
  if (form !== undefined) throw new Conflicted('file_in_form', { form: form.name });
  await trx.updateTable('files').set({ deleted_at: at }).where('id', '=', id).execute();
  await sql`delete from files_parts where file_id = ${id}`.execute(trx);
}
