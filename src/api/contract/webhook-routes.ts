import { z } from 'zod';
import { SCORE_MAX } from '../../core/score.ts';
import { WEBHOOK_TYPES } from '../../core/webhook-types.ts';
import { route } from './route.ts';
import * as view from './views.ts';

const type = z.enum(WEBHOOK_TYPES);
const settings = {
  name: z.string().max(120).optional(),
  url: z.string().min(1).max(2_000),
  types: z.array(type).min(1).max(WEBHOOK_TYPES.length),
  /** With `score.reached`: told when the score rises to it. */
  minimumScore: z.int().min(1).max(SCORE_MAX).nullable().optional(),
  enabled: z.boolean().optional(),
};

const webhook = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  types: z.array(type),
  minimumScore: z.number().nullable(),
  enabled: z.boolean(),
  /** Why it is off, where nobody switched it off: `gone` (the receiver answered 410), `key_revoked`. */
  endedWhy: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Until then the secret before the last one signs, too. */
  previousSecretUntil: z.string().nullable(),
  /** Tries of this receiver that failed, in a row. */
  failures: z.number(),
  createdBy: z.string(),
  /** The key that made it, by name; null: a person did. */
  keyName: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  waiting: z.number(),
  failed: z.number(),
  lastDeliveredAt: z.string().nullable(),
});

const state = z.enum(['queued', 'sending', 'delivered', 'failed', 'held']);
const delivery = z.object({
  id: z.string(),
  /** The message's id (`webhook-id`): the same whenever it is sent again. */
  event: z.string(),
  type: z.string(),
  state,
  tries: z.number(),
  nextTryAt: z.string().nullable(),
  /** HTTP status of the last answer; null: there was none. */
  answer: z.number().nullable(),
  answerText: z.string().nullable(),
  error: z.string().nullable(),
  createdAt: z.string(),
  deliveredAt: z.string().nullable(),
});
const withBody = delivery.extend({ body: z.string() });

/** Outgoing webhooks by Standard Webhooks. An administrator sees all of them, a key with this right its own. */
export const webhookRoutes = {
  webhooks: route({
    method: 'GET',
    path: '/webhooks',
    access: 'webhooks:write',
    summary: 'Webhooks: an administrator sees all of them, a key its own',
    response: z.object({
      items: z.array(webhook),
      next: z.null(),
      /** Nothing leaves: a copy, or restored from a backup. */
      quiet: z.boolean(),
    }),
  }),
  createWebhook: route({
    method: 'POST',
    path: '/webhooks',
    access: 'webhooks:write',
    summary: 'Subscribe an address; the secret is shown once',
    showsSecret: true,
    body: z.strictObject(settings),
    response: webhook.extend({ secret: z.string() }),
  }),
  webhook: route({
    method: 'GET',
    path: '/webhooks/{id}',
    access: 'webhooks:write',
    summary: 'One webhook',
    response: webhook,
  }),
  updateWebhook: route({
    method: 'PATCH',
    path: '/webhooks/{id}',
    access: 'webhooks:write',
    summary: 'Change it; what is absent stays. Switching it on also starts one that the receiver has ended',
    body: z.strictObject({ ...settings, url: settings.url.optional(), types: settings.types.optional() }),
    response: webhook,
  }),
  deleteWebhook: route({
    method: 'DELETE',
    path: '/webhooks/{id}',
    access: 'webhooks:write',
    summary: 'Unsubscribe; its deliveries go with it',
    response: view.ok,
  }),
  rotateWebhookSecret: route({
    method: 'POST',
    path: '/webhooks/{id}/rotate',
    access: 'webhooks:write',
    summary: 'A new secret, shown once; for a day the one before signs beside it',
    showsSecret: true,
    response: z.object({ secret: z.string(), previousSecretUntil: z.string() }),
  }),
  testWebhook: route({
    method: 'POST',
    path: '/webhooks/{id}/test',
    access: 'webhooks:write',
    summary: 'Send a message of type webhook.test now, and tell what was answered',
    response: withBody,
  }),
  deliveries: route({
    method: 'GET',
    path: '/webhooks/{id}/deliveries',
    access: 'webhooks:write',
    summary: 'What was sent to it, newest first',
    query: z.strictObject({
      state: state.optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      cursor: z.string().optional(),
    }),
    response: view.page(delivery),
  }),
  delivery: route({
    method: 'GET',
    path: '/webhooks/{id}/deliveries/{delivery}',
    access: 'webhooks:write',
    summary: 'One delivery with what is sent, word for word',
    response: withBody,
  }),
  sendDelivery: route({
    method: 'POST',
    path: '/webhooks/{id}/deliveries/{delivery}/send',
    access: 'webhooks:write',
    summary: 'Send it again now, with the same id, and tell what was answered',
    response: withBody,
  }),
};
