import { connect } from '../../engine/connect.ts';
import { type Connection, loadConnection } from '../../engine/connection.ts';
import { ownerReport } from '../../engine/owner-report.ts';
import { refreshOwners } from '../../engine/owners.ts';
import { hubFields } from '../../hub/fields.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { isoOrNull } from '../present.ts';
import { Refused } from '../problems.ts';
import { type App, register } from '../register.ts';

export function addOwnerRoutes(app: App, deps: ApiDeps): void {
  const { db } = deps.engine.store;
  const present = async (connection: Connection, field?: string) => {
    const report = await ownerReport(db, connection, await hubFields(db), field);
    return {
      items: report.owners.map((one) => ({ ...one, values: [...one.values] })),
      values: [...report.values],
      unmapped: [...report.unmapped],
      withoutValue: report.withoutValue,
      readAt: isoOrNull(connection.ownersReadAt),
      next: null,
    };
  };
  register(app, deps, routes.owners, async ({ params, query }) =>
    present(await loadConnection(db, params['id'] ?? ''), query.field),
  );
  register(app, deps, routes.readOwners, async ({ params }) => {
    const connection = await loadConnection(db, params['id'] ?? '');
    const { connector } = await connect(deps.engine, connection);
    const unreadable = await refreshOwners(deps.engine, connection, connector, true);
    if (unreadable !== null) throw new Refused(409, 'finding.owners_unreadable');
    return present(await loadConnection(db, connection.id));
  });
}
