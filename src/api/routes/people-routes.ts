import { sql } from 'kysely';
import { countHeld } from '../../engine/conflicts.ts';
import { listConnections } from '../../engine/connection.ts';
import { healthOf } from '../../engine/health.ts';
import { countMergeProposals } from '../../engine/merge-proposals.ts';
import { countOwed } from '../../engine/owed-deletions.ts';
import { pauseEverything, resumeEverything } from '../../engine/pause.ts';
import { countRejections } from '../../engine/rejections.ts';
import { limitKey } from '../../platform/addresses.ts';
import { readInstanceSettings, saveInstanceSettings } from '../../store/instance-settings.ts';
import { isQuiet } from '../../store/quiet.ts';
import { createApiKey, listApiKeys, makerOfKey, revokeApiKey } from '../api-keys.ts';
import { instancePatch } from '../contract/instance.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { decodeCursor, encodeCursor, iso, isoOrNull } from '../present.ts';
import { notYet, presentCrm } from '../present-crm.ts';
import { type App, register } from '../register.ts';
import { createRateLimit } from '../security.ts';
import { ROLES, type Role } from '../sign-in.ts';

const RANK = { grey: 0, green: 1, amber: 2, red: 3 } as const;

/** In the article's order; one without a connector is shown in grey. */
const CRMS = [
  ['salesforce', 'Salesforce'],
  ['pipedrive', 'Pipedrive'],
  ['zoho', 'Zoho CRM'],
  ['hubspot', 'HubSpot'],
  ['zendesk-sell', 'Zendesk Sell (formerly Base)'],
  ['sap-c4c', 'SAP C4C'],
] as const;

export function addPeopleRoutes(app: App, deps: ApiDeps): void {
  const { signIn, engine } = deps;
  const { store, clock, ids } = engine;
  register(app, deps, routes.me, async ({ caller }) => ({
    ...caller,
    scopes: [...caller.scopes],
    previousSignInAt: isoOrNull(caller.previousSignInAt),
    version: deps.version,
    company: (await readInstanceSettings(store.db)).company || new URL(deps.config.url).hostname,
    user: caller.email ?? (await makerOfKey(store, caller.id)) ?? caller.name,
  }));
  register(app, deps, routes.setupState, async () => ({ open: (await signIn.countAdmins()) === 0 }));
  const setUpTries = createRateLimit({ limit: 20, windowMs: 60_000, now: () => clock.now() });
  register(app, deps, routes.setup, async ({ c, body }) => {
    setUpTries(limitKey(c.get('client')));
    const { code, ...person } = body;
    await signIn.setUp(code, person);
    // The first administrator's browser says where and in which language the instance lives; both can be changed.
    const home = instancePatch.safeParse({ timeZone: person.timeZone, locale: person.locale?.slice(0, 2) });
    if (home.success) await store.transaction((trx) => saveInstanceSettings(trx, home.data, clock.now()));
    return { ok: true };
  });
  register(app, deps, routes.crms, async ({ locale }) => ({
    items: CRMS.map(([id, label]) => {
      const manifest = engine.manifests.get(id);
      return manifest === undefined ? notYet(id, label) : presentCrm(deps.engine, manifest, locale);
    }),
  }));
  register(app, deps, routes.status, async ({ caller }) => {
    const connections = await listConnections(store.db);
    const lights = await Promise.all(connections.map(async (one) => (await healthOf(engine, one)).light));
    const light = lights.reduce<keyof typeof RANK>((worst, one) => (RANK[one] > RANK[worst] ? one : worst), 'grey');
    const contacts = await sql<{ count: number }>`select count(*)::int as count from contacts`.execute(store.db);
    return {
      quiet: (await isQuiet(store.db)) || connections.some((one) => one.pausedReason === 'restored'),
      rejections: await countRejections(engine),
      merges: await countMergeProposals(store.db),
      conflicts: await countHeld(engine),
      deletions: caller.scopes.includes('admin') ? (await countOwed(store.db)).told : 0,
      contacts: contacts.rows[0]?.count ?? 0,
      light,
    };
  });
  register(app, deps, routes.pauseAll, async () => {
    await pauseEverything(engine);
    return { ok: true };
  });
  register(app, deps, routes.resumeAll, async () => {
    await resumeEverything(engine);
    return { ok: true };
  });
  register(app, deps, routes.users, async () => ({
    items: (await signIn.listUsers()).map((row) => ({
      id: row.id,
      email: row.email,
      name: row.name,
      role: row.role,
      active: row.deactivatedAt === null,
      twoFactor: row.twoFactorEnabled,
      lastSignInAt: isoOrNull(row.lastSignInAt),
    })),
  }));
  register(app, deps, routes.addUser, async ({ body }) => {
    const { role } = body;
    await signIn.addUser({
      ...body,
      role: (ROLES as readonly string[]).includes(role) ? (role as Role) : ('' as Role),
    });
    return { ok: true };
  });
  register(app, deps, routes.deactivateUser, async ({ params }) => {
    await signIn.updateUser(params['id'] ?? '', { active: false });
    return { ok: true };
  });
  register(app, deps, routes.apiKeys, async () => ({
    items: (await listApiKeys(store)).map((key) => ({
      ...key,
      scopes: [...key.scopes],
      createdAt: iso(key.createdAt),
      lastUsedAt: isoOrNull(key.lastUsedAt),
      expiresAt: isoOrNull(key.expiresAt),
    })),
  }));
  register(app, deps, routes.createApiKey, async ({ c, body, caller }) =>
    c.json(
      await createApiKey(
        store,
        { ...body, expiresAt: body.expiresAt === undefined ? undefined : Date.parse(body.expiresAt), by: caller.id },
        { ids, now: clock.now() },
      ),
      201,
    ),
  );
  register(app, deps, routes.revokeApiKey, async ({ params }) => {
    await revokeApiKey(store, params['id'] ?? '', clock.now());
    return { ok: true };
  });
  register(app, deps, routes.audit, async ({ query }) => {
    const after = decodeCursor(query.cursor);
    let rows = store.db.selectFrom('audit').selectAll();
    if (after !== undefined) rows = rows.where('id', '<', after.value);
    const found = await rows
      .orderBy('id', 'desc')
      .limit(query.limit + 1)
      .execute();
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    return {
      items: page.map((row) => ({
        at: iso(row.at),
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        // `audit.ts` wrote it; older lines have none.
        address: (row.detail as { address?: string | null }).address ?? null,
      })),
      next: last === undefined ? null : encodeCursor(last.id, ''),
    };
  });
}
