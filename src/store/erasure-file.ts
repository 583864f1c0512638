import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** The list of erasures as it stands beside the database (R41): its key, then a hash a line; `delete HASH`: that record was to go from its CRM, too. */
export interface ErasureFile {
  readonly key: Buffer;
  readonly hashes: readonly string[];
  /** Those of the hashes whose records were to be deleted in their CRM. */
  readonly deletes: readonly string[];
}

const FIRST = 'tandem-erasures 1 ';
/** A line of its own, which an older program takes for a hash of nobody. */
const DELETE = 'delete ';
/** One file a key, so that a list which belongs to another instance is never shortened or mixed. */
const nameOf = (key: Buffer): string => `erasures-${createHash('sha256').update(key).digest('hex').slice(0, 12)}.txt`;

function parse(text: string): ErasureFile | null {
  const [first = '', ...lines] = text.split('\n');
  if (!first.startsWith(FIRST)) return null;
  const [deletes, hashes] = [true, false].map((isDelete) =>
    lines.filter((line) => line.startsWith(DELETE) === isDelete),
  );
  return {
    key: Buffer.from(first.slice(FIRST.length), 'base64'),
    hashes: (hashes ?? []).filter((line) => line !== ''),
    deletes: (deletes ?? []).map((line) => line.slice(DELETE.length)),
  };
}

/** Every list in the folder, this instance's and those of restored ones. */
export function readErasureFiles(dataDir: string): readonly ErasureFile[] {
  if (!existsSync(dataDir)) return [];
  return readdirSync(dataDir)
    .filter((name) => /^erasures-[0-9a-f]{12}\.txt$/.test(name))
    .flatMap((name) => parse(readFileSync(join(dataDir, name), 'utf8')) ?? []);
}

/** Writes the list, old hashes kept: never shortened. The new file is on the disk before it takes the old one's place. */
export async function writeErasureFile(dataDir: string, list: ErasureFile): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, nameOf(list.key));
  const known = existsSync(path) ? parse(readFileSync(path, 'utf8')) : null;
  const hashes = [...new Set([...(known?.hashes ?? []), ...list.hashes])].sort();
  const deletes = [...new Set([...(known?.deletes ?? []), ...list.deletes])].sort();
  if (hashes.length === known?.hashes.length && deletes.length === known.deletes.length) return;
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    const lines = [...hashes, ...deletes.map((hash) => `${DELETE}${hash}`)];
    await file.writeFile(`${FIRST}${list.key.toString('base64')}\n${lines.join('\n')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  renameSync(`${path}.new`, path);
}
