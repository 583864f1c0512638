import type { InstanceSettings } from '../../core/instance.ts';
import { markScoresStale } from '../../hub/score-rules.ts';
import { readInstanceSettings, saveInstanceSettings } from '../../store/instance-settings.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { type App, register } from '../register.ts';

const present = (settings: InstanceSettings) => ({ ...settings, sites: [...settings.sites] });

/** What the instance as a whole is set to. */
export function addInstanceRoutes(app: App, deps: ApiDeps): void {
  const { store, clock } = deps.engine;
  register(app, deps, routes.settings, async () => present(await readInstanceSettings(store.db)));
  register(app, deps, routes.saveSettings, async ({ body }) =>
    present(
      await store.transaction(async (trx) => {
        if (body.score?.decay !== undefined) await markScoresStale(trx, clock.now());
        return saveInstanceSettings(trx, body, clock.now());
      }),
    ),
  );
}
