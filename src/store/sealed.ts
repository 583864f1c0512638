import { sql } from 'kysely';
import { decrypt, encrypt, type SecretKey } from '../platform/crypto.ts';
import type { Trx } from './db.ts';

/** Translates what the sign-in library has sealed with its own secret, which comes of our key. @throws when it cannot. */
export type ResealForeign = (sealed: string) => Promise<string>;

interface Rotation {
  readonly from: SecretKey;
  readonly to: SecretKey;
  readonly foreign: ResealForeign;
}

/** A sealed value as it stands, with where: the row's key and the column's name in the result of `read`. */
interface Row {
  readonly id: string;
  readonly column: string;
  readonly sealed: string;
}

/** Columns that hold something sealed with the instance's key; `rotate-key.test.ts` compares the list with the schema and the source. */
export interface SealedPlace {
  readonly table: string;
  readonly columns: readonly string[];
  /** What a row is known by; several columns are joined by a space. */
  readonly key: readonly string[];
  /** What the value was sealed for; null: the sign-in library's. */
  readonly context: ((id: readonly string[], column: string) => string) | null;
}

export const SEALED: readonly SealedPlace[] = [
  {
    table: 'secrets',
    columns: ['ciphertext'],
    key: ['owner', 'name'],
    context: ([owner, name]) => `secrets:${owner}:${name}`,
  },
  { table: 'oauth_states', columns: ['verifier'], key: ['hash'], context: ([hash]) => `oauth_states:${hash}:verifier` },
  {
    table: 'webhooks',
    columns: ['secret', 'previous_secret'],
    key: ['id'],
    context: ([id], column) => `webhooks:${id}:${column === 'secret' ? 'secret' : 'previous'}`,
  },
  { table: 'twoFactor', columns: ['secret', 'backupCodes'], key: ['id'], context: null },
];

/** Every value of a place that is not empty. One statement a column. */
async function read(trx: Trx, { table, columns, key }: SealedPlace): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const column of columns) {
    const found = await sql<{ id: string; sealed: string }>`
      select concat_ws(' ', ${sql.join(key.map((one) => sql.ref(one)))}) as id, ${sql.ref(column)} as sealed
        from ${sql.table(table)} where ${sql.ref(column)} is not null`.execute(trx);
    rows.push(...found.rows.map((row) => ({ ...row, column })));
  }
  return rows;
}

async function write(
  trx: Trx,
  { table, columns, key }: SealedPlace,
  rows: readonly Row[],
  to: SecretKey,
): Promise<void> {
  for (const column of columns) {
    const news = rows.filter((row) => row.column === column).map(({ id, sealed }) => ({ id, sealed }));
    if (news.length === 0) continue;
    const named = table === 'secrets' ? sql`, key_id = ${to.id}` : sql``;
    await sql`update ${sql.table(table)} t set ${sql.ref(column)} = n.sealed ${named}
                from jsonb_to_recordset(${JSON.stringify(news)}::jsonb) as n(id text, sealed text)
               where concat_ws(' ', ${sql.join(key.map((one) => sql.ref(`t.${one}`)))}) = n.id`.execute(trx);
  }
}

/** @returns how many values; what the old key does not open (a restored backup's) stays as it is. */
async function reseal(trx: Trx, place: SealedPlace, rotation: Rotation): Promise<number> {
  const news: Row[] = [];
  for (const row of await read(trx, place)) {
    const context = place.context?.(row.id.split(' '), row.column);
    try {
      const sealed =
        context === undefined
          ? await rotation.foreign(row.sealed)
          : encrypt(rotation.to, decrypt(rotation.from, row.sealed, context), context);
      news.push({ ...row, sealed });
    } catch {
      // Of another key: nobody can open it, before and after.
    }
  }
  await write(trx, place, news, rotation.to);
  return news.length;
}

/** Seals everything anew that the old key opens. @returns how many values. */
export async function resealValues(trx: Trx, rotation: Rotation): Promise<number> {
  let values = 0;
  for (const place of SEALED) values += await reseal(trx, place, rotation);
  return values;
}

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
  const values = await resealValues(trx, rotation);
  const ended = await sql<{ id: string }>`delete from session returning id`.execute(trx);
  await sql`insert into settings (key, value, updated_at) values (${SETTING}, ${JSON.stringify(rotation.to.id)}::jsonb, ${rotation.at})
            on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`.execute(trx);
  return { values, sessions: ended.rows.length };
}

/** The id of the key that the last finished rotation left; null: it was never rotated. */
export async function rotatedKeyId(q: Pick<Trx, 'selectFrom'>): Promise<string | null> {
  const row = await q.selectFrom('settings').select('value').where('key', '=', SETTING).executeTakeFirst();
  return typeof row?.value === 'string' ? row.value : null;
}
