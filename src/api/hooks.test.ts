import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ORIGIN, openApi } from '../../test/support/api.ts';
import { emptyStore, openTestStore } from '../../test/support/database.ts';
import { createHubSpotEmulator } from '../connectors/hubspot/emulator/emulator.ts';
import { EMULATED_APP } from '../connectors/hubspot/emulator/hooks.ts';
import type { Emulator } from '../connectors/kit/testing/emulator.ts';
import type { EmulatedCall, EmulatedHooks } from '../connectors/kit/testing/hook-sender.ts';
import { EMULATED_CLIENT } from '../connectors/kit/testing/oauth-server.ts';
import { createPipedriveEmulator } from '../connectors/pipedrive/emulator/emulator.ts';
import { createZohoEmulator } from '../connectors/zoho/emulator/emulator.ts';
import { pauseConnection } from '../engine/connection.ts';
import { createConnection } from '../engine/connections.ts';
import { maintainHooks } from '../engine/hook-subscriptions.ts';
import { cleanOld } from '../engine/retention.ts';
import { requestRuns } from '../engine/runs.ts';
import { drainConnection } from '../engine/worker.ts';
import type { Clock } from '../platform/clock.ts';
import type { Store } from '../store/db.ts';

type Hooked = Emulator & { readonly hooks: EmulatedHooks };
interface Vendor {
  readonly open: (clock: Clock) => Hooked;
  readonly settings: (emulator: never) => object;
  readonly subscribed: (emulator: never) => number;
}
const HUBSPOT: Vendor = {
  open: (clock) => createHubSpotEmulator({ clock }),
  settings: () => ({ credentials: { method: 'oauth', ...EMULATED_CLIENT, ...EMULATED_APP } }),
  subscribed: (emulator: ReturnType<typeof createHubSpotEmulator>) => emulator.webhooks.subscriptions.size,
};
const VENDORS: Readonly<Record<string, Vendor>> = {
  hubspot: HUBSPOT,
  pipedrive: {
    open: (clock) => createPipedriveEmulator({ clock }),
    settings: (emulator: ReturnType<typeof createPipedriveEmulator>) => ({ credentials: emulator.credentials }),
    subscribed: (emulator: ReturnType<typeof createPipedriveEmulator>) => emulator.webhooks.webhooks.size,
  },
  zoho: {
    open: (clock) => createZohoEmulator({ clock }),
    settings: (emulator: ReturnType<typeof createZohoEmulator>) => ({ credentials: emulator.credentials }),
    subscribed: (emulator: ReturnType<typeof createZohoEmulator>) => emulator.notifications.channels.size,
  },
};

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

/** A connection that is on, in step with its CRM, and subscribed; the CRM's calls reach the app. */
async function openBench(crm: string) {
  const vendor = VENDORS[crm];
  if (vendor === undefined) throw new Error(crm);
  let emulator: Hooked | undefined;
  const api = openApi(store, (url, init) => (emulator as Hooked).request(url, init));
  emulator = vendor.open(api.clock);
  const { engine } = api.deps;
  emulator.hooks.deliverBy(async (url, init) => api.app.request(url, init));
  // The emulators know their own kind; the table above pairs them.
  const settings = vendor.settings(emulator as never);
  const [first = ''] = emulator.world.seed(
    [{ email: 'ada@example.com', first_name: 'Ada', last_name: 'L', company: 'Acme', phone: '1' }],
    'lead',
  );
  const { id } = await createConnection(engine, { name: 'main', crm, enabled: true, ...settings }, 'api');
  if (crm === 'hubspot') {
    const { token } = emulator as ReturnType<typeof createHubSpotEmulator>;
    await engine.secrets.save(store.db, `token:${id}`, { token: JSON.stringify({ accessToken: token }) }, 1);
    await api.call('POST', `/api/v1/connections/${id}/check`, { key: await api.keyFor({ role: 'admin' }), body: {} });
  }
  await requestRuns(engine, id, { mode: 'changes', trigger: 'api' });
  await drainConnection(engine, id, 'test');
  api.clock.advance(60_000);
  await maintainHooks(engine);
  const contact = async (email = 'ada@example.com') =>
    (await store.db.selectFrom('contacts').select('fields').where('email', '=', email).executeTakeFirst())?.fields;
  const runs = async () =>
    await store.db
      .selectFrom('runs')
      .select(['trigger', 'status', 'direction', 'api_calls'])
      .where('trigger', '=', 'webhook')
      .execute();
  const owed = async () =>
    (await store.db.selectFrom('due').select('subject').where('side', '=', 'hub').execute()).length;
  const view = async () =>
    (await (
      await api.call('GET', `/api/v1/connections/${id}`, { key: await api.keyFor({ role: 'marketing' }) })
    ).json()) as { hooks: { state: string; lastEventAt: string | null; error: { code?: string } | null } };
  const work = () => drainConnection(engine, id, 'test');
  const send = (call: EmulatedCall, change: Partial<EmulatedCall> = {}) =>
    api.app.request(change.url ?? call.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(change.headers ?? call.headers) },
      body: change.body ?? call.body,
    });
  const subscribed = () => vendor.subscribed(emulator as never);
  return { ...api, engine, emulator, id, first, contact, runs, owed, view, work, send, subscribed };
}

describe.each(Object.keys(VENDORS))('webhooks of %s', (crm) => {
  test('[R61] an edit in the CRM is in the hub after its webhook, without the schedule; the page says that they are live', async () => {
    const bench = await openBench(crm);
    expect(bench.subscribed()).toBeGreaterThan(0);
    expect((await bench.view()).hooks).toMatchObject({ state: 'live', lastEventAt: null, error: null });
    bench.emulator.world.edit(bench.first, { first_name: 'Augusta' });
    expect(await bench.emulator.hooks.flush()).toEqual([202]);
    // Nothing is taken from the call itself.
    expect(await bench.contact()).toMatchObject({ first_name: 'Ada' });
    const before = bench.emulator.calls();
    await bench.work();
    expect(await bench.contact()).toMatchObject({ first_name: 'Augusta' });
    expect(await bench.runs()).toMatchObject([{ trigger: 'webhook', status: 'succeeded', direction: 'toHub' }]);
    // One look at one record, no feed; in Pipedrive their organization, and who we are there for its link.
    expect(bench.emulator.calls() - before).toBeLessThanOrEqual(crm === 'pipedrive' ? 3 : 2);
    expect(await bench.owed()).toBe(0);
    expect((await bench.view()).hooks.lastEventAt).not.toBeNull();
  });

  test('[R61] calls that come twice and in the wrong order do nothing twice, and somebody new arrives too', async () => {
    const bench = await openBench(crm);
    bench.emulator.hooks.trouble({ duplicates: true, shuffled: true });
    bench.emulator.world.edit(bench.first, { first_name: 'Augusta' });
    bench.clock.advance(1_000);
    bench.emulator.world.edit(bench.first, { first_name: 'Countess' });
    bench.emulator.world.seed([{ email: 'bob@example.com', first_name: 'Bob', last_name: 'B', company: 'B' }], 'lead');
    expect(new Set(await bench.emulator.hooks.flush())).toEqual(new Set([202]));
    await bench.work();
    expect(await bench.contact()).toMatchObject({ first_name: 'Countess' });
    expect(await bench.contact('bob@example.com')).toMatchObject({ first_name: 'Bob' });
    expect(await store.db.selectFrom('contacts').select('id').execute()).toHaveLength(2);
    expect(await bench.runs()).toHaveLength(1);
    // Once more, when all is done: heard already.
    for (const call of bench.emulator.hooks.sent) expect((await bench.send(call)).status).toBe(202);
    expect(await bench.owed()).toBe(0);
    expect(await bench.runs()).toHaveLength(1);
  });

  test('[R61] another path is not found, a forged call is refused, a huge one too; nothing changes', async () => {
    const bench = await openBench(crm);
    bench.emulator.world.edit(bench.first, { first_name: 'Augusta' });
    bench.emulator.hooks.deliverBy(async () => new Response(null, { status: 500 }));
    await bench.emulator.hooks.flush();
    const call = bench.emulator.hooks.sent.at(-1);
    if (call === undefined) throw new Error('nothing was sent');
    expect((await bench.send(call, { url: `${ORIGIN}/hooks/${bench.id}/guessed` })).status).toBe(404);
    expect((await bench.send(call, { url: `${ORIGIN}/hooks/con_none/guessed` })).status).toBe(404);
    expect((await bench.send(call, { headers: {}, body: '{"events":[]}' })).status).toBe(401);
    expect((await bench.send(call, { headers: {}, body: 'x'.repeat(600_000) })).status).toBe(413);
    expect([await bench.owed(), (await bench.runs()).length]).toEqual([0, 0]);
    expect((await store.db.selectFrom('hook_events').selectAll().execute()).length).toBe(0);
    expect((await bench.send(call)).status).toBe(202);
    expect(await bench.owed()).toBe(1);
  });

  test('[R61] a deletion is believed from the poll alone: the webhook only brings it forward', async () => {
    const bench = await openBench(crm);
    bench.emulator.world.remove(bench.first);
    await bench.emulator.hooks.flush();
    await bench.work();
    expect((await store.db.selectFrom('links').select('state').executeTakeFirst())?.state).toBe('active');
    const due = (await store.db.selectFrom('connections').select('next_due_at').executeTakeFirst())?.next_due_at ?? 0;
    expect(due).toBeLessThanOrEqual(bench.clock.now() + 5 * 60_000);
  });

  test('[R42] [R61] switched off they are withdrawn, disconnected too, and what still comes finds no door', async () => {
    const bench = await openBench(crm);
    const key = await bench.keyFor({ role: 'admin' });
    const { url } = (await (await bench.call('GET', `/api/v1/connections/${bench.id}/hooks`, { key })).json()) as {
      url: string;
    };
    await bench.call('PATCH', `/api/v1/connections/${bench.id}`, { key, body: { enabled: false } });
    await maintainHooks(bench.engine);
    expect(bench.subscribed()).toBe(0);
    expect((await bench.view()).hooks.state).toBe('off');
    expect((await bench.app.request(url, { method: 'POST', body: '{}' })).status).toBe(404);
    await bench.call('PATCH', `/api/v1/connections/${bench.id}`, { key, body: { enabled: true } });
    await maintainHooks(bench.engine);
    expect(bench.subscribed()).toBeGreaterThan(0);
    await bench.call('DELETE', `/api/v1/connections/${bench.id}`, { key });
    expect(bench.subscribed()).toBe(0);
    expect(await store.db.selectFrom('secrets').selectAll().execute()).toEqual([]);
  });

  test('[R41] a restored copy subscribes, renews and withdraws nothing', async () => {
    const bench = await openBench(crm);
    await pauseConnection(store.db, bench.id, { reason: 'restored', at: bench.clock.now() });
    await sql`update connections set enabled = false, settings_version = settings_version + 1`.execute(store.db);
    const before = bench.emulator.calls();
    bench.clock.advance(30 * 86_400_000);
    expect(await maintainHooks(bench.engine)).toBe(0);
    expect(bench.emulator.calls()).toBe(before);
  });
});

describe('keeping subscriptions', () => {
  test('[R61] what ends by itself is renewed well before it ends, for weeks', async () => {
    const bench = await openBench('zoho');
    const { notifications } = bench.emulator as ReturnType<typeof createZohoEmulator>;
    notifications.maxMs = 86_400_000;
    const alive = (): boolean => [...notifications.channels.values()].some((one) => one.expiresAt > bench.clock.now());
    for (let hours = 0; hours < 14 * 24; hours += 4) {
      bench.clock.advance(4 * 3_600_000);
      await maintainHooks(bench.engine);
      expect(alive()).toBe(true);
    }
  });

  test('[R61] a subscription that the vendor threw away is made again the next day', async () => {
    const bench = await openBench('pipedrive');
    const { webhooks } = (bench.emulator as ReturnType<typeof createPipedriveEmulator>).webhooks;
    webhooks.clear();
    bench.clock.advance(86_400_000);
    await maintainHooks(bench.engine);
    expect(webhooks.size).toBe(1);
  });

  test('[R61] fields that are mapped later are told of later, too', async () => {
    const bench = await openBench('hubspot');
    const { subscriptions } = (bench.emulator as ReturnType<typeof createHubSpotEmulator>).webhooks;
    const tells = (name: string): boolean => [...subscriptions.values()].some((one) => one.propertyName === name);
    expect([tells('firstname'), tells('message')]).toEqual([true, false]);
    const key = await bench.keyFor({ role: 'admin' });
    await bench.call('PUT', `/api/v1/connections/${bench.id}/mappings`, {
      key,
      body: { items: [{ kind: 'lead', hub: 'notes', crm: 'message', direction: 'toHub' }] },
    });
    await maintainHooks(bench.engine);
    expect(tells('message')).toBe(true);
  });

  test('[R61] a vendor that refuses is told on the page, and asked again the next day, not every minute', async () => {
    const bench = await openBench('pipedrive');
    await sql`update hook_subscriptions set vendor = null, next_at = 0`.execute(store.db);
    bench.emulator.faults.add({ kind: 'expire', times: 99, path: '/webhooks' });
    await maintainHooks(bench.engine);
    expect((await bench.view()).hooks).toMatchObject({
      state: 'failed',
      error: { kind: 'auth', message: expect.stringContaining('does not accept') },
    });
    const before = bench.emulator.calls();
    bench.clock.advance(3_600_000);
    await maintainHooks(bench.engine);
    expect(bench.emulator.calls()).toBe(before);
  });

  test('[R61] without a public https address nobody is asked to call, and the page says why', async () => {
    const bench = await openBench('pipedrive');
    await sql`update hook_subscriptions set vendor = null, next_at = 0`.execute(store.db);
    (bench.emulator as ReturnType<typeof createPipedriveEmulator>).webhooks.webhooks.clear();
    await maintainHooks({ ...bench.engine, baseUrl: 'http://tandem.internal:4000' });
    expect(bench.subscribed()).toBe(0);
    expect((await bench.view()).hooks).toMatchObject({ state: 'off', error: { code: 'not_reachable' } });
  });

  test('[R61] events that were heard are remembered for days, and then forgotten', async () => {
    const bench = await openBench('pipedrive');
    bench.emulator.world.edit(bench.first, { first_name: 'Augusta' });
    await bench.emulator.hooks.flush();
    await cleanOld(bench.engine);
    expect(await store.db.selectFrom('hook_events').selectAll().execute()).toHaveLength(1);
    bench.clock.advance(4 * 86_400_000);
    await cleanOld(bench.engine);
    expect(await store.db.selectFrom('hook_events').selectAll().execute()).toHaveLength(0);
  });

  test('[R35] a run for a webhook stands for nobody else’s: the schedule still reads the feeds', async () => {
    const bench = await openBench('pipedrive');
    bench.emulator.world.edit(bench.first, { first_name: 'Augusta' });
    await bench.emulator.hooks.flush();
    const asked = await requestRuns(bench.engine, bench.id, {
      mode: 'changes',
      trigger: 'schedule',
      direction: 'toHub',
    });
    expect(asked[0]?.trigger).toBe('schedule');
    expect(await bench.runs()).toHaveLength(1);
  });

  test('the secret of a webhook is in no log line and in no answer to who may not connect', async () => {
    const bench = await openBench('pipedrive');
    const marketing = await bench.keyFor({ role: 'marketing' });
    const { path = '' } = await bench.engine.secrets.load(store.db, `hook:${bench.id}`);
    expect(path).toHaveLength(32);
    expect((await bench.call('GET', `/api/v1/connections/${bench.id}/hooks`, { key: marketing })).status).toBe(403);
    const shown = await (await bench.call('GET', `/api/v1/connections/${bench.id}`, { key: marketing })).text();
    expect(shown).not.toContain(path);
  });
});
