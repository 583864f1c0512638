import { sql } from 'kysely';
import { InvalidInput } from '../../core/invalid-input.ts';
import { ownersOfContacts } from '../../engine/owners.ts';
import { checkFilter } from '../../hub/contact-filters.ts';
import { hubFields } from '../../hub/fields.ts';
import { countContacts, listContacts } from '../../hub/read-contacts.ts';
import { deleteContacts, saveContacts } from '../../hub/save-contacts.ts';
import { deleteSegment, listSegments, saveSegment } from '../../hub/segments.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { presentContact } from '../present.ts';
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
    const page = await listContacts(store.db, query, deps.config.url);
    const total = await countContacts(store.db, query);
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
  register(app, deps, routes.changeMany, async ({ body, caller }) => {
    const at = clock.now();
    if (body.action === 'delete')
      return { changed: await store.transaction((trx) => deleteContacts(trx, body.ids, at)) };
    if (body.action !== 'set') {
      const archived = body.action === 'archive' ? at : null;
      const rows = await sql<{ id: string }>`
        update contacts set archived_at = ${archived}::bigint, updated_at = ${at}, version = version + 1
         where id = any(${body.ids}::text[]) and (archived_at is null) = ${body.action === 'archive'} returning id`.execute(
        store.db,
      );
      return { changed: rows.rows.length };
    }
    const { field } = body;
    if (field === undefined || field === 'email')
      throw new InvalidInput([{ path: 'field', code: 'required', params: {} }]);
    const inputs = body.ids.map((id) => ({ id, fields: { [field]: body.value ?? null } }));
    const by = caller.kind === 'key' ? 'api' : 'person';
    const options = { by, source: caller.id, at, newId: () => ids.next('ct'), mode: 'update' } as const;
    const results = await store.transaction((trx) => saveContacts(trx, inputs, options));
    const bad = results.find(
      (one) => 'problems' in one && one.problems.some((problem) => problem.code !== 'not_found'),
    );
    if (bad !== undefined && 'problems' in bad) throw new InvalidInput(bad.problems);
    return { changed: results.filter((one) => 'outcome' in one && one.outcome === 'updated').length };
  });
}
