import { InvalidInput, NotFound } from '../core/invalid-input.ts';
import { tokenHash } from '../platform/crypto.ts';
import { type Ids, systemRandom } from '../platform/ids.ts';
import type { Store } from '../store/db.ts';
import { SCOPES, type Scope, scopesOf } from './rights.ts';
import { ROLES, type Role } from './sign-in.ts';

export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly role: Role | null;
  readonly scopes: readonly Scope[];
  readonly prefix: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly expiresAt: number | null;
}

const PREFIX = 'tdm_';

/** Makes a key; its text is shown this once and kept as a hash. @throws InvalidInput */
export async function createApiKey(
  store: Store,
  input: {
    readonly name: string;
    readonly role?: string | undefined;
    readonly scopes?: readonly string[] | undefined;
    readonly expiresAt?: number | undefined;
    readonly by: string;
  },
  context: { readonly ids: Ids; readonly now: number },
): Promise<{ readonly id: string; readonly key: string }> {
  const { role, scopes } = input;
  if (role === undefined && scopes === undefined)
    throw new InvalidInput([{ path: 'role', code: 'role_or_scopes', params: {} }]);
  if (role !== undefined && !(ROLES as readonly string[]).includes(role))
    throw new InvalidInput([{ path: 'role', code: 'unknown_role', params: { allowed: ROLES.join(', ') } }]);
  const unknown = scopes?.find((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown !== undefined)
    throw new InvalidInput([
      { path: 'scopes', code: 'unknown_scope', params: { value: unknown, allowed: SCOPES.join(', ') } },
    ]);
  if (input.expiresAt !== undefined && input.expiresAt <= context.now)
    throw new InvalidInput([{ path: 'expiresAt', code: 'in_the_past', params: {} }]);
  const key = `${PREFIX}${Buffer.from(systemRandom(32)).toString('base64url')}`;
  const id = context.ids.next('key');
  await store.db
    .insertInto('api_keys')
    .values({
      id,
      name: input.name,
      role: role ?? null,
      scopes: scopes === undefined ? null : JSON.stringify(scopes),
      prefix: key.slice(0, 8),
      hash: tokenHash(key),
      created_by: input.by,
      created_at: context.now,
      last_used_at: null,
      expires_at: input.expiresAt ?? null,
      revoked_at: null,
    })
    .execute();
  return { id, key };
}

const toView = (row: {
  id: string;
  name: string;
  role: string | null;
  scopes: unknown;
  prefix: string;
  created_at: number;
  last_used_at: number | null;
  expires_at: number | null;
}): KeyView => ({
  id: row.id,
  name: row.name,
  // Columns hold only what `createApiKey` let in.
  role: row.role as Role | null,
  scopes: row.role === null ? withImplied((row.scopes ?? []) as Scope[]) : scopesOf(row.role as Role),
  prefix: row.prefix,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  expiresAt: row.expires_at,
});

/** Whoever may do everything may have webhooks: keys from before there was a right of its own for them. */
const withImplied = (scopes: readonly Scope[]): readonly Scope[] =>
  scopes.includes('admin') && !scopes.includes('webhooks:write') ? [...scopes, 'webhooks:write'] : scopes;

export async function listApiKeys(store: Store): Promise<readonly KeyView[]> {
  const rows = await store.db
    .selectFrom('api_keys')
    .selectAll()
    .where('revoked_at', 'is', null)
    .orderBy('created_at')
    .execute();
  return rows.map(toView);
}

/** The webhooks that it made end with it. @throws NotFound */
export async function revokeApiKey(store: Store, id: string, now: number): Promise<void> {
  await store.transaction(async (trx) => {
    const row = await trx
      .updateTable('api_keys')
      .set({ revoked_at: now })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (row === undefined) throw new NotFound('api key');
    await trx
      .updateTable('webhooks')
      .set({ enabled: false, ended_at: now, ended_why: 'key_revoked', updated_at: now })
      .where('created_by', '=', id)
      .where('enabled', '=', true)
      .execute();
  });
}

const USED_EVERY_MS = 60_000;

/** The key behind a bearer token, or null: unknown, revoked or over. */
export async function findApiKey(store: Store, token: string, now: number): Promise<KeyView | null> {
  if (!token.startsWith(PREFIX)) return null;
  const row = await store.db
    .selectFrom('api_keys')
    .selectAll()
    .where('hash', '=', tokenHash(token))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined || (row.expires_at !== null && row.expires_at <= now)) return null;
  if (row.last_used_at === null || now - row.last_used_at > USED_EVERY_MS)
    await store.db.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', row.id).execute();
  return toView(row);
}

/** The person who made a key, by e-mail; null: it was made on the command line, or they are no more. */
export async function makerOfKey(store: Store, id: string): Promise<string | null> {
  const row = await store.db
    .selectFrom('api_keys')
    .innerJoin('user', 'user.id', 'api_keys.created_by')
    .select('user.email')
    .where('api_keys.id', '=', id)
    .executeTakeFirst();
  return row?.email ?? null;
}
