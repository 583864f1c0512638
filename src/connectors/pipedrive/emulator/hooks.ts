import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import type { Clock } from '../../../platform/clock.ts';
import { HookSender } from '../../kit/testing/hook-sender.ts';

/** What happened to a person. */
export interface PersonEvent {
  readonly action: 'create' | 'change' | 'delete';
  readonly id: number;
  readonly mergedInto?: number;
}
interface Webhook {
  readonly id: number;
  readonly subscription_url: string;
  readonly event_action: string;
  readonly event_object: string;
  readonly name: string;
  readonly version: string;
  readonly http_auth_user: string | null;
  readonly http_auth_password: string | null;
}
type Said = PersonEvent & { readonly overApi: boolean; readonly at: number };

/** Webhooks v2 of emulated Pipedrive: subscriptions and what is sent to them. */
export class PipedriveWebhooks {
  readonly webhooks = new Map<number, Webhook>();
  readonly sender: HookSender<Said>;
  readonly #clock: Clock;
  readonly #companyId: number;
  #last = 0;

  constructor(clock: Clock, companyId: number) {
    this.#clock = clock;
    this.#companyId = companyId;
    this.sender = new HookSender((events) => events.flatMap((event) => this.#calls(event)));
  }

  say(event: PersonEvent): void {
    if (this.webhooks.size > 0) this.sender.say({ ...event, overApi: this.sender.isOverApi(), at: this.#clock.now() });
  }

  #calls(event: Said) {
    const wanted = [...this.webhooks.values()].filter(
      (one) => ['person', '*'].includes(one.event_object) && ['*', event.action].includes(one.event_action),
    );
    return wanted.map((webhook) => ({
      url: webhook.subscription_url,
      headers:
        webhook.http_auth_user === null
          ? {}
          : {
              authorization: `Basic ${Buffer.from(`${webhook.http_auth_user}:${webhook.http_auth_password ?? ''}`).toString('base64')}`,
            },
      body: JSON.stringify({
        meta: {
          action: event.action,
          entity: 'person',
          entity_id: String(event.id),
          company_id: String(this.#companyId),
          correlation_id: randomUUID(),
          id: randomUUID(),
          is_bulk_edit: false,
          timestamp: new Date(event.at).toISOString(),
          type: 'general',
          // The rep is user 2; user 1 is whose token we have.
          user_id: event.overApi ? '1' : '2',
          version: '2.0',
          webhook_id: String(webhook.id),
          webhook_owner_id: '1',
          change_source: event.overApi ? 'api' : 'app',
          attempt: 1,
          host: 'emulated.pipedrive.com',
          permitted_user_ids: ['1', '2'],
          ...(event.mergedInto === undefined ? {} : { merged_to_id: String(event.mergedInto) }),
        },
        data: event.action === 'delete' ? null : { id: event.id },
        previous: event.action === 'create' ? null : { id: event.id },
      }),
    }));
  }

  addRoutes(api: Hono, prefix: string): void {
    api.get(`${prefix}/webhooks`, (c) =>
      c.json({
        status: 'ok',
        success: true,
        data: [...this.webhooks.values()].map((one) => ({ ...one, is_active: 1 })),
      }),
    );
    api.post(`${prefix}/webhooks`, async (c) => {
      const body = await c.req.json<Partial<Record<string, string>>>();
      const url = body['subscription_url'] ?? '';
      const faults = {
        ...(URL.canParse(url) ? {} : { subscription_url: ['invalid or non-reachable URL'] }),
        ...(body['name'] === undefined ? { name: ['is required'] } : {}),
      };
      if (Object.keys(faults).length > 0) return c.json({ status: 'error', success: false, errors: faults }, 400);
      this.#last += 1;
      const made: Webhook = {
        id: this.#last,
        subscription_url: url,
        event_action: body['event_action'] ?? '*',
        event_object: body['event_object'] ?? '*',
        name: body['name'] ?? '',
        version: body['version'] ?? '2.0',
        http_auth_user: body['http_auth_user'] ?? null,
        http_auth_password: body['http_auth_password'] ?? null,
      };
      this.webhooks.set(made.id, made);
      return c.json({ status: 'ok', success: true, data: { ...made, is_active: 1 } }, 201);
    });
    api.delete(`${prefix}/webhooks/:id`, (c) =>
      this.webhooks.delete(Number(c.req.param('id')))
        ? c.json({ status: 'ok', success: true })
        : c.json({ status: 'error', success: false, errors: { id: ['not found'] } }, 404),
    );
  }
}
