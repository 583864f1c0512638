import { loadConnection } from '../../engine/connection.ts';
import { ownerReport } from '../../engine/owners.ts';
import { hubFields } from '../../hub/fields.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { type App, register } from '../register.ts';

export function addOwnerRoutes(app: App, deps: ApiDeps): void {
  const { db } = deps.engine.store;
  register(app, deps, routes.owners, async ({ params }) => {
    const connection = await loadConnection(db, params['id'] ?? '');
    const report = await ownerReport(db, connection, await hubFields(db));
    return {
      items: report.owners.map((one) => ({ ...one, values: [...one.values] })),
      unmapped: [...report.unmapped],
      next: null,
    };
  });
}
