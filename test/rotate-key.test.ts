import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { findPostgres } from '../scripts/test-run/needs.ts';
import { compose, type Product } from '../src/cli/compose.ts';
import { rotateKey } from '../src/cli/rotate-key.ts';
import { readConfig } from '../src/config.ts';
import { newSecretKey, signInSecret } from '../src/platform/crypto.ts';
import { otherProcesses } from '../src/store/db.ts';
import { SEALED } from '../src/store/sealed.ts';
import { preparedDataFolder } from './support/data-folder.ts';
import { describeEachDatabase, openPostgresTestStore, openTestStore } from './support/database.ts';

const root = join(import.meta.dirname, '..');
const folders: string[] = [];
const freshFolder = (): string => {
  const folder = preparedDataFolder('key');
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
const open = (folder: string, extra: Record<string, string> = {}): Promise<Product> =>
  compose({ config: readConfig({ TANDEM_DATA: folder, LOG_LEVEL: 'silent', ...extra }) });

/** One value in every place that is sealed, and somebody who is signed in. */
async function plant({ engine, api, key }: Product): Promise<void> {
  const { db } = engine.store;
  await engine.secrets.save(db, 'connection:one', { token: 'abc', refresh: 'def' }, 1);
  const person = await api.signIn.addUser({
    email: 'ada@example.com',
    password: 'correct horse battery',
    role: 'admin',
  });
  const seal = (data: string) => symmetricEncrypt({ key: signInSecret(key), data });
  await sql`insert into "twoFactor" (id, secret, "backupCodes", "userId") values ('two', ${await seal('TOTP')}, ${await seal('["a"]')}, ${person.id})`.execute(
    db,
  );
  await sql`insert into session (id, token, "userId", "expiresAt", "createdAt", "updatedAt") values ('s', 't', ${person.id}, now(), now(), now())`.execute(
    db,
  );
  await sql`insert into connections (id, name, crm, settings, created_at, updated_at) values ('con_1', 'one', 'hubspot', '{}', 1, 1)`.execute(
    db,
  );
  await sql`insert into oauth_states (hash, connection_id, person, redirect_uri, verifier, created_at, expires_at)
            values ('h', 'con_1', ${person.id}, 'https://x', ${engine.secrets.seal('oauth_states:h:verifier', 'proof')}, 1, 2)`.execute(
    db,
  );
  // The second one's key was lost with a restored backup: it stays what it is.
  await sql`insert into webhooks (id, url, types, secret, previous_secret, created_by, created_at, updated_at) values
    ('whk_1', 'https://x', '{}', ${engine.secrets.seal('webhooks:whk_1:secret', 'now')}, ${engine.secrets.seal('webhooks:whk_1:previous', 'before')}, 'x', 1, 1),
    ('whk_2', 'https://x', '{}', 'bG9zdA==', null, 'x', 1, 1)`.execute(db);
}

/** What was planted, opened with the key of now. */
async function readBack({ engine, key }: Product) {
  const { db } = engine.store;
  const two = await sql<{
    secret: string;
    codes: string;
  }>`select secret, "backupCodes" as codes from "twoFactor"`.execute(db);
  const state = await db.selectFrom('oauth_states').select('verifier').executeTakeFirstOrThrow();
  const opened = (data: string | undefined) => symmetricDecrypt({ key: signInSecret(key), data: data ?? '' });
  const hooks = await sql<{ secret: string; previous: string | null }>`
    select secret, previous_secret as previous from webhooks order by id`.execute(db);
  return {
    webhook: [
      engine.secrets.open('webhooks:whk_1:secret', hooks.rows[0]?.secret ?? ''),
      engine.secrets.open('webhooks:whk_1:previous', hooks.rows[0]?.previous ?? ''),
      hooks.rows[1]?.secret,
    ],
    secrets: await engine.secrets.load(db, 'connection:one'),
    totp: await opened(two.rows[0]?.secret),
    codes: await opened(two.rows[0]?.codes),
    verifier: engine.secrets.open('oauth_states:h:verifier', state.verifier),
  };
}
const PLANTED = {
  secrets: { token: 'abc', refresh: 'def' },
  totp: 'TOTP',
  codes: '["a"]',
  verifier: 'proof',
  webhook: ['now', 'before', 'bG9zdA=='],
};
const sessions = async (product: Product): Promise<number> =>
  (await product.engine.store.db.selectFrom('session').select('id').execute()).length;

const kinds = findPostgres() === undefined ? (['embedded'] as const) : (['embedded', 'postgres'] as const);

test.each(kinds)(
  'a rotated key opens everything at once and after the next start, the old one nothing; everybody signs in again (%s)',
  async (kind) => {
    const folder = freshFolder();
    const database = kind === 'postgres' ? await openPostgresTestStore() : null;
    // The key's file is in the folder also where the data are elsewhere.
    const extra: Record<string, string> = database === null ? {} : { DATABASE_URL: database.url };
    const product = await open(folder, extra);
    await plant(product);
    const old = product.key;
    const done = await rotateKey(product, newSecretKey());
    expect(done).toMatchObject({ previousKeyId: old.id, values: 7, sessions: 1 });
    expect(await readBack(product)).toEqual(PLANTED);
    expect(await sessions(product)).toBe(0);
    const keys = await product.engine.store.db.selectFrom('secrets').select('key_id').distinct().execute();
    expect(keys).toEqual([{ key_id: done.keyId }]);
    await product.close();
    const again = await open(folder, extra);
    expect(again.key.id).toBe(done.keyId);
    expect(await readBack(again)).toEqual(PLANTED);
    expect(existsSync(join(folder, 'secret.key.previous'))).toBe(false);
    await again.close();
    await database?.stop();
  },
);

test('killed between any two steps of a rotation, one key is left and opens everything', {
  timeout: 240_000,
}, async () => {
  const folder = freshFolder();
  const first = await open(folder);
  await plant(first);
  let key = first.key.id;
  await first.close();
  for (const place of ['rotate:key-written', 'rotate:resealed', 'rotate:committed']) {
    const child = spawnSync(process.execPath, [join(root, 'test/support/rotate-key-child.ts'), folder, place], {
      encoding: 'utf8',
    });
    expect(child.signal, `${place}: ${child.stderr}`).toBe('SIGKILL');
    expect(existsSync(join(folder, 'secret.key.previous'))).toBe(true);
    const product = await open(folder);
    // Only a transaction that committed makes the new key the key.
    expect(product.key.id === key, place).toBe(place !== 'rotate:committed');
    expect(await readBack(product), place).toEqual(PLANTED);
    expect(await sessions(product), place).toBe(place === 'rotate:committed' ? 0 : 1);
    expect(existsSync(join(folder, 'secret.key.previous'))).toBe(false);
    key = product.key.id;
    await product.close();
  }
});

test('the list of what is sealed is complete, by the schema and by the source', async () => {
  const store = await openTestStore();
  const columns = await sql<{ place: string }>`
    select c.relname || '.' || a.attname as place from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`.execute(store.db);
  await store.close();
  const there = columns.rows.map((row) => row.place);
  const sealed = SEALED.flatMap((place) => place.columns.map((column) => `${place.table}.${column}`));
  expect(sealed.filter((place) => !there.includes(place))).toEqual([]);
  /** Called like a secret, and none of ours to open: hashes, and what never was one. */
  const NO_SECRETS = [
    'account.accessToken',
    'account.accessTokenExpiresAt',
    'account.idToken',
    'account.password',
    'account.refreshToken',
    'account.refreshTokenExpiresAt',
    'preference_links.token',
    'session.token',
    'secrets.key_id',
    'secrets.name',
    'secrets.owner',
    'secrets.updated_at',
    'secrets.version',
  ];
  const suspicious = there.filter((place) =>
    /cipher|seal|encrypt|verifier|backupCodes|secret|token$|password$/i.test(place),
  );
  expect(suspicious.filter((place) => !sealed.includes(place) && !NO_SECRETS.includes(place)).sort()).toEqual([]);
  // Whoever seals something names the table first: `oauth_states:<hash>:verifier`.
  const source = globSync('src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] }).map((file) =>
    readFileSync(join(root, file), 'utf8'),
  );
  const places = source.flatMap((text) =>
    [...text.matchAll(/\.seal\(\s*`?'?([A-Za-z_]*)/g)].map(([, table]) =>
      table === 'secretPlace' ? 'webhooks' : table,
    ),
  );
  expect(places.length).toBeGreaterThan(0);
  // A cookie is nowhere but in a browser, and ends with the key.
  const stored = places.filter((table) => table !== 'COOKIE_CONTEXT');
  expect(stored.filter((table) => !SEALED.some((place) => place.table === table))).toEqual([]);
});

describeEachDatabase('other processes', (store) => {
  test('other processes of ours on one PostgreSQL are counted: a rotation is refused while there are some', async () => {
    expect(await otherProcesses(store())).toBe(0);
    const { raw } = store();
    if (!('pool' in raw)) return;
    const other = new pg.Client({
      connectionString: raw.pool.options.connectionString ?? '',
      application_name: 'tandem 1 elsewhere',
    });
    await other.connect();
    expect(await otherProcesses(store())).toBe(1);
    await other.end();
  });
});
