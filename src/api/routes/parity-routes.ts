import { NotFound } from '../../core/invalid-input.ts';
import { loadConnection } from '../../engine/connection.ts';
import { countLinked } from '../../engine/mass-guard.ts';
import {
  listDifferences,
  listParities,
  type Parity,
  parityCost,
  readParity,
  repairMissed,
  requestParity,
  waitForParity,
} from '../../engine/parity.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { decodeCursor, encodeCursor, iso, isoOrNull } from '../present.ts';
import { type App, register } from '../register.ts';

const present = ({ connectionId: _id, createdAt, startedAt, endedAt, ...parity }: Parity) => ({
  ...parity,
  people: { ...parity.people },
  values: { ...parity.values },
  createdAt: iso(createdAt),
  startedAt: isoOrNull(startedAt),
  endedAt: isoOrNull(endedAt),
});

/** R90: comparisons of both sides. */
export function addParityRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const { db } = engine.store;
  /** @throws NotFound when it is another connection's. */
  const comparisonOf = async (params: Readonly<Record<string, string>>): Promise<Parity> => {
    const connection = await loadConnection(db, params['id'] ?? '');
    const found = await readParity(db, params['comparison'] ?? '');
    if (found.connectionId !== connection.id) throw new NotFound('comparison');
    return found;
  };
  register(app, deps, routes.compare, async ({ c, params, query, body, caller }) => {
    const asked = await requestParity(engine, params['id'] ?? '', {
      sample: body.sample ?? null,
      trigger: caller.kind === 'person' ? 'person' : 'api',
    });
    const found = query.wait === undefined ? asked : await waitForParity(engine, asked.id, query.wait * 1000);
    return c.json(present(found), found.endedAt === null ? 202 : 200);
  });
  register(app, deps, routes.comparisons, async ({ params }) => {
    const connection = await loadConnection(db, params['id'] ?? '');
    const linked = await countLinked(db, connection.id);
    return {
      items: (await listParities(db, connection.id, 20)).map(present),
      linked,
      calls: parityCost(engine, connection.crm, linked),
    };
  });
  register(app, deps, routes.differences, async ({ params, query }) => {
    const { id } = await comparisonOf(params);
    const found = await listDifferences(db, id, {
      why: query.why,
      limit: query.limit + 1,
      after: decodeCursor(query.cursor)?.value,
    });
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    return {
      items: page.map((one) => ({ ...one, values: [...one.values] })),
      next: last === undefined ? null : encodeCursor(last.id, ''),
    };
  });
  register(app, deps, routes.repairMissed, async ({ params }) => ({
    people: await repairMissed(engine, (await comparisonOf(params)).id),
  }));
}
