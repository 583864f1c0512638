import { countOutbox, listOutbox, type MailView, readMail, sendAgain } from '../../mail/outbox.ts';
import { isQuiet } from '../../store/quiet.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { decodeCursor, encodeCursor, iso, isoOrNull } from '../present.ts';
import { type App, register } from '../register.ts';

const present = (mail: MailView) => ({
  id: mail.id,
  kind: mail.kind,
  recipient: mail.recipient,
  subject: mail.subject,
  state: mail.state,
  tries: mail.tries,
  nextTryAt: isoOrNull(mail.nextTryAt),
  error: mail.error,
  createdAt: iso(mail.createdAt),
  sentAt: isoOrNull(mail.sentAt),
});

/** Every mail of the product, and sending one again. They may hold one-time links: for administrators only. */
export function addOutboxRoutes(app: App, deps: ApiDeps): void {
  const { store, clock } = deps.engine;
  register(app, deps, routes.outbox, async ({ query }) => {
    const after = decodeCursor(query.cursor);
    const found = await listOutbox(store.db, {
      state: query.state,
      limit: query.limit + 1,
      before: after === undefined ? undefined : { createdAt: after.value, id: after.id },
    });
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    const isOn = deps.config.smtpUrl !== undefined;
    return {
      items: page.map(present),
      next: last === undefined ? null : encodeCursor(last.createdAt, last.id),
      counts: { ...(await countOutbox(store.db)) },
      sending: !isOn ? 'no_server' : (await isQuiet(store.db)) ? 'quiet' : 'on',
    };
  });
  register(app, deps, routes.mail, async ({ params }) => {
    const mail = await readMail(store.db, params['id'] ?? '');
    return { ...present(mail), html: mail.html, text: mail.text };
  });
  register(app, deps, routes.sendMail, async ({ params }) => {
    const id = params['id'] ?? '';
    await sendAgain(store.db, id, clock.now());
    return present(await readMail(store.db, id));
  });
}
