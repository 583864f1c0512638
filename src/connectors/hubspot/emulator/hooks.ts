import { createHmac } from 'node:crypto';
import type { Hono } from 'hono';
import type { Clock } from '../../../platform/clock.ts';
import { HookSender } from '../../kit/testing/hook-sender.ts';
import { EMULATED_CLIENT } from '../../kit/testing/oauth-server.ts';
import { WEBHOOKS_VERSION } from '../version.ts';
import { problem } from './answers.ts';
import { PORTAL_ID } from './state.ts';

/** What happened to a contact. */
export type ContactEvent =
  | { readonly type: 'creation' | 'deletion' | 'restore' | 'privacyDeletion'; readonly id: string }
  | { readonly type: 'propertyChange'; readonly id: string; readonly property: string; readonly value: string | null }
  | { readonly type: 'merge'; readonly id: string; readonly merged: readonly string[]; readonly into: string };
type Said = ContactEvent & { readonly at: number; readonly overApi: boolean; readonly number: number };

interface WebhookSubscription {
  readonly id: number;
  readonly eventType: string;
  readonly propertyName: string | null;
}

/** The app that Tandem is in emulated HubSpot, with the developer account's key. */
export const EMULATED_APP = { appId: '4711', developerKey: 'emulated-developer-key' } as const;

const PER_CALL = 100;

/** Webhooks of emulated HubSpot: of an older public app by its API, of a project's app by the file that is deployed. */
export class HubSpotWebhooks {
  readonly subscriptions = new Map<number, WebhookSubscription>();
  targetUrl: string | null = null;
  readonly sender: HookSender<Said>;
  readonly #clock: Clock;
  #last = 0;
  #events = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.sender = new HookSender((events) => this.#calls(events));
  }

  say(event: ContactEvent): void {
    if (this.targetUrl === null) return;
    this.#events += 1;
    this.sender.say({ ...event, at: this.#clock.now(), overApi: this.sender.isOverApi(), number: this.#events });
  }

  /** `hs project upload` with this file in the app's `webhooks` folder. */
  deploy(file: string): void {
    const { config } = JSON.parse(file) as {
      config: {
        settings: { targetUrl: string };
        subscriptions: { crmObjects: { subscriptionType: string; propertyName?: string; active: boolean }[] };
      };
    };
    this.targetUrl = config.settings.targetUrl;
    this.subscriptions.clear();
    for (const one of config.subscriptions.crmObjects)
      if (one.active) this.#add(one.subscriptionType.replace(/^object\./, 'contact.'), one.propertyName ?? null);
  }

  #add(eventType: string, propertyName: string | null): WebhookSubscription {
    this.#last += 1;
    const made = { id: this.#last, eventType, propertyName };
    this.subscriptions.set(made.id, made);
    return made;
  }

  #calls(events: readonly Said[]) {
    const bodies = events.flatMap((event) => {
      const subscription = [...this.subscriptions.values()].find(
        (one) =>
          one.eventType === `contact.${event.type}` &&
          (event.type !== 'propertyChange' || one.propertyName === event.property),
      );
      return subscription === undefined ? [] : [this.#body(event, subscription)];
    });
    const calls = [];
    for (let start = 0; start < bodies.length; start += PER_CALL)
      calls.push(this.#signed(JSON.stringify(bodies.slice(start, start + PER_CALL))));
    return calls;
  }

  #body(event: Said, subscription: WebhookSubscription): object {
    return {
      eventId: event.number,
      subscriptionId: subscription.id,
      portalId: PORTAL_ID,
      appId: Number(EMULATED_APP.appId),
      occurredAt: event.at,
      subscriptionType: subscription.eventType,
      attemptNumber: 0,
      objectId: Number(event.id),
      changeSource: event.overApi ? 'INTEGRATION' : 'CRM_UI',
      sourceId: event.overApi ? EMULATED_APP.appId : 'userId:1',
      ...(event.type === 'propertyChange' ? { propertyName: event.property, propertyValue: event.value } : {}),
      ...(event.type === 'merge'
        ? {
            primaryObjectId: Number(event.id),
            mergedObjectIds: event.merged.map(Number),
            newObjectId: Number(event.into),
            numberOfPropertiesMoved: 1,
          }
        : {}),
    };
  }

  #signed(body: string) {
    const url = this.targetUrl ?? '';
    const timestamp = String(this.#clock.now());
    const signature = createHmac('sha256', EMULATED_CLIENT.clientSecret)
      .update(`POST${url}${body}${timestamp}`)
      .digest('base64');
    return { url, headers: { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': timestamp }, body };
  }

  addRoutes(api: Hono): void {
    const base = `/webhooks/${WEBHOOKS_VERSION}/:appId`;
    api.use(`${base}/*`, async (c, next) => {
      if (c.req.query('hapikey') !== EMULATED_APP.developerKey || c.req.param('appId') !== EMULATED_APP.appId)
        return c.json(problem('INVALID_AUTHENTICATION', 'Authentication credentials not found.'), 401);
      return next();
    });
    api.put(`${base}/settings`, async (c) => {
      const { targetUrl } = await c.req.json<{ targetUrl: string }>();
      this.targetUrl = targetUrl;
      return c.json({ targetUrl, throttling: { maxConcurrentRequests: 10 } });
    });
    api.delete(`${base}/settings`, (c) => {
      this.targetUrl = null;
      return c.body(null, 204);
    });
    api.get(`${base}/subscriptions`, (c) =>
      c.json({
        results: [...this.subscriptions.values()].map((one) => ({ ...one, id: String(one.id), active: true })),
      }),
    );
    api.post(`${base}/subscriptions`, async (c) => {
      const { eventType, propertyName } = await c.req.json<{ eventType: string; propertyName?: string }>();
      const made = this.#add(eventType, propertyName ?? null);
      return c.json({ ...made, id: String(made.id), active: true }, 201);
    });
    api.delete(`${base}/subscriptions/:id`, (c) =>
      this.subscriptions.delete(Number(c.req.param('id')))
        ? c.body(null, 204)
        : c.json(problem('OBJECT_NOT_FOUND', 'There is no such subscription'), 404),
    );
  }
}
