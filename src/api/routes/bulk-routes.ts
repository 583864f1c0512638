import { PassThrough, Readable } from 'node:stream';
import {
  type BulkChange,
  beginBulkChange,
  listBulkChanges,
  loadBulkChange,
  resumeBulkChange,
  stopBulkChange,
} from '../../hub/bulk-changes.ts';
import { checkFilter } from '../../hub/contact-filters.ts';
import { exportCsv } from '../../hub/export-csv.ts';
import { hubFields } from '../../hub/fields.ts';
import { originNames } from '../../hub/origin-names.ts';
import type { BulkChangeView } from '../contract/bulk-routes.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import type { Locale } from '../messages/say.ts';
import { iso, isoOrNull } from '../present.ts';
import { problemText } from '../problems.ts';
import { type App, register } from '../register.ts';

/** Changes of everybody who meets a filter, and everybody who meets it as a file. */
export function addBulkRoutes(app: App, deps: ApiDeps): void {
  const { store, clock, ids, log } = deps.engine;
  const present = async (list: readonly BulkChange[], locale: Locale): Promise<BulkChangeView[]> => {
    const names = await originNames(
      store.db,
      list.map((one) => one.createdBy),
    );
    return list.map((one) => view(one, names.get(one.createdBy) ?? '', locale));
  };
  const one = async (change: BulkChange, locale: Locale): Promise<BulkChangeView> => {
    const [shown] = await present([change], locale);
    if (shown === undefined) throw new Error('a view for each change');
    return shown;
  };
  /** Who is meant, checked. @throws InvalidInput */
  const queryOf = async ({
    filter,
    search,
  }: {
    filter: Parameters<typeof checkFilter>[0];
    search?: string | undefined;
  }) => {
    const fields = await hubFields(store.db);
    checkFilter(filter, fields);
    return { filter, fields, ...(search === undefined ? {} : { search }) };
  };

  register(app, deps, routes.bulkChanges, async ({ query, locale }) => ({
    items: await present(await listBulkChanges(store.db, query.limit), locale),
    next: null,
  }));
  register(app, deps, routes.beginBulkChange, async ({ body, caller, locale }) => {
    const { filter, search, ...change } = body;
    const query = await queryOf({ filter, search });
    const id = ids.next('blk');
    const by = caller.kind === 'key' ? 'api' : 'person';
    const begun = await store.transaction((trx) =>
      beginBulkChange(trx, { ...change, id, query, by, createdBy: caller.id }, clock.now()),
    );
    deps.engine.wake?.(id);
    return one(begun, locale);
  });
  register(app, deps, routes.bulkChange, async ({ params, locale }) =>
    one(await loadBulkChange(store.db, params['id'] ?? ''), locale),
  );
  register(app, deps, routes.stopBulkChange, async ({ params, locale }) =>
    one(await store.transaction((trx) => stopBulkChange(trx, params['id'] ?? '', clock.now())), locale),
  );
  register(app, deps, routes.resumeBulkChange, async ({ params, locale }) => {
    const resumed = await store.transaction((trx) => resumeBulkChange(trx, params['id'] ?? ''));
    deps.engine.wake?.(resumed.id);
    return one(resumed, locale);
  });
  register(app, deps, routes.exportContacts, async ({ body }) => {
    const query = await queryOf(body);
    const file = new PassThrough();
    // The answer has begun: what fails now breaks the file off, and the browser says so.
    exportCsv(store, file, deps.config.url, { ...query, ...(body.ids === undefined ? {} : { ids: body.ids }) }).catch(
      (error: unknown) => {
        log.warn({ err: error }, 'an export of contacts broke off');
        file.destroy(error instanceof Error ? error : new Error(String(error)));
      },
    );
    return new Response(Readable.toWeb(file) as ReadableStream, {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="contacts.csv"',
        'cache-control': 'private, no-store',
      },
    });
  });
}

function view(change: BulkChange, createdBy: string, locale: Locale): BulkChangeView {
  const { by: _by, value: _value, problem, createdAt, endedAt, ...rest } = change;
  return {
    ...rest,
    createdBy,
    reason: problem === null ? null : problemText(locale, problem),
    createdAt: iso(createdAt),
    endedAt: isoOrNull(endedAt),
  };
}
