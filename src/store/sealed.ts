import { sql } from 'kysely';
import { decrypt, encrypt, type SecretKey } from '../platform/crypto.ts';
import type { Trx } from './db.ts';

/** Translates what the sign-in library has sealed with its own secret, which comes of our key. */
export type ResealForeign = (sealed: string) => Promise<string>;

interface Rotation {
  readonly from: SecretKey;
  readonly to: SecretKey;
  readonly foreign: ResealForeign;
}

/** Columns that hold something sealed with the instance's key; `sealed.test.ts` compares the list with the schema and the source. */
export interface SealedPlace {
  readonly table: string;
  readonly columns: readonly string[];
  /** Seals everything anew. @returns how many values; those of another key than `from` stay as they are. */
  readonly reseal: (trx: Trx, rotation: Rotation) => Promise<number>;
}

const again = ({ from, to }: Rotation, sealed: string, context: string): string =>
  encrypt(to, decrypt(from, sealed, context), context);

export const SEALED: readonly SealedPlace[] = [
  {
    table: 'secrets',
    columns: ['ciphertext'],
    reseal: async (trx, rotation) => {
      const rows = await trx
        .selectFrom('secrets')
        .select(['owner', 'name', 'ciphertext'])
        .where('key_id', '=', rotation.from.id)
        .execute();
      const news = rows.map((row) => ({
        owner: row.owner,
        name: row.name,
        ciphertext: again(rotation, row.ciphertext, `secrets:${row.owner}:${row.name}`),
      }));
      await sql`update secrets s set ciphertext = n.ciphertext, key_id = ${rotation.to.id}
                  from jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as n(owner text, name text, ciphertext text)
                 where s.owner = n.owner and s.name = n.name`.execute(trx);
      return news.length;
    },
  },
  {
    table: 'oauth_states',
    columns: ['verifier'],
    reseal: async (trx, rotation) => {
      const rows = await trx.selectFrom('oauth_states').select(['hash', 'verifier']).execute();
      const news = rows.map(({ hash, verifier }) => ({
        hash,
        verifier: again(rotation, verifier, `oauth_states:${hash}:verifier`),
      }));
      await sql`update oauth_states s set verifier = n.verifier
                  from jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as n(hash text, verifier text) where s.hash = n.hash`.execute(
        trx,
      );
      return news.length;
    },
  },
  {
    table: 'twoFactor',
    columns: ['secret', 'backupCodes'],
    reseal: async (trx, { foreign }) => {
      const rows = await sql<{ id: string; secret: string; codes: string }>`
        select id, secret, "backupCodes" as codes from "twoFactor"`.execute(trx);
      const news = [];
      for (const { id, secret, codes } of rows.rows)
        news.push({ id, secret: await foreign(secret), codes: await foreign(codes) });
      await sql`update "twoFactor" t set secret = n.secret, "backupCodes" = n.codes
                  from jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as n(id text, secret text, codes text) where t.id = n.id`.execute(
        trx,
      );
      return news.length * 2;
    },
  },
];

/** Setting: the id of the key that everything is sealed with, once it has been rotated. */
const SETTING = 'keyId';

/**
 * Seals everything anew in one transaction that nobody else writes beside, ends every session (their cookies are signed with
 * the key) and notes which key it is now. @returns how many values and sessions.
 */
export async function resealAll(
  trx: Trx,
  rotation: Rotation & { readonly at: number },
): Promise<{ readonly values: number; readonly sessions: number }> {
  await sql`lock table ${sql.join(SEALED.map((place) => sql.table(place.table)))} in exclusive mode`.execute(trx);
  let values = 0;
  for (const place of SEALED) values += await place.reseal(trx, rotation);
  const ended = await sql<{ id: string }>`delete from session returning id`.execute(trx);
  await sql`insert into settings (key, value, updated_at) values (${SETTING}, ${JSON.stringify(rotation.to.id)}::jsonb, ${rotation.at})
            on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`.execute(trx);
  return { values, sessions: ended.rows.length };
}

/** Values that a writer sealed with the old key while the transaction above waited for it. @returns how many. */
export const resealLate = (trx: Trx, rotation: Rotation): Promise<number> =>
  SEALED.filter((place) => place.table === 'secrets').reduce(
    async (sum, place) => (await sum) + (await place.reseal(trx, rotation)),
    Promise.resolve(0),
  );

/** The id of the key that the last finished rotation left; null: it was never rotated. */
export async function rotatedKeyId(q: Pick<Trx, 'selectFrom'>): Promise<string | null> {
  const row = await q.selectFrom('settings').select('value').where('key', '=', SETTING).executeTakeFirst();
  return typeof row?.value === 'string' ? row.value : null;
}
