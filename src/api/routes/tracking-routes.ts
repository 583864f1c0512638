import { sql } from 'kysely';
import { readTracking, saveExcluded, type TrackingSettings } from '../../hub/tracking/settings.ts';
import { readInstanceSettings } from '../../store/instance-settings.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { type App, register } from '../register.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The code to paste, and whose visits are left out. */
export function addTrackingRoutes(app: App, deps: ApiDeps): void {
  const { store, clock } = deps.engine;
  const present = async (settings: TrackingSettings) => {
    const instance = await readInstanceSettings(store.db);
    const visits = await sql<{ count: number }>`
      select count(*)::int as count from events where type = 'visit' and at > ${clock.now() - DAY_MS}`.execute(
      store.db,
    );
    return {
      key: settings.key,
      code: `<script async src="${deps.config.url}/t.js" data-site="${settings.key}"></script>`,
      sites: [...instance.sites],
      excluded: [...settings.excluded],
      cookieMonths: instance.retention.cookieMonths,
      visits: visits.rows[0]?.count ?? 0,
    };
  };
  register(app, deps, routes.tracking, async () => present(await readTracking(store.db, clock.now())));
  register(app, deps, routes.saveTracking, async ({ body }) =>
    present(await store.transaction((trx) => saveExcluded(trx, body.excluded, clock.now()))),
  );
}
