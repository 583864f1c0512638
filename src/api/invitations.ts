import { isUsableEmail } from '../core/email.ts';
import { Conflicted, InvalidInput, NotFound } from '../core/invalid-input.ts';
import type { EngineDeps } from '../engine/deps.ts';
import { tokenHash } from '../platform/crypto.ts';
import { systemRandom } from '../platform/ids.ts';
import { readSignOn } from '../store/sign-on.ts';
import { queuePeopleMail } from './people-mails.ts';
import { type Person, ROLES, type Role, type SignIn } from './sign-in.ts';

const LIVES_MS = 7 * 24 * 60 * 60 * 1000;

type Deps = Pick<EngineDeps, 'store' | 'ids' | 'clock' | 'baseUrl'>;

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly invitedBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export async function listInvitations(deps: Deps): Promise<readonly Invitation[]> {
  const rows = await deps.store.db
    .selectFrom('invitations')
    .selectAll()
    .where('accepted_at', 'is', null)
    .where('expires_at', '>', deps.clock.now())
    .orderBy('created_at', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    role: row.role,
    invitedBy: row.invited_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }));
}

/**
 * Invites somebody by a link that lives a week and works once; an older one for the same address stops working. The mail is
 * queued with it, and the link is shown to whoever invites: without a mail server it is copied.
 * @throws InvalidInput; Conflicted when that address signs in already.
 */
export async function invite(
  deps: Deps,
  input: { readonly email: string; readonly role: string; readonly by: { readonly id: string; readonly name: string } },
): Promise<{ readonly id: string; readonly link: string; readonly expiresAt: number }> {
  const email = input.email.trim().toLowerCase();
  const problems = [];
  if (!isUsableEmail(email)) problems.push({ path: 'email', code: 'invalid_email', params: { value: input.email } });
  if (!(ROLES as readonly string[]).includes(input.role))
    problems.push({ path: 'role', code: 'unknown_role', params: { allowed: ROLES.join(', ') } });
  if (problems.length > 0) throw new InvalidInput(problems);
  const now = deps.clock.now();
  const token = Buffer.from(systemRandom(24)).toString('base64url');
  const id = deps.ids.next('inv');
  const link = `${deps.baseUrl}/invitation#${token}`;
  await deps.store.transaction(async (trx) => {
    const known = await trx.selectFrom('user').select('id').where('email', '=', email).executeTakeFirst();
    if (known !== undefined) throw new Conflicted('email_taken', { email });
    await trx.deleteFrom('invitations').where('email', '=', email).where('accepted_at', 'is', null).execute();
    await trx
      .insertInto('invitations')
      .values({
        id,
        hash: tokenHash(token),
        email,
        role: input.role,
        invited_by: input.by.id,
        created_at: now,
        expires_at: now + LIVES_MS,
      })
      .execute();
    await trx
      .updateTable('access_requests')
      .set({ decided_at: now })
      .where('email', '=', email)
      .where('decided_at', 'is', null)
      .execute();
    const mail = { kind: 'invitation', recipients: [{ email, locale: null }] } as const;
    await queuePeopleMail(trx, deps, { ...mail, params: { link, by: input.by.name, address: deps.baseUrl } });
  });
  return { id, link, expiresAt: now + LIVES_MS };
}

export async function revokeInvitation(deps: Deps, id: string): Promise<void> {
  const row = await deps.store.db.deleteFrom('invitations').where('id', '=', id).returning('id').executeTakeFirst();
  if (row === undefined) throw new NotFound('invitation');
}

/** Who is invited by this link; null: nobody, not any more, or never. */
export async function readInvitation(deps: Deps, token: string): Promise<{ readonly email: string } | null> {
  const row = await deps.store.db
    .selectFrom('invitations')
    .select('email')
    .where('hash', '=', tokenHash(token))
    .where('accepted_at', 'is', null)
    .where('expires_at', '>', deps.clock.now())
    .executeTakeFirst();
  return row ?? null;
}

/**
 * The link becomes a person, once. While sign-on alone is open a password would open nothing: the sign-on makes the person
 * then, with the role of the invitation. @throws Conflicted('invitation_over' | 'invitation_sign_on'); InvalidInput
 */
export async function acceptInvitation(
  deps: Deps,
  signIn: SignIn,
  input: {
    readonly token: string;
    readonly password: string;
    readonly name?: string | undefined;
    readonly locale?: string | undefined;
    readonly timeZone?: string | undefined;
  },
): Promise<Person> {
  const { token, ...person } = input;
  const hash = tokenHash(token);
  const now = deps.clock.now();
  const signOn = await readSignOn(deps.store.db);
  if (signOn.enabled && signOn.passwords === 'breakGlass') throw new Conflicted('invitation_sign_on');
  const claimed = await deps.store.db
    .updateTable('invitations')
    .set({ accepted_at: now })
    .where('hash', '=', hash)
    .where('accepted_at', 'is', null)
    .where('expires_at', '>', now)
    .returning(['email', 'role'])
    .executeTakeFirst();
  if (claimed === undefined) throw new Conflicted('invitation_over');
  try {
    // The column holds only what `invite` let in.
    return await signIn.addUser({ ...person, email: claimed.email, role: claimed.role as Role });
  } catch (error) {
    // A password that is too short must not use the link up.
    await deps.store.db.updateTable('invitations').set({ accepted_at: null }).where('hash', '=', hash).execute();
    throw error;
  }
}
