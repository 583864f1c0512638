import { NotFound } from '../../core/invalid-input.ts';
import { mergeContacts } from '../../hub/merge-contacts.ts';
import { exportPerson } from '../../hub/privacy/export-person.ts';
import { findContact } from '../../hub/read-contacts.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { personPage } from '../person-page.ts';
import { presentContact } from '../present.ts';
import { type App, register } from '../register.ts';

/** One person as a whole: merge, archive, export; `erase-routes.ts` erases. */
export function addPrivacyRoutes(app: App, deps: ApiDeps): void {
  const { store, clock, baseUrl } = deps.engine;
  const find = async (id: string | undefined) => {
    const contact = await findContact(store.db, id ?? '', baseUrl);
    if (contact === undefined) throw new NotFound('contact');
    return contact;
  };
  register(app, deps, routes.mergeContacts, async ({ body }) => {
    const [into, from] = [await find(body.into), await find(body.from)];
    await store.transaction((trx) => mergeContacts(trx, { into: into.id, from: from.id }, clock.now()));
    return presentContact(await find(into.id));
  });
  register(app, deps, routes.archiveContact, async ({ params, body }) => {
    const { id } = await find(params['id']);
    const at = clock.now();
    await store.db
      .updateTable('contacts')
      .set((eb) => ({ archived_at: body.archived ? at : null, updated_at: at, version: eb('version', '+', 1) }))
      .where('id', '=', id)
      .execute();
    return { ok: true };
  });
  register(app, deps, routes.exportPerson, async ({ params, body, locale }) => {
    const { id } = await find(params['id']);
    const person = await exportPerson(store.db, id);
    if (body.as === 'json') return person;
    return { ...person, html: await personPage(person, { locale, at: clock.now(), address: baseUrl }) };
  });
}
