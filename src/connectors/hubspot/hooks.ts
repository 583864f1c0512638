import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { ConnectContext } from '../kit/connector.ts';
import type { Hooks, HookTarget, Poke, RawRequest, Subscription } from '../kit/hooks.ts';
import { jsonOf, sameSecret } from '../kit/hooks.ts';
import { asRemoteError, type HttpAnswer, readAnswer, USER_AGENT } from '../kit/http.ts';
import { read } from '../kit/read.ts';
import { classify } from './faults.ts';
import { API } from './oauth.ts';
import { WEBHOOKS_VERSION } from './version.ts';

/** Older requests are refused (BEHAVIOR.md, "Webhooks"). */
const MAX_AGE_MS = 5 * 60_000;
const WHOLE_RECORD = [
  'contact.creation',
  'contact.deletion',
  'contact.restore',
  'contact.merge',
  'contact.privacyDeletion',
] as const;

const listSchema = z.object({
  results: z.array(
    z.looseObject({
      id: z.coerce.string(),
      eventType: z.string(),
      propertyName: z.string().nullish(),
      active: z.boolean().nullish(),
    }),
  ),
});
const id = z.coerce.string();
const eventsSchema = z.array(
  z.looseObject({
    eventId: id,
    subscriptionId: id.optional(),
    portalId: id,
    appId: id.optional(),
    occurredAt: z.number().optional(),
    subscriptionType: z.string(),
    objectTypeId: z.string().optional(),
    objectId: id.optional(),
    changeSource: z.string().optional(),
    sourceId: z.coerce.string().optional(),
    primaryObjectId: id.optional(),
    mergedObjectIds: z.array(id).optional(),
    newObjectId: id.optional(),
  }),
);
type HubSpotEvent = z.output<typeof eventsSchema>[number];

/**
 * Webhooks of an app, signed with its client secret. An older public app lets us subscribe (`appId` and `developerKey`); an
 * app made as a project has its subscriptions in a file of its own, which a person deploys: we say what goes into it.
 */
export function hubSpotHooks(context: ConnectContext): Hooks | undefined {
  const { credentials } = context.settings;
  const clientSecret = credentials['clientSecret'] ?? '';
  if (credentials.method !== 'oauth' || clientSecret === '') return undefined;
  const isOurs = (credentials['appId'] ?? '') !== '' && (credentials['developerKey'] ?? '') !== '';
  const app = isOurs ? new LegacyApp(context) : null;
  const ensure = async (target: HookTarget): Promise<Subscription> =>
    app === null
      ? { ids: [], expiresAt: null, byHand: projectFile(target) }
      : { ids: await app.subscribe(target), expiresAt: null, byHand: null };
  return {
    subscribe: ensure,
    renew: (_subscription, target) => ensure(target),
    drop: async ({ ids }) => app?.drop(ids),
    read: (request, known) => {
      if (!isSigned(request, clientSecret, context.clock.now())) return 'forged';
      const events = eventsSchema.safeParse(jsonOf(request.body)).data ?? [];
      // An app's webhooks tell of every account that installed it.
      return events.filter((event) => event.portalId === known.accountId && isContact(event)).flatMap(pokesOf);
    },
  };
}

/** `X-HubSpot-Signature-v3`: HMAC-SHA256 with the client secret over method, address, body and timestamp, in Base64. */
function isSigned(request: RawRequest, clientSecret: string, now: number): boolean {
  const timestamp = request.headers.get('x-hubspot-request-timestamp') ?? '';
  if (!/^\d+$/.test(timestamp) || Math.abs(now - Number(timestamp)) > MAX_AGE_MS) return false;
  const expected = createHmac('sha256', clientSecret)
    .update(`${request.method}${request.url}${request.body}${timestamp}`)
    .digest('base64');
  return sameSecret(request.headers.get('x-hubspot-signature-v3'), expected);
}

/** Older types name the object, newer ones carry its type. */
const isContact = (event: HubSpotEvent): boolean =>
  event.subscriptionType.startsWith('contact.') || event.objectTypeId === '0-1';

function pokesOf(event: HubSpotEvent): readonly Poke[] {
  // Event ids are not unique; with what happened to whom and when they are.
  const key = `${event.subscriptionType}:${event.eventId}:${event.occurredAt ?? ''}`;
  const byUs = event.appId !== undefined && event.sourceId === event.appId;
  const poke = (objectId: string, what: Poke['what']): Poke => ({
    kind: null,
    id: objectId,
    what,
    byUs,
    eventId: `${key}:${objectId}`,
  });
  const type = event.subscriptionType.split('.')[1] ?? '';
  if (type === 'merge')
    return [
      ...[event.newObjectId ?? event.primaryObjectId].flatMap((one) =>
        one === undefined ? [] : [poke(one, 'changed')],
      ),
      ...(event.mergedObjectIds ?? []).map((one) => poke(one, 'gone')),
    ];
  if (event.objectId === undefined) return [];
  return [poke(event.objectId, type === 'deletion' || type === 'privacyDeletion' ? 'gone' : 'changed')];
}

/** What goes into the `webhooks` folder of the app's project. */
function projectFile({ url, fields }: HookTarget): string {
  const changes = [...fields].sort().map((name) => ({
    subscriptionType: 'object.propertyChange',
    objectType: 'contact',
    propertyName: name,
    active: true,
  }));
  const whole = ['object.creation', 'object.deletion', 'object.restore', 'object.merge'].map((subscriptionType) => ({
    subscriptionType,
    objectType: 'contact',
    active: true,
  }));
  return JSON.stringify(
    {
      uid: 'tandem_webhooks',
      type: 'webhooks',
      config: {
        settings: { targetUrl: url, maxConcurrentRequests: 10 },
        subscriptions: { crmObjects: [...whole, ...changes] },
      },
    },
    null,
    2,
  );
}

/** The webhooks API of older public apps, with the developer account's key. */
class LegacyApp {
  readonly #context: ConnectContext;
  readonly #base: string;

  constructor(context: ConnectContext) {
    this.#context = context;
    const { baseUrl, credentials } = context.settings;
    this.#base = `${(baseUrl ?? API).replace(/\/$/, '')}/webhooks/${WEBHOOKS_VERSION}/${credentials['appId'] ?? ''}`;
  }

  async #call(method: string, path: string, json?: unknown): Promise<HttpAnswer> {
    const { fetch, settings, clock } = this.#context;
    const url = new URL(`${this.#base}${path}`);
    // The vendor takes this key in the address only.
    url.searchParams.set('hapikey', settings.credentials['developerKey'] ?? '');
    const answer = await fetch(url.href, {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json', 'user-agent': USER_AGENT },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal: AbortSignal.timeout(30_000),
    })
      .then(readAnswer)
      .catch((error: unknown) => {
        throw asRemoteError(error);
      });
    if (answer.status < 300 || (method === 'DELETE' && answer.status === 404)) return answer;
    throw classify(answer, clock.now(), clock.now() + 86_400_000);
  }

  async subscribe({ url, fields }: HookTarget): Promise<readonly string[]> {
    await this.#call('PUT', '/settings', { targetUrl: url, throttling: { maxConcurrentRequests: 10 } });
    const answer = await this.#call('GET', '/subscriptions');
    const there = read(listSchema, answer.body, 'HubSpot subscriptions').results;
    const wanted = [
      ...WHOLE_RECORD.map((eventType) => ({ eventType })),
      ...fields.map((propertyName) => ({ eventType: 'contact.propertyChange', propertyName })),
    ];
    const ids: string[] = [];
    for (const wish of wanted) {
      const propertyName = 'propertyName' in wish ? wish.propertyName : null;
      const found = there.find(
        (one) =>
          one.eventType === wish.eventType && (one.propertyName ?? null) === propertyName && one.active !== false,
      );
      const made =
        found ??
        read(
          z.looseObject({ id: z.coerce.string() }),
          (await this.#call('POST', '/subscriptions', { ...wish, active: true })).body,
          'HubSpot subscription',
        );
      ids.push(made.id);
    }
    return ids;
  }

  async drop(ids: readonly string[]): Promise<void> {
    for (const one of ids) await this.#call('DELETE', `/subscriptions/${one}`);
    await this.#call('DELETE', '/settings');
  }
}
