import { applyWaiting, sendSoon } from '../../engine/submissions.ts';
import { readPublicForm } from '../../hub/forms/public-form.ts';
import { decideHeld, findSubmission, listSubmissions, type Submission, takeSaid } from '../../hub/forms/submissions.ts';
import { makeConfirmToken } from '../../hub/forms/tokens.ts';
import { saveContact } from '../../hub/save-contacts.ts';
import type { Trx } from '../../store/db.ts';
import { queueMails } from '../../store/outbox.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { isMessage, type Locale, say } from '../messages/say.ts';
import { iso } from '../present.ts';
import { confirmationMail } from '../public/mails.ts';
import { type App, register } from '../register.ts';

const present = (one: Submission, locale: Locale) => ({
  id: one.id,
  form: { id: one.formId, name: one.formName, version: one.formVersion },
  status: one.status,
  reasons: one.reasons.map((reason) => {
    const key = `hold.${reason}`;
    return { reason, message: isMessage(key) ? say(locale, key) : reason };
  }),
  test: one.test,
  email: one.email,
  fields: { ...one.fields },
  consents: one.consents.map(({ purpose, words, version, language }) => ({ purpose, words, version, language })),
  said: { ...one.said },
  contactId: one.contactId,
  createdContact: one.createdContact,
  proven: one.proven,
  page: one.page,
  decidedBy: one.decidedBy,
  at: iso(one.at),
});

const place = (one: Submission): string => Buffer.from(JSON.stringify([one.at, one.id])).toString('base64url');

function placeOf(cursor: string): { readonly at: number; readonly id: string } | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(parsed)) return undefined;
    const [at, id] = parsed as unknown[];
    return typeof at === 'number' && typeof id === 'string' ? { at, id } : undefined;
  } catch {
    return undefined;
  }
}

/** What was submitted: the lists, what becomes of held ones, and values that were said. */
export function addSubmissionRoutes(app: App, deps: ApiDeps): void {
  const { store, clock } = deps.engine;
  register(app, deps, routes.submissions, async ({ query, locale }) => {
    const found = await listSubmissions(store.db, {
      formId: query.form,
      status: query.status,
      contactId: query.contact,
      test: query.test,
      limit: query.limit + 1,
      before: query.cursor === undefined ? undefined : placeOf(query.cursor),
    });
    const items = found.slice(0, query.limit);
    const last = items.at(-1);
    return {
      items: items.map((one) => present(one, locale)),
      next: found.length > query.limit && last !== undefined ? place(last) : null,
    };
  });
  register(app, deps, routes.submission, async ({ params, locale }) =>
    present(await findSubmission(store.db, params['id'] ?? ''), locale),
  );
  register(app, deps, routes.acceptSubmissions, async ({ body, caller }) => {
    const at = clock.now();
    const moved = await store.transaction(async (trx) => {
      const accepted = await decideHeld(trx, body.ids, { to: 'accepted', by: caller.name, at });
      await queueConfirmations(trx, deps, accepted);
      return accepted;
    });
    await applyWaiting(deps.engine);
    return { moved: moved.length };
  });
  register(app, deps, routes.refuseSubmissions, async ({ body, caller }) => ({
    moved: (
      await store.transaction((trx) => decideHeld(trx, body.ids, { to: 'refused', by: caller.name, at: clock.now() }))
    ).length,
  }));
  register(app, deps, routes.takeOver, async ({ params, body, caller, locale }) => {
    const id = params['id'] ?? '';
    const contactId = await store.transaction(async (trx) => {
      const said = await takeSaid(trx, id, body.fields);
      await saveContact(
        trx,
        { id: said.contactId, fields: said.values },
        { by: 'person', source: caller.id, at: clock.now(), newId: () => deps.engine.ids.next('ct'), mode: 'update' },
      );
      return said.contactId;
    });
    await sendSoon(deps.engine, [contactId], 'form');
    return present(await findSubmission(store.db, id), locale);
  });
}

/** Held ones are not mailed; once let through, double opt-in begins for them as for others. */
async function queueConfirmations(trx: Trx, deps: ApiDeps, accepted: readonly Submission[]): Promise<void> {
  const { clock, ids } = deps.engine;
  const at = clock.now();
  for (const one of accepted) {
    const form = await readPublicForm(trx, one.formId);
    if (form === null || !form.definition.doubleOptIn) continue;
    const address = `${deps.config.url}/c/${await makeConfirmToken(trx, one.id, at)}`;
    const mail = await confirmationMail({ id: ids.next('ml'), form, recipient: one.email, address, test: one.test });
    await queueMails(trx, [mail], at);
  }
}
