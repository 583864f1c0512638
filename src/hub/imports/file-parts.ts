import { sql } from 'kysely';
import { InvalidInput } from '../../core/invalid-input.ts';
import type { Queryable } from '../../store/db.ts';
import type { Encoding } from './import-settings.ts';

/** Largest list, bytes. */
export const IMPORT_MAX = 100 * 1024 * 1024;
const PART = 256 * 1024;
const NEWLINE = 10;

const refuse = (code: string, params: Record<string, string | number> = {}): InvalidInput =>
  new InvalidInput([{ path: 'body', code, params }]);

/** Tells the encoding of bytes that come in pieces: UTF-8 where every sequence is one, else by where accented letters lie. */
function createEncodingGuess() {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let isUtf8 = true;
  // Accented letters stand at 0xC0–0xFF in Windows-1252, and mostly at 0x80–0x9F on old Macs.
  let [low, high, euro] = [0, 0, 0];
  const look = (piece: Uint8Array, isLast: boolean): void => {
    if (isUtf8) {
      try {
        utf8.decode(piece, { stream: !isLast });
      } catch {
        isUtf8 = false;
      }
    }
    for (const byte of piece) {
      if (byte >= 0xc0) high += 1;
      else if (byte >= 0x80 && byte < 0xa0) low += 1;
      else if (byte === 0xa4) euro += 1;
    }
  };
  const guess = (): Encoding => {
    if (isUtf8) return 'utf-8';
    if (low > high) return 'macintosh';
    return euro > 0 && low === 0 ? 'iso-8859-15' : 'windows-1252';
  };
  return { look, guess };
}

/** UTF-16 names itself by its first two bytes, and is stored as UTF-8; everything else as it comes. */
async function* asBytes(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of source) {
    let piece: Uint8Array = chunk;
    if (head !== null) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 2) continue;
      const mark = head.readUInt16BE(0);
      if (mark === 0xfffe || mark === 0xfeff) decoder = new TextDecoder(mark === 0xfffe ? 'utf-16le' : 'utf-16be');
      [piece, head] = [head, null];
    }
    yield decoder === null ? piece : Buffer.from(decoder.decode(piece, { stream: true }));
  }
  if (head !== null) yield head;
  else if (decoder !== null) yield Buffer.from(decoder.decode());
}

/**
 * Stores a file as it comes in, part by part, no transaction over the upload (the embedded database has one connection and
 * everybody would wait). Parts end at line ends. @throws InvalidInput: empty, too large, or no text (a spreadsheet, a picture)
 */
export async function storeParts(
  q: Queryable,
  importId: string,
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly size: number; readonly encoding: Encoding }> {
  const guess = createEncodingGuess();
  let [part, size, held] = [0, 0, Buffer.alloc(0)];
  const write = async (piece: Buffer): Promise<void> => {
    await q
      .insertInto('import_parts')
      .values({ import_id: importId, part, content: piece.toString('latin1') })
      .execute();
    part += 1;
  };
  for await (const bytes of asBytes(source)) {
    size += bytes.length;
    if (size > IMPORT_MAX) throw refuse('file_too_large', { max: IMPORT_MAX / 1024 / 1024 });
    if (bytes.includes(0)) throw refuse('not_text');
    guess.look(bytes, false);
    held = Buffer.concat([held, bytes]);
    while (held.length >= PART) {
      const end = held.lastIndexOf(NEWLINE) + 1;
      // A line longer than this is no row of people.
      if (end === 0 && held.length > 4 * PART) throw refuse('not_text');
      if (end === 0) break;
      await write(held.subarray(0, end));
      held = held.subarray(end);
    }
  }
  guess.look(new Uint8Array(), true);
  if (size === 0) throw refuse('empty_file');
  if (held.length > 0) await write(held);
  return { size, encoding: guess.guess() };
}

/** The file's text from its first part on; `parts` bounds how much of it. Decoded and given in pieces of `piece` bytes. */
export async function* readText(
  q: Queryable,
  importId: string,
  options: { readonly encoding: Encoding; readonly parts?: number; readonly piece?: number },
): AsyncGenerator<string> {
  const decoder = new TextDecoder(options.encoding);
  const piece = options.piece ?? Number.POSITIVE_INFINITY;
  for (let part = 0; part < (options.parts ?? Number.POSITIVE_INFINITY); part += 1) {
    const row = await q
      .selectFrom('import_parts')
      .select('content')
      .where('import_id', '=', importId)
      .where('part', '=', part)
      .executeTakeFirst();
    if (row === undefined) return;
    const bytes = Buffer.from(row.content, 'latin1');
    // The decoder puts together again what a cut between two bytes of a letter has parted.
    for (let at = 0; at < bytes.length; at += piece)
      yield decoder.decode(bytes.subarray(at, at + piece), { stream: true });
  }
}

/** Of these addresses those that a row before would have made. For a count, whose batches are rolled back. */
export async function seenBefore(
  q: Queryable,
  importId: string,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ key: string }>`
    select email_key as key from import_seen where import_id = ${importId} and email_key = any(${keys as string[]}::text[])`.execute(
    q,
  );
  return new Set(rows.rows.map((row) => row.key));
}

export async function rememberSeen(q: Queryable, importId: string, keys: readonly string[]): Promise<void> {
  await sql`insert into import_seen (import_id, email_key) select ${importId}, unnest(${keys as string[]}::text[]) on conflict do nothing`.execute(
    q,
  );
}

export async function forgetSeen(q: Queryable, importId: string): Promise<void> {
  await sql`delete from import_seen where import_id = ${importId}`.execute(q);
}

export async function dropParts(q: Queryable, importId: string): Promise<void> {
  await sql`delete from import_parts where import_id = ${importId}`.execute(q);
}
