import { loadConnection } from '../../engine/connection.ts';
import { timelineState, writeEarlier } from '../../engine/timeline-state.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { failureText } from '../messages/failure-text.ts';
import { isoOrNull, namedCrm } from '../present.ts';
import { type App, register } from '../register.ts';

/** What people did, on their records in a CRM (R80). */
export function addTimelineRoutes(app: App, deps: ApiDeps): void {
  const { store } = deps.engine;
  register(app, deps, routes.timelineState, async ({ params, locale }) => {
    const connection = await loadConnection(store.db, params['id'] ?? '');
    const state = await timelineState(deps.engine, connection);
    const { problem } = state;
    const said = problem === null ? null : failureText(locale, problem, namedCrm(deps, connection.crm));
    return {
      ...state,
      since: isoOrNull(state.since),
      problem: said === null ? null : `${said.message} ${said.todo}`,
    };
  });
  register(app, deps, routes.timelineEarlier, async ({ params, body }) => {
    const id = params['id'] ?? '';
    const added = await writeEarlier(deps.engine, id, body.since === undefined ? 0 : Date.parse(body.since));
    return { added };
  });
}
