import { InvalidInput, NotFound } from '../../core/invalid-input.ts';
import { limitKey } from '../../platform/addresses.ts';
import { askForAccess, dismissAccessRequest, listAccessRequests } from '../access-requests.ts';
import { instancePatch } from '../contract/instance.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { acceptInvitation, invite, listInvitations, readInvitation, revokeInvitation } from '../invitations.ts';
import { localeOf } from '../messages/say.ts';
import { iso } from '../present.ts';
import { type App, register } from '../register.ts';
import { createRateLimit } from '../security.ts';
import { endSession, listSessions } from '../sessions.ts';
import { ROLES, type Role } from '../sign-in.ts';

/** One's own account and sessions; how new people are let in. */
export function addAccountRoutes(app: App, deps: ApiDeps): void {
  const { engine, signIn } = deps;
  const { store, clock } = engine;
  register(app, deps, routes.updateMe, async ({ body, caller }) => {
    if (caller.kind !== 'person') throw new NotFound('user');
    const zone = body.timeZone ?? undefined;
    if (!instancePatch.safeParse({ timeZone: zone }).success)
      throw new InvalidInput([{ path: 'timeZone', code: 'unknown_time_zone', params: {} }]);
    await signIn.updateUser(caller.id, body);
    return { ok: true };
  });
  register(app, deps, routes.updateUser, async ({ params, body }) => {
    const role = ROLES.find((one) => one === body.role);
    if (body.role !== undefined && role === undefined)
      throw new InvalidInput([{ path: 'role', code: 'unknown_role', params: { allowed: ROLES.join(', ') } }]);
    await signIn.updateUser(params['id'] ?? '', {
      ...(role === undefined ? {} : { role: role satisfies Role }),
      ...(body.active === undefined ? {} : { active: body.active }),
    });
    return { ok: true };
  });
  register(app, deps, routes.resetTwoFactor, async ({ params }) => {
    await signIn.resetTwoFactor(params['id'] ?? '');
    return { ok: true };
  });
  register(app, deps, routes.sessions, async ({ c, query, caller }) => {
    if (caller.kind !== 'person') throw new NotFound('session');
    const all = query.all === 'true' && caller.scopes.includes('admin');
    const current = await signIn.sessionIdOf(c.req.raw.headers);
    const sessions = await listSessions(store, clock.now(), all ? undefined : caller.id);
    return {
      items: sessions.map((one) => ({
        id: one.id,
        email: one.email,
        address: one.address,
        userAgent: one.userAgent,
        current: one.id === current,
        createdAt: iso(one.createdAt),
        expiresAt: iso(one.expiresAt),
      })),
    };
  });
  register(app, deps, routes.endSession, async ({ params, caller }) => {
    const mine = caller.scopes.includes('admin') ? undefined : caller.id;
    await endSession(store, params['id'] ?? '', mine);
    return { ok: true };
  });
  addInvitationRoutes(app, deps);
  addAccessRoutes(app, deps);
}

function addInvitationRoutes(app: App, deps: ApiDeps): void {
  const { engine, signIn } = deps;
  const tries = createRateLimit({ limit: 20, windowMs: 60_000, now: () => engine.clock.now() });
  register(app, deps, routes.invitations, async () => ({
    items: (await listInvitations(engine)).map((one) => ({
      ...one,
      createdAt: iso(one.createdAt),
      expiresAt: iso(one.expiresAt),
    })),
  }));
  register(app, deps, routes.invite, async ({ body, caller }) => {
    const made = await invite(engine, { ...body, by: caller });
    return { ...made, mailed: deps.config.smtpUrl !== undefined, expiresAt: iso(made.expiresAt) };
  });
  register(app, deps, routes.revokeInvitation, async ({ params }) => {
    await revokeInvitation(engine, params['id'] ?? '');
    return { ok: true };
  });
  register(app, deps, routes.readInvitation, async ({ c, body }) => {
    tries(limitKey(c.get('client')));
    return { email: (await readInvitation(engine, body.token))?.email ?? null };
  });
  register(app, deps, routes.acceptInvitation, async ({ c, body }) => {
    tries(limitKey(c.get('client')));
    const zone = instancePatch.safeParse({ timeZone: body.timeZone });
    if (!zone.success) throw new InvalidInput([{ path: 'timeZone', code: 'unknown_time_zone', params: {} }]);
    const { email } = await acceptInvitation(engine, signIn, body);
    return { email };
  });
}

function addAccessRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const tries = createRateLimit({ limit: 5, windowMs: 60_000, now: () => engine.clock.now() });
  register(app, deps, routes.askForAccess, async ({ c, body }) => {
    tries(limitKey(c.get('client')));
    const locale = localeOf(c.req.header('accept-language'));
    await askForAccess(engine, { ...body, locale, address: c.get('client') });
    return { ok: true };
  });
  register(app, deps, routes.accessRequests, async () => ({
    items: (await listAccessRequests(engine)).map((one) => ({ ...one, createdAt: iso(one.createdAt) })),
  }));
  register(app, deps, routes.dismissAccessRequest, async ({ params }) => {
    await dismissAccessRequest(engine, params['id'] ?? '');
    return { ok: true };
  });
}
