import { sql } from 'kysely';
import { SIGN_ON_ROLES, type SignOnRole } from '../../core/sign-on.ts';
import type { EngineDeps } from '../../engine/deps.ts';
import type { Queryable } from '../../store/db.ts';

/** Rows of better-auth's `account` that say "this person is that subject of the provider". */
const PROVIDER = 'sign-on';

export interface KnownPerson {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly deactivatedAt: number | null;
}

export async function personOfSubject(q: Queryable, subject: string): Promise<KnownPerson | null> {
  const { rows } = await sql<KnownPerson>`
    select u.id, u.email, u.role, u."deactivatedAt" from account a join "user" u on u.id = a."userId"
     where a."providerId" = ${PROVIDER} and a."accountId" = ${subject}`.execute(q);
  return rows[0] ?? null;
}

export async function personOfEmail(q: Queryable, email: string): Promise<KnownPerson | null> {
  const { rows } = await sql<KnownPerson>`
    select id, email, role, "deactivatedAt" from "user" where email = ${email}`.execute(q);
  return rows[0] ?? null;
}

/** Whether this person is somebody of that provider already: an address may have passed to another person there. */
export async function hasSubjectOf(q: Queryable, userId: string, issuer: string): Promise<boolean> {
  const { rows } = await sql`select 1 from account where "userId" = ${userId} and "providerId" = ${PROVIDER}
                              and starts_with("accountId", ${`${issuer} `})`.execute(q);
  return rows.length > 0;
}

export async function joinSubject(
  q: Queryable,
  engine: Pick<EngineDeps, 'ids'>,
  userId: string,
  subject: string,
): Promise<void> {
  await sql`insert into account (id, "accountId", "providerId", "userId")
            values (${engine.ids.next('acc')}, ${subject}, ${PROVIDER}, ${userId}) on conflict do nothing`.execute(q);
}

/** The role that somebody was invited with, while the invitation is open; null: nobody invited them. */
export async function invitedAs(q: Queryable, email: string, now: number): Promise<SignOnRole | null> {
  const row = await q
    .selectFrom('invitations')
    .select('role')
    .where('email', '=', email)
    .where('accepted_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .executeTakeFirst();
  return SIGN_ON_ROLES.find((role) => role === row?.role) ?? null;
}

/** Somebody new, with no password; person and subject are there together or not at all. An invitation of theirs is over. */
export async function addPerson(
  engine: Pick<EngineDeps, 'ids' | 'store' | 'clock'>,
  person: { readonly email: string; readonly name: string; readonly role: SignOnRole; readonly subject: string },
): Promise<string> {
  const id = engine.ids.next('usr');
  await engine.store.transaction(async (trx) => {
    await sql`insert into "user" (id, name, email, "emailVerified", role)
              values (${id}, ${person.name}, ${person.email}, true, ${person.role})`.execute(trx);
    await joinSubject(trx, engine, id, person.subject);
    await trx
      .updateTable('invitations')
      .set({ accepted_at: engine.clock.now() })
      .where('email', '=', person.email)
      .where('accepted_at', 'is', null)
      .execute();
  });
  return id;
}

/** Has this address a password here, and may it administer? Whoever breaks the glass needs both. */
export async function canBreakGlass(q: Queryable, email: string): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    select u.id from "user" u join account a on a."userId" = u.id and a."providerId" = 'credential' and a.password is not null
     where u.email = ${email} and u.role = 'admin' and u."deactivatedAt" is null`.execute(q);
  return rows.length > 0;
}
