import { isUsableEmail } from '../../core/email.ts';
import { Conflicted } from '../../core/invalid-input.ts';
import { type Claims, roleFrom, type SignOnSettings } from '../../core/sign-on.ts';
import type { EngineDeps } from '../../engine/deps.ts';
import { isUniqueViolation } from '../../store/db.ts';
import type { SignIn } from '../sign-in.ts';
import {
  addPerson,
  hasSubjectOf,
  invitedAs,
  joinSubject,
  type KnownPerson,
  personOfEmail,
  personOfSubject,
} from './people.ts';

/** Why somebody whom the provider knows does not come in. */
export type RefusedBecause = 'no_role' | 'no_email' | 'not_verified' | 'deactivated';
export type Admission =
  | { readonly kind: 'in'; readonly id: string; readonly email: string; readonly notes: readonly string[] }
  | { readonly kind: 'refused'; readonly why: RefusedBecause };

/**
 * Who comes in: known by the provider's subject; else joined to a person of the same e-mail, if the provider has verified
 * it; else made, with the role of the claims, of an invitation, or the default one. Roles follow the claims at each sign-in; the break-glass
 * administrator and the last administrator keep theirs. Who is deactivated stays out.
 */
export async function admit(
  deps: { readonly signIn: SignIn; readonly engine: Pick<EngineDeps, 'store' | 'ids' | 'clock'> },
  settings: SignOnSettings,
  claims: Claims & { readonly iss: string; readonly sub: string },
): Promise<Admission> {
  const { signIn, engine } = deps;
  const { db } = engine.store;
  const subject = `${claims.iss} ${claims.sub}`;
  const email = typeof claims['email'] === 'string' ? claims['email'].trim().toLowerCase() : '';
  const role = roleFrom(claims, settings);
  const known = await personOfSubject(db, subject);
  if (known !== null) return enter(signIn, settings, { person: known, role, notes: [] });
  if (!isUsableEmail(email)) return { kind: 'refused', why: 'no_email' };
  const namesake = await personOfEmail(db, email);
  // Some providers write it as text.
  const isVerified = claims['email_verified'] === true || claims['email_verified'] === 'true';
  if (namesake !== null) {
    if (!isVerified) return { kind: 'refused', why: 'not_verified' };
    // Whoever came with this address before is somebody else there; their person must not become two people's.
    if (await hasSubjectOf(db, namesake.id, claims.iss)) return { kind: 'refused', why: 'not_verified' };
    if (namesake.deactivatedAt !== null) return { kind: 'refused', why: 'deactivated' };
    if (role === null) return { kind: 'refused', why: 'no_role' };
    await joinSubject(db, engine, namesake.id, subject);
    return enter(signIn, settings, { person: namesake, role, notes: ['sign-on.joined'] });
  }
  // An address that the provider doubts would keep its rightful owner out; a provider that says nothing is believed.
  if (claims['email_verified'] !== undefined && !isVerified) return { kind: 'refused', why: 'not_verified' };
  // Where no claim says it, an invitation does: of an address that the provider has verified.
  const invited = isVerified && role === undefined ? await invitedAs(db, email, engine.clock.now()) : null;
  const first = role === undefined ? (invited ?? settings.defaultRole) : role;
  if (first === null) return { kind: 'refused', why: 'no_role' };
  const name =
    typeof claims['name'] === 'string' && claims['name'].trim() !== '' ? claims['name'].slice(0, 200) : email;
  try {
    const id = await addPerson(engine, { email, name, role: first, subject });
    return { kind: 'in', id, email, notes: ['sign-on.created'] };
  } catch (error) {
    // Two browsers at the same moment: the other one has made the person.
    if (isUniqueViolation(error)) return admit(deps, settings, claims);
    throw error;
  }
}

async function enter(
  signIn: SignIn,
  settings: SignOnSettings,
  input: {
    readonly person: KnownPerson;
    readonly role: ReturnType<typeof roleFrom>;
    readonly notes: readonly string[];
  },
): Promise<Admission> {
  const { person, role } = input;
  if (person.deactivatedAt !== null) return { kind: 'refused', why: 'deactivated' };
  const isBreakGlass = person.email === settings.breakGlass;
  if (role === null && !isBreakGlass) return { kind: 'refused', why: 'no_role' };
  const notes = [...input.notes];
  if (typeof role === 'string' && role !== person.role && !isBreakGlass) {
    try {
      await signIn.updateUser(person.id, { role });
      notes.push(`sign-on.role:${role}`);
    } catch (error) {
      if (!(error instanceof Conflicted)) throw error;
      notes.push('sign-on.role-kept');
    }
  }
  return { kind: 'in', id: person.id, email: person.email, notes };
}
