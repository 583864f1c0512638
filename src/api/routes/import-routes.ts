import { Readable } from 'node:stream';
import type { InputProblem } from '../../core/invalid-input.ts';
import { costOf } from '../../engine/import-forecast.ts';
import { IMPORT_MAX } from '../../hub/imports/file-parts.ts';
import { OPEN } from '../../hub/imports/import-settings.ts';
import {
  begin,
  changeSettings,
  createImport,
  discard,
  type Import,
  listImports,
  loadImport,
  stop,
} from '../../hub/imports/import-store.ts';
import { previewRows } from '../../hub/imports/preview-rows.ts';
import { firstRejects, writeRejects } from '../../hub/imports/write-rejects.ts';
import type { ImportView, OpenedImport } from '../contract/import-routes.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import type { Locale } from '../messages/say.ts';
import { iso } from '../present.ts';
import { problemText } from '../problems.ts';
import { type App, register } from '../register.ts';

const REFUSED_SHOWN = 20;

/** Lists of people that come in as CSV. */
export function addImportRoutes(app: App, deps: ApiDeps): void {
  const { store, clock, ids } = deps.engine;
  const present = async (id: string, locale: Locale) => view(deps, await loadImport(store.db, id), locale);

  register(app, deps, routes.imports, async ({ query, locale }) => ({
    items: await Promise.all((await listImports(store.db, query.limit)).map((one) => view(deps, one, locale))),
    next: null,
  }));
  register(app, deps, routes.createImport, async ({ c, query, caller, locale, upload }) => {
    const made = await createImport(
      store,
      { name: query.name, by: caller.id, file: upload },
      { ids, now: () => clock.now() },
    );
    return c.json(await opened(deps, made, locale), 201);
  });
  register(app, deps, routes.import, async ({ params, locale }) =>
    opened(deps, await loadImport(store.db, params['id'] ?? ''), locale),
  );
  register(app, deps, routes.changeImport, async ({ params, body, locale }) => {
    // Absent keys are absent, not undefined.
    const patch = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    const changed = await store.transaction((trx) => changeSettings(trx, params['id'] ?? '', patch));
    return opened(deps, changed, locale);
  });
  const beginning = (route: typeof routes.countImport, what: 'counting' | 'running' | 'undoing'): void =>
    register(app, deps, route, async ({ params, locale }) => {
      const id = params['id'] ?? '';
      await store.transaction((trx) => begin(trx, id, what, clock.now()));
      deps.engine.wake?.(id);
      return present(id, locale);
    });
  beginning(routes.countImport, 'counting');
  beginning(routes.approveImport, 'running');
  beginning(routes.undoImport, 'undoing');
  register(app, deps, routes.stopImport, async ({ params, locale }) => {
    const id = params['id'] ?? '';
    await store.transaction((trx) => stop(trx, id, clock.now()));
    return present(id, locale);
  });
  register(app, deps, routes.discardImport, async ({ params }) => {
    await store.transaction((trx) => discard(trx, params['id'] ?? ''));
    return { ok: true };
  });
  register(app, deps, routes.rejectedRows, async ({ params, locale }) => {
    const found = await loadImport(store.db, params['id'] ?? '');
    const rows = writeRejects(store.db, found, (problem) => problemText(locale, problem));
    const name = `${found.name.replace(/\.[^.]*$/, '').replace(/[^\w-]+/g, '-')}-rejected.csv`;
    return new Response(Readable.toWeb(rows) as ReadableStream, {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'private, no-store',
      },
    });
  });
}

/** Also the limit of its body. */
export const IMPORT_BODY = { path: '/api/v1/imports', max: IMPORT_MAX, text: `${IMPORT_MAX / 1024 / 1024} MB` };

async function view(deps: ApiDeps, one: Import, locale: Locale): Promise<ImportView> {
  const { forecast, error, status, createdAt, startedAt, endedAt, ...rest } = one;
  return {
    ...rest,
    // A file that is still coming in is not shown.
    status: status === 'uploading' ? 'draft' : status,
    settings: {
      ...one.settings,
      columns: one.settings.columns.map((column) => ({ ...column })),
    },
    // Of a count that goes on, half is known.
    crms:
      forecast === null || status === 'counting'
        ? null
        : [...(await costOf(deps.engine, deps.engine.store.db, forecast))],
    error: error === null ? null : problemText(locale, { path: '', ...error }),
    createdAt: iso(createdAt),
    startedAt: startedAt === null ? null : iso(startedAt),
    endedAt: endedAt === null ? null : iso(endedAt),
  };
}

async function opened(deps: ApiDeps, one: Import, locale: Locale): Promise<OpenedImport> {
  const { db } = deps.engine.store;
  const isOpen = OPEN.includes(one.status);
  const problems = (list: readonly InputProblem[]) =>
    list.map((problem) => {
      const field = problem.path.replace(/^fields\./, '');
      const column = one.settings.columns.find(({ target }) => target === field);
      return { column: column?.heading ?? null, message: problemText(locale, problem) };
    });
  const preview = isOpen && one.hasFile ? await previewRows(db, one) : [];
  const refused = one.counts.refused === 0 ? [] : await firstRejects(db, one.id, REFUSED_SHOWN);
  return {
    ...(await view(deps, one, locale)),
    preview: preview.map((row) => ({ line: row.line, values: [...row.values], problems: problems(row.problems) })),
    refused: refused.map((row) => ({ line: row.line, cells: [...row.cells], problems: problems(row.problems) })),
  };
}
