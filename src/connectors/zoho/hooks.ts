import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { RemoteError } from '../kit/errors.ts';
import type { Hooks, HookTarget, Subscription } from '../kit/hooks.ts';
import { jsonOf, sameSecret } from '../kit/hooks.ts';
import type { HttpAnswer } from '../kit/http.ts';
import { read } from '../kit/read.ts';
import type { ModuleName, ZohoClient } from './client.ts';
import { zohoTime } from './codec.ts';

const WATCH = '/crm/v8/actions/watch';
/** Newer documents allow a week, older ones a day: the answer says what it became (BEHAVIOR.md, "Notifications"). */
const ASK_MS = 6 * 86_400_000;

const answerSchema = z.object({
  watch: z.array(
    z.looseObject({
      code: z.string(),
      message: z.string().nullish(),
      details: z
        .looseObject({ events: z.array(z.looseObject({ channel_expiry: z.string().nullish() })).nullish() })
        .nullish(),
    }),
  ),
});
const callSchema = z.object({
  module: z.string(),
  operation: z.string(),
  ids: z.array(z.coerce.string()),
  channel_id: z.coerce.string(),
  token: z.string().nullish(),
  server_time: z.union([z.number(), z.string()]).nullish(),
});

/** Notification channels (BEHAVIOR.md, "Notifications"): they end by themselves, are not signed, and carry a token. */
export function zohoHooks(client: ZohoClient, clock: Clock): Hooks {
  const send = async (method: 'POST' | 'PUT', channel: string, target: HookTarget): Promise<HttpAnswer> =>
    client.http.send({
      method,
      path: WATCH,
      expect: [400],
      json: {
        watch: [
          {
            channel_id: channel,
            events: ['Leads.all', 'Contacts.all'],
            channel_expiry: zohoTime(clock.now() + ASK_MS),
            token: target.secret,
            notify_url: target.url,
            notify_on_related_action: false,
            return_affected_field_values: false,
          },
        ],
      },
    });
  // Replaces the channel where it is there, makes it where it is not.
  const ensure = async (target: HookTarget): Promise<Subscription> => {
    const channel = channelOf(target.url);
    const replaced = outcomeOf(await send('PUT', channel, target));
    if (replaced.ok) return subscriptionOf(channel, replaced.expiresAt);
    const made = outcomeOf(await send('POST', channel, target));
    if (made.ok) return subscriptionOf(channel, made.expiresAt);
    throw new RemoteError('forbidden', `Zoho makes no notification channel (${made.code})`, { code: made.code });
  };
  return {
    subscribe: ensure,
    renew: (_subscription, target) => ensure(target),
    drop: async ({ ids }) => {
      await client.http.send({
        method: 'DELETE',
        path: `${WATCH}?channel_ids=${ids.join(',')}`,
        expect: [400, 404],
      });
    },
    read: (request, known) => {
      const call = callSchema.safeParse(jsonOf(request.body)).data;
      if (call === undefined || !sameSecret(call.token, known.secret)) return 'forged';
      const kind = KINDS[call.module];
      if (kind === undefined || !known.subscription.ids.includes(call.channel_id)) return [];
      return call.ids.map((id) => ({
        kind,
        id,
        what: call.operation === 'delete' ? ('gone' as const) : ('changed' as const),
        // Our own writes notify, too, and nothing tells them apart.
        byUs: false,
        eventId: `${call.channel_id}:${String(call.server_time ?? '')}:${call.operation}:${id}`,
      }));
    },
  };
}

const KINDS: Readonly<Record<string, 'lead' | 'contact'>> = {
  Leads: 'lead',
  Contacts: 'contact',
} satisfies Readonly<Record<ModuleName, 'lead' | 'contact'>>;

/** The channel's number is ours to choose: the same address has the same one, so that nothing is subscribed twice. */
const channelOf = (url: string): string =>
  String(10n ** 15n + (BigInt(`0x${createHash('sha256').update(url).digest('hex').slice(0, 16)}`) % 10n ** 15n));

function outcomeOf(
  answer: HttpAnswer,
): { readonly ok: true; readonly expiresAt: number } | { readonly ok: false; readonly code: string } {
  const [first] = read(answerSchema, answer.body, 'Zoho notifications').watch;
  if (first?.code !== 'SUCCESS') return { ok: false, code: first?.code ?? 'none' };
  const ends = (first.details?.events ?? []).flatMap((event) =>
    event.channel_expiry == null ? [] : [Date.parse(event.channel_expiry)],
  );
  // One hour is what a channel has whose expiry was not taken.
  return { ok: true, expiresAt: ends.length === 0 ? (answer.serverTime ?? 0) + 3_600_000 : Math.min(...ends) };
}

const subscriptionOf = (channel: string, expiresAt: number): Subscription => ({
  ids: [channel],
  expiresAt,
  byHand: null,
});
