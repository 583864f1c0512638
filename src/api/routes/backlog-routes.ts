import { dismissBacklog } from '../../engine/backlog.ts';
import { loadConnection } from '../../engine/connection.ts';
import { healthOf } from '../../engine/health.ts';
import { rewriteLinks } from '../../engine/link-address.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { presentHealth } from '../present.ts';
import { type App, register } from '../register.ts';

/** R24, R36: how far changes of the settings are, and the links that hold the address of before. */
export function addBacklogRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  register(app, deps, routes.dismissBacklog, async ({ params }) => {
    await dismissBacklog(engine, params['id'] ?? '');
    return { ok: true };
  });
  register(app, deps, routes.rewriteLinks, async ({ params, locale }) => {
    const people = await rewriteLinks(engine, params['id'] ?? '');
    const connection = await loadConnection(engine.store.db, params['id'] ?? '');
    return { people, health: presentHealth(deps, locale, connection.crm)(await healthOf(engine, connection)) };
  });
}
