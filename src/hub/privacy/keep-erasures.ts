import { sql } from 'kysely';
import type { Store } from '../../store/db.ts';
import { readErasureFiles, writeErasureFile } from '../../store/erasure-file.ts';
import { eraseAgain } from './erase-contact.ts';
import { beginErasureList, readErasureList, rememberErased } from './erasure-list.ts';

/**
 * Keeps the list of erasures beside the database and the one inside it alike (R41): at start, after each erasure, after a
 * restore. What only the file knows was erased after the backup that was restored: those people are erased again.
 * @returns how many people were erased again.
 */
export async function keepErasures(store: Store, dataDir: string, at: number): Promise<number> {
  const files = readErasureFiles(dataDir);
  const inside = await readErasureList(store.db);
  // A database from before the first erasure takes up the list that stands beside it.
  const only = files.length === 1 ? files[0] : undefined;
  if (inside === null && only === undefined) return 0;
  const list = inside ?? (await store.transaction((trx) => beginErasureList(trx, at, only?.key)));
  const file = files.find((one) => one.key.equals(list.key));
  const before = (await store.db.selectFrom('erasures').select('hash').execute()).map((row) => row.hash);
  const known = new Set(before);
  const missing = (file?.hashes ?? []).filter((hash) => !known.has(hash));
  if (missing.length > 0) await store.transaction((trx) => rememberErased(trx, missing, at));
  const deletes = file?.deletes ?? [];
  if (deletes.length > 0)
    await sql`update erasures set deletes = true where hash = any(${deletes as string[]}::text[]) and deletes is distinct from true`.execute(
      store.db,
    );
  const erased = await eraseAgain(store, list, { missing: new Set(missing), at });
  const now = await store.db.selectFrom('erasures').select(['hash', 'deletes']).execute();
  await writeErasureFile(dataDir, {
    key: list.key,
    hashes: now.map((row) => row.hash),
    deletes: now.flatMap((row) => (row.deletes === true ? [row.hash] : [])),
  });
  return erased;
}
