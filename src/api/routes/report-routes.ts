import { NotFound } from '../../core/invalid-input.ts';
import { noCounts } from '../../engine/counts.ts';
import { type RunView, readReportedRuns } from '../../engine/runs.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { iso } from '../present.ts';
import { itemPage } from '../present-items.ts';
import { type App, register } from '../register.ts';

/** What a mail about synchronisations told: its figures lead here, to exactly the people behind them. */
export function addReportRoutes(app: App, deps: ApiDeps): void {
  const { db } = deps.engine.store;
  const runsOf = async (id: string): Promise<readonly [RunView, ...RunView[]]> => {
    const [first, ...more] = await readReportedRuns(db, id);
    if (first === undefined) throw new NotFound('report');
    return [first, ...more];
  };
  register(app, deps, routes.report, async ({ params }) => {
    const id = params['id'] ?? '';
    const runs = await runsOf(id);
    const directions = (['toHub', 'toCrm'] as const).flatMap((direction) => {
      const mine = runs.filter((run) => run.direction === direction);
      return mine.length === 0 ? [] : [{ direction, runs: mine.length, counts: summed(mine) }];
    });
    return {
      id,
      connection: runs[0].connection,
      connectionId: runs[0].connectionId,
      from: iso(Math.min(...runs.map((run) => run.startedAt ?? run.createdAt))),
      to: iso(Math.max(...runs.map((run) => run.endedAt ?? run.createdAt))),
      directions,
    };
  });
  register(app, deps, routes.reportItems, async ({ params, query, locale }) => {
    const all = await runsOf(params['id'] ?? '');
    const runs = query.direction === undefined ? all : all.filter((run) => run.direction === query.direction);
    return itemPage(deps, { runs, query, locale });
  });
}

function summed(runs: readonly RunView[]): RunView['counts'] {
  const total = noCounts();
  for (const { counts } of runs)
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
  return total;
}
