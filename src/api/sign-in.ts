import { betterAuth } from 'better-auth';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { sql } from 'kysely';
import { isUsableEmail } from '../core/email.ts';
import { Conflicted, InvalidInput, NotFound } from '../core/invalid-input.ts';
import { type SecretKey, signInSecret, tokenHash } from '../platform/crypto.ts';
import { systemRandom } from '../platform/ids.ts';
import type { Queryable, Store } from '../store/db.ts';
import { readSignOn } from '../store/sign-on.ts';
import { PASSWORD_MIN, passwordProblem } from './passwords.ts';
import { enterPlugin } from './sign-on/enter.ts';

export const ROLES = ['admin', 'marketing', 'sales'] as const;
export type Role = (typeof ROLES)[number];

export interface SignInOptions {
  readonly store: Store;
  readonly key: SecretKey;
  /** Public address; the only origin that may sign in. */
  readonly url: string;
  readonly now: () => number;
  /** Queues the mail with the link that sets a new password; nobody waits for it, so that its time tells nothing. */
  readonly onForgotten: (
    person: { readonly email: string; readonly locale: string | null },
    link: string,
  ) => Promise<void>;
}

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly twoFactor: boolean;
  readonly previousSignInAt: number | null;
}

/** Set by us on every request that better-auth sees. */
export const CLIENT_HEADER = 'x-tandem-client';

const SETUP_LIVES_MS = 7 * 24 * 60 * 60 * 1000;

/** Passwords and sessions are better-auth's; who exists, with which role, is ours. Nobody can sign up. */
export function createSignIn({ store, key, url, now, onForgotten }: SignInOptions) {
  const open = (secretKey: SecretKey) =>
    betterAuth({
      baseURL: url,
      basePath: '/api/auth',
      secret: signInSecret(secretKey),
      database: { db: store.db, type: 'postgres' },
      emailAndPassword: {
        enabled: true,
        disableSignUp: true,
        minPasswordLength: PASSWORD_MIN,
        maxPasswordLength: 256,
        // OWASP, "Forgot Password": single use, an hour, other sessions end, the same answer for everybody.
        resetPasswordTokenExpiresIn: 60 * 60,
        revokeSessionsOnPasswordReset: true,
        sendResetPassword: async ({ user, token }) => {
          const person = await findPerson(user.id);
          // After `#`, so that the token is in no server's log.
          if (person !== null) void onForgotten(person, `${url}/reset-password#${token}`).catch(() => undefined);
        },
      },
      verification: { storeIdentifier: 'hashed' },
      plugins: [twoFactor({ issuer: 'Tandem' }), enterPlugin],
      trustedOrigins: [url],
      // Ours (`sign-in-routes.ts`) knows the person beside the address, and the clock.
      rateLimit: { enabled: false },
      advanced: {
        useSecureCookies: url.startsWith('https:'),
        cookiePrefix: 'tandem',
        defaultCookieAttributes: { sameSite: 'lax', httpOnly: true },
        // The address of the client as `client-address.ts` found it: better-auth itself believes no forwarding header.
        ipAddress: { ipAddressHeaders: [CLIENT_HEADER] },
      },
      telemetry: { enabled: false },
      logger: { disabled: true },
    });
  let auth = open(key);

  const findPerson = async (id: string): Promise<Person | null> => {
    const row = await store.db
      .selectFrom('user')
      .selectAll()
      .where('id', '=', id)
      .where('deactivatedAt', 'is', null)
      .executeTakeFirst();
    // The column holds only what `addUser` let in.
    return row === undefined
      ? null
      : {
          id: row.id,
          email: row.email,
          name: row.name,
          role: row.role as Role,
          locale: row.locale,
          timeZone: row.timeZone,
          twoFactor: row.twoFactorEnabled,
          previousSignInAt: row.previousSignInAt,
        };
  };

  const addUser = async (input: {
    email: string;
    password: string;
    role: Role;
    name?: string | undefined;
    locale?: string | undefined;
    timeZone?: string | undefined;
  }): Promise<Person> => {
    const problems = [];
    if (!isUsableEmail(input.email))
      problems.push({ path: 'email', code: 'invalid_email', params: { value: input.email } });
    const weakness = passwordProblem(input.password, input.email);
    if (weakness !== null) problems.push({ path: 'password', ...weakness });
    if (!ROLES.includes(input.role))
      problems.push({ path: 'role', code: 'unknown_role', params: { allowed: ROLES.join(', ') } });
    if (problems.length > 0) throw new InvalidInput(problems);
    const email = input.email.trim().toLowerCase();
    const context = await auth.$context;
    if ((await context.internalAdapter.findUserByEmail(email)) !== null) throw new Conflicted('email_taken', { email });
    const user = await context.internalAdapter.createUser(
      { email, name: input.name ?? email, emailVerified: true },
      { method: 'admin' },
    );
    await context.internalAdapter.linkAccount({
      userId: user.id,
      providerId: 'credential',
      accountId: user.id,
      password: await context.password.hash(input.password),
    });
    await store.db
      .updateTable('user')
      .set({ role: input.role, locale: input.locale ?? null, timeZone: input.timeZone ?? null })
      .where('id', '=', user.id)
      .execute();
    const person = await findPerson(user.id);
    if (person === null) throw new NotFound('user');
    return person;
  };

  const countAdmins = async (): Promise<number> => {
    const row = await store.db
      .selectFrom('user')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('role', '=', 'admin')
      .where('deactivatedAt', 'is', null)
      .executeTakeFirstOrThrow();
    return Number(row.count);
  };

  /** The last administrator stays one. @throws NotFound, Conflicted('last_admin') */
  const updateUser = async (
    id: string,
    change: {
      readonly role?: Role;
      readonly active?: boolean;
      readonly name?: string | undefined;
      readonly locale?: string | null | undefined;
      readonly timeZone?: string | null | undefined;
    },
  ): Promise<void> => {
    const { active, ...rest } = change;
    const leaves = active === false || (change.role !== undefined && change.role !== 'admin');
    const set = {
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
      ...(active === undefined ? {} : { deactivatedAt: active ? null : now() }),
    };
    await store.transaction(async (trx) => {
      // All administrators are locked in one order, so that two of them cannot each take the other's office away.
      const admins = await sql<{ id: string }>`
        select id from "user" where role = 'admin' and "deactivatedAt" is null order by id for update`.execute(trx);
      const isLast = admins.rows.length === 1 && admins.rows[0]?.id === id;
      if (isLast && leaves) throw new Conflicted('last_admin');
      const row = await trx.selectFrom('user').select(['id', 'email']).where('id', '=', id).executeTakeFirst();
      if (row === undefined) throw new NotFound('user');
      // Whoever still gets in with a password while nobody else does cannot be removed.
      if (leaves && (await breakGlassOf(trx)) === row.email) throw new Conflicted('break_glass');
      if (Object.keys(set).length > 0) await trx.updateTable('user').set(set).where('id', '=', id).execute();
      if (active === false) await trx.deleteFrom('session').where('userId', '=', id).execute();
    });
  };

  return {
    get auth() {
      return auth;
    },
    /** After a rotation: sessions of before are nobody's. */
    takeKey: (next: SecretKey): void => {
      auth = open(next);
    },
    findPerson,
    addUser,
    countAdmins,
    listUsers: async () =>
      store.db
        .selectFrom('user')
        .select(['id', 'email', 'name', 'role', 'deactivatedAt', 'lastSignInAt', 'twoFactorEnabled'])
        .orderBy('email')
        .execute(),
    /** The session's person, or null. */
    personOf: async (headers: Headers): Promise<Person | null> => {
      const session = await auth.api.getSession({ headers });
      return session === null ? null : findPerson(session.user.id);
    },
    /** Of somebody who may sign in. @returns the person's id; null: deactivated, and every session has been ended. */
    noteSignIn: async (email: string): Promise<string | null> => {
      const address = email.trim().toLowerCase();
      const noted = await sql<{
        id: string;
      }>`update "user" set "previousSignInAt" = "lastSignInAt", "lastSignInAt" = ${now()} where email = ${address} and "deactivatedAt" is null returning id`.execute(
        store.db,
      );
      const [row] = noted.rows;
      if (row === undefined)
        await sql`delete from session where "userId" in (select id from "user" where email = ${address})`.execute(
          store.db,
        );
      return row?.id ?? null;
    },
    resetPassword: async (email: string, password: string): Promise<void> => {
      const weakness = passwordProblem(password, email);
      if (weakness !== null) throw new InvalidInput([{ path: 'password', ...weakness }]);
      const context = await auth.$context;
      const found = await context.internalAdapter.findUserByEmail(email.trim().toLowerCase());
      if (found === null) throw new NotFound('user');
      const hash = await context.password.hash(password);
      const userId = found.user.id;
      const accounts = await context.internalAdapter.findAccounts(userId);
      // Whom the sign-on has made has none yet.
      if (accounts.some((one) => one.providerId === 'credential'))
        await context.internalAdapter.updatePassword(userId, hash);
      else
        await context.internalAdapter.linkAccount({
          userId,
          providerId: 'credential',
          accountId: userId,
          password: hash,
        });
      await store.db.deleteFrom('session').where('userId', '=', found.user.id).execute();
    },
    /** Cookies of a new session, for somebody whom the sign-on has let in. */
    enterAs: async (userId: string, headers: Headers): Promise<readonly string[]> => {
      const answer = await auth.api.enterAs({ body: { userId }, headers, returnHeaders: true });
      return answer.headers.getSetCookie();
    },
    /**
     * May this address sign in with a password? While sign-on alone is open, only the break-glass administrator; the same
     * time passes either way, so that the answer does not tell who that is.
     */
    mayUsePassword: async (email: string, password: string): Promise<boolean> => {
      const only = await breakGlassOf(store.db);
      if (only === null || only === email.trim().toLowerCase()) return true;
      await (await auth.$context).password.hash(password.slice(0, 256));
      return false;
    },
    /** The session that a request comes with, or null. */
    sessionIdOf: async (headers: Headers): Promise<string | null> =>
      (await auth.api.getSession({ headers }))?.session.id ?? null,
    updateUser,
    /** For somebody who lost the device and the recovery codes; their sessions end. */
    resetTwoFactor: async (id: string): Promise<void> => {
      await store.transaction(async (trx) => {
        const row = await trx
          .updateTable('user')
          .set({ twoFactorEnabled: false })
          .where('id', '=', id)
          .returning('id')
          .executeTakeFirst();
        if (row === undefined) throw new NotFound('user');
        await sql`delete from "twoFactor" where "userId" = ${id}`.execute(trx);
        await trx.deleteFrom('session').where('userId', '=', id).execute();
      });
    },
    /** The last administrator stays. */
    deactivate: async (email: string): Promise<void> => {
      const row = await store.db
        .selectFrom('user')
        .select('id')
        .where('email', '=', email.trim().toLowerCase())
        .executeTakeFirst();
      if (row === undefined) throw new NotFound('user');
      await updateUser(row.id, { active: false });
    },
    /** A one-time code for the first administrator; null when there is one already. */
    createSetupCode: async (): Promise<string | null> => {
      if ((await countAdmins()) > 0) return null;
      const code = Buffer.from(systemRandom(24)).toString('base64url');
      await store.db
        .insertInto('setup_codes')
        .values({ hash: tokenHash(code), created_at: now(), expires_at: now() + SETUP_LIVES_MS, used_at: null })
        .execute();
      return code;
    },
    /** R: without the code nobody; 410 once an administrator exists. @throws Conflicted('setup_done' | 'setup_code') */
    setUp: async (
      code: string,
      input: { email: string; password: string; locale?: string | undefined; timeZone?: string | undefined },
    ): Promise<Person> => {
      if ((await countAdmins()) > 0) throw new Conflicted('setup_done');
      const known = await store.db
        .selectFrom('setup_codes')
        .select('hash')
        .where('hash', '=', tokenHash(code))
        .where('used_at', 'is', null)
        .where('expires_at', '>', now())
        .executeTakeFirst();
      if (known === undefined) throw new Conflicted('setup_code');
      const person = await addUser({ ...input, role: 'admin' });
      await store.db.updateTable('setup_codes').set({ used_at: now() }).where('hash', '=', known.hash).execute();
      return person;
    },
  };
}
/** The one person who still signs in with a password; null: everybody may. */
async function breakGlassOf(q: Queryable): Promise<string | null> {
  const settings = await readSignOn(q);
  return settings.enabled && settings.passwords === 'breakGlass' ? settings.breakGlass : null;
}

export type SignIn = ReturnType<typeof createSignIn>;
