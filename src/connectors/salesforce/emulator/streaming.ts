import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { Clock } from '../../../platform/clock.ts';
import type { StoredObject } from './answers.ts';
import { REP_ID, USER_ID } from './state.ts';

export interface RowChange {
  readonly object: StoredObject;
  readonly type: 'CREATE' | 'UPDATE' | 'DELETE' | 'UNDELETE' | 'GAP_OVERFLOW';
  readonly ids: readonly string[];
}
interface Event {
  readonly channel: string;
  readonly replayId: number;
  readonly at: number;
  readonly body: object;
}
interface Session {
  /** Channel → the last event that was sent. */
  readonly after: Map<string, number>;
  readonly cookie: string;
}
type Bayeux = Readonly<Record<string, unknown>> & { readonly channel?: string; readonly clientId?: string };

const KEPT_MS = 72 * 3_600_000;

/** Change Data Capture of emulated Salesforce by CometD: handshake, subscribe with replay, long polls. */
export class SalesforceStreaming {
  readonly app = new Hono();
  /** What an administrator selected under *Change Data Capture*. */
  readonly selected = new Set<StoredObject>(['Lead', 'Contact']);
  /** May this user hear events at all? */
  isDenied = false;
  /** How long a poll is held when nothing happens; the vendor's is 110 s. */
  holdMs = 20_000;
  readonly #clock: Clock;
  readonly #accepts: (authorization: string | undefined) => boolean;
  readonly #sessions = new Map<string, Session>();
  readonly #byApi = new AsyncLocalStorage<true>();
  /** Handshakes so far. */
  handshakes = 0;
  #events: Event[] = [];
  #last = 0;
  #waiting = new Set<() => void>();

  constructor(clock: Clock, accepts: (authorization: string | undefined) => boolean) {
    this.#clock = clock;
    this.#accepts = accepts;
    this.app.post('/cometd/:version', (c) => this.#handle(c));
  }

  overApi<T>(work: () => T): T {
    return this.#byApi.run(true, work);
  }

  say({ object, type, ids }: RowChange): void {
    if (!this.selected.has(object)) return;
    this.#last += 1;
    const byApi = this.#byApi.getStore() === true;
    const channel = `/data/${object}ChangeEvent`;
    const at = this.#clock.now();
    const payload = {
      LastModifiedDate: new Date(at).toISOString(),
      ChangeEventHeader: {
        entityName: object,
        recordIds: ids,
        changeType: type,
        changeOrigin: byApi ? 'com/salesforce/api/rest/67.0;client=tandem' : '',
        transactionKey: randomBytes(8).toString('hex'),
        sequenceNumber: 1,
        commitTimestamp: at,
        commitUser: byApi ? USER_ID : REP_ID,
        commitNumber: this.#last,
      },
    };
    this.#forget(at - KEPT_MS);
    this.#events.push({
      channel,
      replayId: this.#last,
      at,
      body: { data: { schema: 'emulated', payload, event: { replayId: this.#last } }, channel },
    });
    this.release();
  }

  /** Events stand in the order of their time, so the old ones are in front. */
  #forget(until: number): void {
    const old = this.#events.findIndex((event) => event.at > until);
    if (old !== 0) this.#events = old === -1 ? [] : this.#events.slice(old);
  }

  /** Lets every held poll go, as if its time were over. */
  release(): void {
    for (const go of this.#waiting) go();
  }

  /** The server forgets its clients, as after maintenance. */
  restart(): void {
    this.#sessions.clear();
    this.release();
  }

  /** How many listen now. */
  listeners(): number {
    return this.#sessions.size;
  }

  async #handle(c: Context): Promise<Response> {
    const [message = {}] = await c.req.json<Bayeux[]>();
    const { channel = '' } = message;
    const refuse = (error: string, reconnect: string): object => ({
      channel,
      successful: false,
      error,
      advice: { reconnect, interval: 0 },
    });
    if (!this.#accepts(c.req.header('authorization'))) {
      // Within the body, and in the handshake's one level deeper (api-streaming/guide, "Handling Streaming API Errors").
      if (channel === '/meta/handshake')
        return c.json([
          {
            ...refuse('403::Handshake denied', 'none'),
            ext: { sfdc: { failureReason: '401::Authentication invalid' }, replay: true },
          },
        ]);
      // The client is forgotten: whoever signs in again begins with a handshake.
      this.#sessions.delete(message.clientId ?? '');
      return c.json([refuse('401::Authentication invalid', 'none')]);
    }
    if (channel === '/meta/handshake') return this.isDenied ? this.#deny(c, refuse) : this.#greet(c);
    const session = this.#sessions.get(message.clientId ?? '');
    if (session === undefined || !(c.req.header('cookie') ?? '').includes(session.cookie))
      return c.json([refuse('403::Unknown client', 'handshake')]);
    if (channel === '/meta/subscribe') return c.json([this.#subscribe(session, message, refuse)]);
    if (channel === '/meta/connect') return c.json(await this.#connect(session, message.clientId ?? ''));
    return c.json([refuse('400::unknown channel', 'none')]);
  }

  #deny(c: Context, refuse: (error: string, reconnect: string) => object): Response {
    return c.json([refuse('403:denied_by_security_policy:create_denied', 'none')]);
  }

  #greet(c: Context): Response {
    this.handshakes += 1;
    const clientId = randomBytes(12).toString('hex');
    const cookie = `BAYEUX_BROWSER=${randomBytes(8).toString('hex')}`;
    this.#sessions.set(clientId, { after: new Map(), cookie });
    c.header('set-cookie', `${cookie}; Path=/; HttpOnly`);
    return c.json([
      {
        channel: '/meta/handshake',
        version: '1.0',
        minimumVersion: '1.0',
        supportedConnectionTypes: ['long-polling'],
        clientId,
        successful: true,
        ext: { replay: true, 'payload.format': true },
      },
    ]);
  }

  #subscribe(session: Session, message: Bayeux, refuse: (error: string, reconnect: string) => object): object {
    const name = String(message['subscription'] ?? '');
    const ext = message['ext'] as { replay?: Readonly<Record<string, number>> } | undefined;
    const from = ext?.replay?.[name] ?? -1;
    const oldest = this.#events[0]?.replayId ?? this.#last + 1;
    if (from >= 0 && from < oldest - 1)
      return refuse(
        `400::The replayId {${from}} you provided was invalid. Please provide a valid ID, -2 or -1.`,
        'none',
      );
    session.after.set(name, from === -1 ? this.#last : Math.max(from, 0));
    return { channel: '/meta/subscribe', subscription: name, clientId: message.clientId, successful: true };
  }

  async #connect(session: Session, clientId: string): Promise<object[]> {
    const take = (): Event[] =>
      this.#events.filter((event) => event.replayId > (session.after.get(event.channel) ?? Number.POSITIVE_INFINITY));
    if (take().length === 0)
      await new Promise<void>((resolve) => {
        const go = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(go);
          resolve();
        };
        const timer = setTimeout(go, this.holdMs);
        timer.unref();
        this.#waiting.add(go);
      });
    const events = take();
    for (const event of events) session.after.set(event.channel, event.replayId);
    const known = this.#sessions.has(clientId);
    return [
      ...events.map((event) => event.body),
      {
        channel: '/meta/connect',
        clientId,
        successful: known,
        ...(known ? {} : { error: '403::Unknown client' }),
        advice: { reconnect: known ? 'retry' : 'handshake', interval: 0, timeout: 110_000 },
      },
    ];
  }
}
