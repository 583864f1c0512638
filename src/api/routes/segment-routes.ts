import { ownersOfContacts } from '../../engine/owners.ts';
import { changeContacts, checkChange } from '../../hub/change-contacts.ts';
import { checkFilter } from '../../hub/contact-filters.ts';
import { hubFields } from '../../hub/fields.ts';
import { findContacts } from '../../hub/read-contacts.ts';
import { deleteSegment, listSegments, saveSegment } from '../../hub/segments.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { presentContact } from '../present.ts';
import { problemText } from '../problems.ts';
import { type App, register } from '../register.ts';

/** Contacts by filter, segments, and changes of many at once. */
export function addSegmentRoutes(app: App, deps: ApiDeps): void {
  const { store, clock, ids } = deps.engine;
  register(app, deps, routes.findContacts, async ({ body }) => {
    const fields = await hubFields(store.db);
    checkFilter(body.filter, fields);
    const { order, cursor, search, sort, ...rest } = body;
    const query = {
      ...rest,
      fields,
      ...(cursor === undefined ? {} : { cursor }),
      ...(search === undefined ? {} : { search }),
      ...(sort === undefined ? {} : { sort }),
      ...(order === undefined ? {} : { descending: order === 'desc' }),
    };
    const { total, ...page } = await findContacts(store.db, query, deps.config.url);
    const owners = await ownersOfContacts(
      store.db,
      page.items.map((one) => one.id),
    );
    return {
      items: page.items.map((one) => ({ ...presentContact(one), owners: [...(owners.get(one.id) ?? [])] })),
      next: page.next,
      total,
    };
  });
  register(app, deps, routes.segments, async () => ({
    items: (await listSegments(store.db)).map((one) => ({ ...one, filter: [...one.filter] })),
  }));
  register(app, deps, routes.saveSegment, async ({ body, caller }) => {
    checkFilter(body.filter, await hubFields(store.db));
    const saved = await saveSegment(store.db, { ...body, by: caller.id }, { ids, at: clock.now() });
    return { ...saved, filter: [...saved.filter] };
  });
  register(app, deps, routes.deleteSegment, async ({ params }) => {
    await deleteSegment(store.db, params['id'] ?? '');
    return { ok: true };
  });
  register(app, deps, routes.changeMany, async ({ body, caller, locale }) => {
    checkChange(body, await hubFields(store.db));
    const by = caller.kind === 'key' ? 'api' : 'person';
    const { changed, refused, problem } = await store.transaction((trx) =>
      changeContacts(trx, body.ids, body, { by, source: caller.id, at: clock.now() }),
    );
    return { changed, refused, reason: problem === null ? null : problemText(locale, problem) };
  });
}
