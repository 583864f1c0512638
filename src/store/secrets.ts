import { sql } from 'kysely';
import { decrypt, encrypt, type SecretKey } from '../platform/crypto.ts';
import type { Queryable } from './db.ts';

/** Encrypted values by owner (e.g. `connection:con_…`) and name; never returned to anybody but the code that uses them. */
export interface Secrets {
  save(db: Queryable, owner: string, values: Readonly<Record<string, string>>, at: number): Promise<void>;
  /** @throws Error naming the owner when the key is another than the one they were saved with. */
  load(db: Queryable, owner: string): Promise<Readonly<Record<string, string>>>;
  names(db: Queryable, owner: string): Promise<readonly string[]>;
  drop(db: Queryable, owner: string): Promise<void>;
  /** Encrypts what is kept in another table; `context` names table, row and field. */
  seal(context: string, plain: string): string;
  /** @throws Error when it was sealed with another key or for another place. */
  open(context: string, sealed: string): string;
}

const context = (owner: string, name: string): string => `secrets:${owner}:${name}`;

/** @param keyOf the key, or how to get the one in use: a rotation replaces it while the product runs. */
export function createSecrets(keyOf: SecretKey | (() => SecretKey)): Secrets {
  const now = (): SecretKey => (typeof keyOf === 'function' ? keyOf() : keyOf);
  return {
    save: async (db, owner, values, at) => {
      const key = now();
      const rows = Object.entries(values).map(([name, value]) => ({
        name,
        ciphertext: encrypt(key, value, context(owner, name)),
      }));
      if (rows.length === 0) return;
      await sql`
        insert into secrets (owner, name, key_id, ciphertext, updated_at)
        select ${owner}::text, name, ${key.id}::text, ciphertext, ${at}::bigint from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(name text, ciphertext text)
        on conflict (owner, name) do update set key_id = excluded.key_id, ciphertext = excluded.ciphertext,
          version = secrets.version + 1, updated_at = excluded.updated_at`.execute(db);
    },
    load: async (db, owner) => {
      const rows = await db
        .selectFrom('secrets')
        .select(['name', 'key_id', 'ciphertext'])
        .where('owner', '=', owner)
        .execute();
      return Object.fromEntries(
        rows.map((row) => {
          const key = now();
          if (row.key_id !== key.id)
            throw new Error(`the credentials of ${owner} were saved with another secret key: enter them again`);
          return [row.name, decrypt(key, row.ciphertext, context(owner, row.name))];
        }),
      );
    },
    names: async (db, owner) =>
      (await db.selectFrom('secrets').select('name').where('owner', '=', owner).execute()).map((row) => row.name),
    drop: async (db, owner) => {
      await db.deleteFrom('secrets').where('owner', '=', owner).execute();
    },
    seal: (place, plain) => encrypt(now(), plain, place),
    open: (place, sealed) => decrypt(now(), sealed, place),
  };
}
