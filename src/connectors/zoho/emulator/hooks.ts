import type { Hono } from 'hono';
import type { Clock } from '../../../platform/clock.ts';
import { HookSender } from '../../kit/testing/hook-sender.ts';
import type { ModuleName } from '../client.ts';
import { stamp } from './answers.ts';

export interface RowEvent {
  readonly module: ModuleName;
  readonly operation: 'insert' | 'update' | 'delete';
  readonly id: string;
}
interface Channel {
  readonly id: string;
  readonly events: readonly string[];
  readonly token: string | null;
  readonly url: string;
  readonly expiresAt: number;
}
interface Watch {
  readonly channel_id?: string | number;
  readonly events?: readonly string[];
  readonly channel_expiry?: string;
  readonly token?: string;
  readonly notify_url?: string;
}

const HOUR_MS = 3_600_000;

/** Notification channels of emulated Zoho: made, replaced, ended, and what is sent to them. */
export class ZohoNotifications {
  readonly channels = new Map<string, Channel>();
  /** The longest that a channel may live; older documents say a day, newer ones a week. */
  maxMs = 7 * 24 * HOUR_MS;
  readonly sender: HookSender<RowEvent & { readonly at: number }>;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.sender = new HookSender((events) => events.flatMap((event) => this.#calls(event)));
  }

  say(event: RowEvent): void {
    if (this.channels.size > 0) this.sender.say({ ...event, at: this.#clock.now() });
  }

  #calls(event: RowEvent & { readonly at: number }) {
    const name = { insert: 'create', update: 'edit', delete: 'delete' }[event.operation];
    const wanted = [...this.channels.values()].filter(
      (one) =>
        one.expiresAt > this.#clock.now() &&
        (one.events.includes(`${event.module}.all`) || one.events.includes(`${event.module}.${name}`)),
    );
    return wanted.map((channel) => ({
      url: channel.url,
      headers: {},
      body: JSON.stringify({
        server_time: event.at,
        affected_values: [],
        query_params: {},
        module: event.module,
        resource_uri: `https://www.zohoapis.test/crm/v8/${event.module}`,
        ids: [event.id],
        affected_fields: [],
        operation: event.operation,
        channel_id: channel.id,
        token: channel.token,
      }),
    }));
  }

  addRoutes(api: Hono): void {
    const path = '/crm/v8/actions/watch';
    const refusal = (code: string, message: string, details: object = {}) => ({
      watch: [{ code, details, message, status: 'error' }],
    });
    const made = (channel: Channel, message: string) => ({
      watch: [
        {
          code: 'SUCCESS',
          details: {
            events: channel.events.map((one) => ({
              channel_expiry: stamp(channel.expiresAt),
              resource_uri: `https://www.zohoapis.test/crm/v8/${one.split('.')[0] ?? ''}`,
              resource_id: '3652397000000000125',
              resource_name: one.split('.')[0] ?? '',
              channel_id: channel.id,
            })),
          },
          message,
          status: 'success',
        },
      ],
    });
    const take = async (text: string): Promise<Watch> => (JSON.parse(text) as { watch: Watch[] }).watch[0] ?? {};
    api.post(path, async (c) => {
      const channel = this.#channelOf(await take(await c.req.text()));
      if (channel === null) return c.json(refusal('MANDATORY_NOT_FOUND', 'required field not found'), 202);
      this.channels.set(channel.id, channel);
      return c.json(made(channel, 'Successfully subscribed for actions-watch of the given module'), 201);
    });
    api.put(path, async (c) => {
      const channel = this.#channelOf(await take(await c.req.text()));
      if (channel === null || !this.channels.has(channel.id))
        return c.json(refusal('NOT_SUBSCRIBED', 'The channel is not subscribed'), 400);
      this.channels.set(channel.id, channel);
      return c.json(made(channel, 'Successfully updated the subscribe details'));
    });
    api.delete(path, (c) => {
      for (const id of (c.req.query('channel_ids') ?? '').split(',')) this.channels.delete(id);
      return c.json({ watch: [{ code: 'SUCCESS', details: {}, message: 'Successfully removed', status: 'success' }] });
    });
  }

  /** An expiry that is absent or out of range is an hour. */
  #channelOf(watch: Watch): Channel | null {
    if (watch.channel_id === undefined || watch.notify_url === undefined || watch.events === undefined) return null;
    const now = this.#clock.now();
    const asked = Date.parse(watch.channel_expiry ?? '');
    const isTaken = asked > now && asked <= now + this.maxMs;
    return {
      id: String(watch.channel_id),
      events: watch.events,
      token: watch.token?.slice(0, 50) ?? null,
      url: watch.notify_url,
      expiresAt: isTaken ? asked : now + HOUR_MS,
    };
  }
}
