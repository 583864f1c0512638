import { sql } from 'kysely';
import { endKeyRotation, loadKeyFile, previousKey, type SecretKey } from '../platform/crypto.ts';
import type { Store } from '../store/db.ts';
import { rotatedKeyId } from '../store/sealed.ts';

/**
 * The key of a data folder, made when there is none. Where a rotation did not come to its end there are two: the database
 * says whether its transaction committed, and the other one goes.
 */
export async function keyOfFolder(store: Store, dataDir: string, say: (text: string) => void): Promise<SecretKey> {
  const key = loadKeyFile(dataDir);
  const previous = previousKey(dataDir);
  if (previous === null) return key;
  const table = await sql<{ found: string | null }>`select to_regclass('settings')::text as found`.execute(store.db);
  const sealedWith = table.rows[0]?.found == null ? null : await rotatedKeyId(store.db);
  const valid = sealedWith === key.id ? key : previous;
  endKeyRotation(dataDir, valid);
  say(
    valid === key
      ? 'A rotation of the secret key was cut off after its work was done: the new key is the key.'
      : 'A rotation of the secret key was cut off: the old key stays the key. Repeat it with: tandem rotate-key',
  );
  return valid;
}
