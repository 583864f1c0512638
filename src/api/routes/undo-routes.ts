import { NotFound } from '../../core/invalid-input.ts';
import { heldByRun, heldOf, releaseHeld, releaseRun } from '../../engine/held-values.ts';
import { goOnAfterUndo } from '../../engine/pause.ts';
import { waitForRuns } from '../../engine/runs.ts';
import { requestUndo } from '../../engine/undo.ts';
import { findContact } from '../../hub/read-contacts.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { namedCrm, presentRun } from '../present.ts';
import { type App, register } from '../register.ts';

/** R38: undoing a run, and what is held since. */
export function addUndoRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const { db } = engine.store;
  register(app, deps, routes.undoRun, async ({ c, params, query, caller, locale }) => {
    const asked = await requestUndo(engine, params['id'] ?? '', caller.kind === 'person' ? 'person' : 'api');
    const [plan = asked] =
      query.wait === undefined ? [asked] : await waitForRuns(engine, [asked.id], query.wait * 1000);
    return c.json(presentRun(deps, locale)(plan), plan.endedAt === null ? 202 : 200);
  });
  register(app, deps, routes.heldByRun, async ({ params }) => ({ ...(await heldByRun(db, params['id'] ?? '')) }));
  register(app, deps, routes.releaseRun, async ({ params, body }) => ({
    ...(await releaseRun(engine, params['id'] ?? '', body.counts)),
  }));
  register(app, deps, routes.goOn, async ({ params }) => {
    await goOnAfterUndo(engine, params['id'] ?? '');
    return { ok: true };
  });
  /** By id or e-mail. @throws NotFound */
  const idOf = async (idOrEmail: string | undefined): Promise<string> => {
    const contact = await findContact(db, idOrEmail ?? '', deps.config.url);
    if (contact === undefined) throw new NotFound('contact');
    return contact.id;
  };
  const present = async (contactId: string) => ({
    items: (await heldOf(db, contactId)).map((one) => ({
      ...one,
      crmLabel: namedCrm(deps, one.crm)?.label ?? one.crm,
    })),
  });
  register(app, deps, routes.heldOfContact, async ({ params }) => present(await idOf(params['id'])));
  register(app, deps, routes.releaseHeld, async ({ params, body }) => {
    const id = await idOf(params['id']);
    await releaseHeld(engine, id, body);
    return present(id);
  });
}
