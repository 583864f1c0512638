import { isIP } from 'node:net';
import { isPrivateAddress } from '../../platform/guarded-fetch.ts';
import { isQuiet } from '../../store/quiet.ts';
import {
  type DeliveryView,
  listDeliveries,
  readDelivery,
  sendDeliveryAgain,
  sendTest,
} from '../../webhooks/deliveries.ts';
import {
  createWebhook,
  deleteWebhook,
  listWebhooks,
  type Manager,
  readWebhook,
  rotateSecret,
  updateWebhook,
  type WebhookView,
} from '../../webhooks/manage-webhooks.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps, Caller } from '../deps.ts';
import { decodeCursor, encodeCursor, iso, isoOrNull } from '../present.ts';
import { type App, register } from '../register.ts';

const present = (one: WebhookView) => ({
  ...one,
  types: [...one.types],
  endedAt: isoOrNull(one.endedAt),
  previousSecretUntil: isoOrNull(one.previousSecretUntil),
  createdAt: iso(one.createdAt),
  updatedAt: iso(one.updatedAt),
  lastDeliveredAt: isoOrNull(one.lastDeliveredAt),
});
const presentDelivery = <T extends DeliveryView>(one: T) => ({
  ...one,
  nextTryAt: isoOrNull(one.nextTryAt),
  createdAt: iso(one.createdAt),
  deliveredAt: isoOrNull(one.deliveredAt),
});

/** Outgoing webhooks: an administrator manages all of them, a key with the right its own. */
export function addWebhookRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const { store, clock } = engine;
  const mayBePlain = (host: string): boolean =>
    host === 'localhost' || deps.config.allowHosts.includes(host) || (isIP(host) !== 0 && isPrivateAddress(host));
  const manager = (caller: Caller): Manager => ({ id: caller.id, scopes: caller.scopes, mayBePlain });
  const one = async (caller: Caller, id: string | undefined) =>
    present(await readWebhook(store.db, manager(caller), clock.now(), id ?? ''));
  register(app, deps, routes.webhooks, async ({ caller }) => ({
    items: (await listWebhooks(store.db, manager(caller), clock.now())).map(present),
    next: null,
    quiet: await isQuiet(store.db),
  }));
  register(app, deps, routes.createWebhook, async ({ c, body, caller }) => {
    const { id, secret } = await createWebhook(engine, manager(caller), body);
    return c.json({ ...(await one(caller, id)), secret }, 201);
  });
  register(app, deps, routes.webhook, ({ params, caller }) => one(caller, params['id']));
  register(app, deps, routes.updateWebhook, async ({ params, body, caller }) => {
    await updateWebhook(engine, manager(caller), params['id'] ?? '', body);
    return one(caller, params['id']);
  });
  register(app, deps, routes.deleteWebhook, async ({ params, caller }) => {
    await deleteWebhook(engine, manager(caller), params['id'] ?? '');
    return { ok: true };
  });
  register(app, deps, routes.rotateWebhookSecret, async ({ params, caller }) => {
    const secret = await rotateSecret(engine, manager(caller), params['id'] ?? '');
    const { previousSecretUntil } = await one(caller, params['id']);
    return { secret, previousSecretUntil: previousSecretUntil ?? iso(clock.now()) };
  });
  register(app, deps, routes.testWebhook, async ({ params, caller }) => {
    const { id } = await one(caller, params['id']);
    return presentDelivery(await readDelivery(store.db, id, await sendTest(engine, id)));
  });
  register(app, deps, routes.deliveries, async ({ params, query, caller }) => {
    const { id } = await one(caller, params['id']);
    const after = decodeCursor(query.cursor);
    const found = await listDeliveries(store.db, {
      webhookId: id,
      state: query.state,
      limit: query.limit + 1,
      before: after === undefined ? undefined : { createdAt: after.value, id: after.id },
    });
    const page = found.slice(0, query.limit);
    const last = found.length > query.limit ? page.at(-1) : undefined;
    return {
      items: page.map(presentDelivery),
      next: last === undefined ? null : encodeCursor(last.createdAt, last.id),
    };
  });
  register(app, deps, routes.delivery, async ({ params, caller }) => {
    const { id } = await one(caller, params['id']);
    return presentDelivery(await readDelivery(store.db, id, params['delivery'] ?? ''));
  });
  register(app, deps, routes.sendDelivery, async ({ params, caller }) => {
    const { id } = await one(caller, params['id']);
    const delivery = params['delivery'] ?? '';
    await sendDeliveryAgain(engine, id, delivery);
    return presentDelivery(await readDelivery(store.db, id, delivery));
  });
}
