import { describe, expect, test } from 'vitest';
import type { manualClock } from '../../../platform/clock.ts';
import type { ConnectContext, Manifest, StoredToken } from '../connector.ts';
import type { Hooks, HookTarget, KnownHook, Poke, RawRequest, Subscription } from '../hooks.ts';
import type { Emulator } from './emulator.ts';
import type { EmulatedCall, EmulatedHooks } from './hook-sender.ts';

export interface HooksContractOptions {
  readonly manifest: Manifest;
  /** An emulated CRM on a clock that the suite moves, and a connection whose method has webhooks. */
  readonly open: () => {
    readonly emulator: Emulator & { readonly hooks: EmulatedHooks };
    readonly clock: ReturnType<typeof manualClock>;
    readonly credentials: ConnectContext['settings']['credentials'];
    /** A refresh token that the emulator takes, where the method is `oauth`. */
    readonly token?: StoredToken;
    /** How many subscriptions of ours the vendor has now. */
    readonly subscribed: () => number;
    /** A person enters with the app what we said, where the vendor lets nobody else. */
    readonly enter?: (byHand: string) => void;
  };
  /** A CRM field of persons in the hub's and the vendor's words. */
  readonly field: { readonly hub: string; readonly crm: string };
  /** Where the vendor ends subscriptions by itself. */
  readonly expires: boolean;
  /** What a call has to be changed in so that it is a forgery. */
  readonly forge: (request: RawRequest) => RawRequest;
}

const SECRET = 'a-secret-of-ours';
const URL_OF_OURS = 'https://tandem.example.com/hooks/con_1/path';

/** One suite over all connectors that have webhooks (docs/spec.md, C31…). */
export function hooksContract(id: string, options: HooksContractOptions): void {
  const bench = async () => {
    const opened = options.open();
    const account = await connectorOf(options.manifest, opened).check();
    const { hooks } = connectorOf(options.manifest, opened);
    if (hooks === undefined) throw new Error(`${id} has no webhooks with this method`);
    opened.emulator.hooks.deliverBy(async () => new Response(null, { status: 202 }));
    const target: HookTarget = { url: URL_OF_OURS, secret: SECRET, fields: [options.field.crm] };
    const subscribe = async (): Promise<Subscription> => {
      const made = await hooks.subscribe(target);
      if (made.byHand !== null) opened.enter?.(made.byHand);
      return made;
    };
    const readAll = (calls: readonly EmulatedCall[], subscription: Subscription): Poke[] =>
      calls.flatMap((call) => {
        const pokes = hooks.read(requestOf(call), known(subscription, account.id, account.user?.id));
        return pokes === 'forged' ? [] : [...pokes];
      });
    const happen = async (work: () => void): Promise<readonly EmulatedCall[]> => {
      const before = opened.emulator.hooks.sent.length;
      work();
      await opened.emulator.hooks.flush();
      return opened.emulator.hooks.sent.slice(before);
    };
    return { ...opened, account, hooks, target, subscribe, readAll, happen };
  };

  describe(`webhooks of ${id}`, () => {
    test('[C31] a subscription brings a poke for each record that is made or edited, and names a deleted one', async () => {
      const { emulator, subscribe, readAll, happen } = await bench();
      const subscription = await subscribe();
      let made = '';
      const first = await happen(() => {
        [made = ''] = emulator.world.seed([{ email: 'new@example.com', last_name: 'N', company: 'Acme' }], 'lead');
      });
      expect(readAll(first, subscription)).toContainEqual(
        expect.objectContaining({ id: made, what: 'changed', byUs: false }),
      );
      const edited = await happen(() => emulator.world.edit(made, { [options.field.hub]: 'Wien' }));
      expect(readAll(edited, subscription)).toMatchObject([{ id: made, what: 'changed' }]);
      const deleted = await happen(() => emulator.world.remove(made));
      expect(readAll(deleted, subscription)).toMatchObject([{ id: made, what: 'gone' }]);
    });

    test('[C32] a call that the vendor did not make is forged: without the secret, with another one, or changed', async () => {
      const { emulator, subscribe, happen, hooks, account, clock } = await bench();
      const subscription = await subscribe();
      const [call] = await happen(() => emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead'));
      if (call === undefined) throw new Error('nothing was sent');
      const real = requestOf(call);
      const knowledge = known(subscription, account.id, account.user?.id);
      expect(hooks.read(real, knowledge)).not.toBe('forged');
      expect(hooks.read(options.forge(real), knowledge)).toBe('forged');
      expect(hooks.read({ ...real, headers: new Headers(), body: '{}' }, knowledge)).toBe('forged');
      expect(hooks.read({ ...real, headers: new Headers(), body: 'no json' }, knowledge)).toBe('forged');
      clock.advance(1);
      // An account that is not this connection's has nothing to say here.
      const other = hooks.read(real, {
        ...knowledge,
        accountId: 'another',
        subscription: { ...subscription, ids: ['x'] },
      });
      expect(other).toEqual([]);
    });

    test('[C33] an event that comes twice has one name, and two events have two', async () => {
      const { emulator, subscribe, happen, readAll, clock } = await bench();
      const subscription = await subscribe();
      const [first = ''] = emulator.world.seed([{ email: 'a@example.com', last_name: 'A' }], 'lead');
      await emulator.hooks.flush();
      const one = await happen(() => emulator.world.edit(first, { [options.field.hub]: 'Wien' }));
      clock.advance(1_000);
      const two = await happen(() => emulator.world.edit(first, { [options.field.hub]: 'Graz' }));
      const names = (calls: readonly EmulatedCall[]): string[] =>
        readAll(calls, subscription).map((poke) => poke.eventId);
      expect(names(one)).toHaveLength(1);
      expect(names(one)).toEqual(names(one));
      expect(names(one)).not.toEqual(names(two));
    });

    test('[C34] subscribing and renewing twice leaves one subscription, what was lost comes back, and dropping leaves none', async () => {
      const { subscribe, subscribed, hooks, target, clock, happen, emulator, enter } = await bench();
      const first = await subscribe();
      const count = subscribed();
      expect(count).toBeGreaterThan(0);
      const again = await subscribe();
      expect(subscribed()).toBe(count);
      let subscription = await hooks.renew(again, target);
      expect(subscribed()).toBe(count);
      expect(first.expiresAt !== null).toBe(options.expires);
      if (subscription.expiresAt !== null) {
        clock.advance(subscription.expiresAt - clock.now() - 60_000);
        subscription = await hooks.renew(subscription, target);
        clock.advance(120_000);
        expect(
          await happen(() => emulator.world.seed([{ email: 'b@example.com', last_name: 'B' }], 'lead')),
        ).toHaveLength(1);
      }
      await hooks.drop(subscription);
      if (enter === undefined) {
        expect(subscribed()).toBe(0);
        await hooks.drop(subscription);
        await hooks.renew(subscription, target);
        expect(subscribed()).toBe(count);
      }
    });
  });
}

const requestOf = (call: EmulatedCall): RawRequest => ({
  method: 'POST',
  url: call.url,
  headers: new Headers(call.headers),
  body: call.body,
});

const known = (subscription: Subscription, accountId: string, userId: string | undefined): KnownHook => ({
  secret: SECRET,
  accountId,
  userId: userId ?? null,
  subscription,
});

function connectorOf(
  manifest: Manifest,
  opened: ReturnType<HooksContractOptions['open']>,
): ReturnType<Manifest['connect']> & { readonly hooks?: Hooks } {
  let stored: StoredToken | null = opened.token ?? null;
  return manifest.connect({
    fetch: opened.emulator.request,
    clock: opened.clock,
    tokens: {
      load: async () => stored,
      renew: async (_seen, refresh) => {
        stored = await refresh(stored);
        return stored;
      },
    },
    quota: { take: async () => undefined, observe: () => undefined },
    schema: null,
    settings: {
      baseUrl: null,
      authUrl: null,
      credentials: opened.credentials,
      options: {},
      systemFields: { url: null, score: null, status: null, source: null, syncFlag: null },
      startAutomations: false,
    },
  });
}
