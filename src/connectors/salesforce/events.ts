import { z } from 'zod';
import { RemoteError } from '../kit/errors.ts';
import type { Events, ListenOptions } from '../kit/events.ts';
import type { Poke } from '../kit/hooks.ts';
import { read } from '../kit/read.ts';
import type { SalesforceClient } from './client.ts';

/** BEHAVIOR.md, "Change events". */
const CHANNELS = { '/data/LeadChangeEvent': 'lead', '/data/ContactChangeEvent': 'contact' } as const;
type Channel = keyof typeof CHANNELS;
const NAMES = Object.keys(CHANNELS) as Channel[];
/** The vendor holds a connect for up to 110 s. */
const CONNECT_MS = 118_000;
/** New events only. */
const FROM_NOW = -1;

const adviceSchema = z.looseObject({ reconnect: z.string().optional(), interval: z.number().optional() }).optional();
const messageSchema = z.looseObject({
  channel: z.string(),
  clientId: z.string().optional(),
  successful: z.boolean().optional(),
  error: z.string().optional(),
  advice: adviceSchema,
  data: z
    .looseObject({
      event: z.looseObject({ replayId: z.number() }).optional(),
      payload: z
        .looseObject({
          ChangeEventHeader: z
            .looseObject({
              entityName: z.string(),
              recordIds: z.array(z.string()).optional(),
              changeType: z.string(),
              changeOrigin: z.string().optional(),
            })
            .optional(),
        })
        .optional(),
    })
    .optional(),
});
const messagesSchema = z.array(messageSchema);
type Message = z.output<typeof messageSchema>;

/** Per channel the last event that was heard. */
type Position = Partial<Record<Channel, number>>;

/**
 * Change events by CometD (Bayeux over plain HTTP, long polling): Salesforce calls nobody, and its newer API is a gRPC stream.
 * An administrator has to select Lead and Contact under *Change Data Capture*.
 */
export function salesforceEvents(client: SalesforceClient, version: string): Events {
  return {
    listen: async (options) => {
      const stream = new Stream(client, version, options);
      try {
        await stream.open();
        while (!options.signal.aborted) await stream.next();
      } catch (error) {
        // A poll that was cut off because nobody listens any more is no failure.
        if (!options.signal.aborted) throw error;
      }
    },
  };
}

class Stream {
  readonly #client: SalesforceClient;
  readonly #path: string;
  readonly #options: ListenOptions;
  readonly #position: Position;
  #clientId = '';
  #cookies = new Map<string, string>();

  constructor(client: SalesforceClient, version: string, options: ListenOptions) {
    this.#client = client;
    this.#path = `/cometd/${version.replace(/^v/, '')}`;
    this.#options = options;
    this.#position = parsePosition(options.after);
  }

  async open(): Promise<void> {
    const [hello] = await this.#send({
      channel: '/meta/handshake',
      version: '1.0',
      minimumVersion: '1.0',
      supportedConnectionTypes: ['long-polling'],
      ext: { replay: true },
    });
    if (hello?.successful !== true || hello.clientId === undefined) throw failureOf(hello);
    this.#clientId = hello.clientId;
    for (const channel of NAMES) await this.#subscribe(channel);
    await this.#options.heard([], JSON.stringify(this.#position));
  }

  async #subscribe(channel: Channel): Promise<void> {
    const ask = (from: number) =>
      this.#send({
        channel: '/meta/subscribe',
        subscription: channel,
        ext: { replay: { [channel]: from } },
      });
    const from = this.#position[channel] ?? FROM_NOW;
    let [answer] = await ask(from);
    // Events are kept for 72 hours: what is older the poll has seen.
    if (answer?.successful !== true && from !== FROM_NOW && answer?.error?.startsWith('400:') === true)
      [answer] = await ask(FROM_NOW);
    if (answer?.successful !== true) throw failureOf(answer);
  }

  /** One long poll. */
  async next(): Promise<void> {
    const messages = await this.#send({ channel: '/meta/connect', connectionType: 'long-polling' });
    const pokes = messages.flatMap((message) => this.#take(message));
    await this.#options.heard(pokes, JSON.stringify(this.#position));
    const connect = messages.find((message) => message.channel === '/meta/connect');
    if (connect?.successful !== true) throw failureOf(connect);
  }

  #take(message: Message): readonly Poke[] {
    const channel = NAMES.find((name) => name === message.channel);
    const replayId = message.data?.event?.replayId;
    if (channel === undefined || replayId === undefined) return [];
    this.#position[channel] = replayId;
    const header = message.data?.payload?.ChangeEventHeader;
    if (header === undefined) return [];
    const kind = CHANNELS[channel];
    const poke = (id: string, what: Poke['what']): Poke => ({
      kind,
      id,
      what,
      // The origin ends with what our calls say in `Sforce-Call-Options`.
      byUs: header.changeOrigin?.endsWith(';client=tandem') === true,
      eventId: `${channel}:${replayId}:${id}`,
    });
    // Too much happened at once to be told, or a field of another type changed all rows (`00Q*`): the poll knows.
    if (header.changeType === 'GAP_OVERFLOW' || header.recordIds?.some((id) => id.endsWith('*')) === true)
      return [{ ...poke('', 'gone'), byUs: false }];
    const isGone = header.changeType.endsWith('DELETE') && !header.changeType.endsWith('UNDELETE');
    return (header.recordIds ?? []).map((id) => poke(id, isGone ? 'gone' : 'changed'));
  }

  async #send(message: Readonly<Record<string, unknown>>): Promise<readonly Message[]> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#client.http.send({
      method: 'POST',
      path: this.#path,
      json: [{ ...message, ...(this.#clientId === '' ? {} : { clientId: this.#clientId }) }],
      headers: cookie === '' ? {} : { cookie },
      timeoutMs: CONNECT_MS,
      signal: this.#options.signal,
    });
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=');
      this.#cookies.set(name.trim(), value.trim());
    }
    return read(messagesSchema, answer.body, 'Salesforce events');
  }
}

function parsePosition(after: string | null): Position {
  const parsed = z.partialRecord(z.enum(NAMES as [Channel, ...Channel[]]), z.number()).safeParse(safeJson(after));
  return parsed.data ?? {};
}

function safeJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}

/** `403:…` stays so until an administrator changes it; anything else is over and begins anew. */
function failureOf(message: Message | undefined): RemoteError {
  const error = message?.error ?? 'no answer';
  const code = error.split(':')[0] ?? '';
  if (code === '403' && !/unknown client/i.test(error))
    return new RemoteError('forbidden', 'Salesforce lets this user hear no change events', { case: 'events_denied' });
  return new RemoteError('unavailable', 'Salesforce ended the stream of events', { code });
}
