import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSalesforceEmulator } from '../../src/connectors/salesforce/emulator/emulator.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, disconnect } from '../../src/engine/connections.ts';
import { EventListeners } from '../../src/engine/event-listeners.ts';
import { hooksOf, maintainHooks } from '../../src/engine/hook-subscriptions.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, testDeps } from '../support/engine.ts';

/** Salesforce calls nobody: its change events are listened to. */
describe('listening to change events', () => {
  let store: Store;
  const open: EventListeners[] = [];
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(() => store.close());
  beforeEach(() => emptyStore(store));
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.stop()));
  });

  async function openBench() {
    const clock = manualClock(START);
    const emulator = createSalesforceEmulator({ clock });
    // A poll that nobody ends is over soon, so that a listener notices that it has to stop.
    emulator.streaming.holdMs = 30;
    const deps = testDeps(store, clock, emulator.request);
    const [first = ''] = emulator.world.seed([{ email: 'ada@example.com', first_name: 'Ada', last_name: 'L' }], 'lead');
    const { id } = await createConnection(
      deps,
      {
        name: 'sf',
        crm: 'salesforce',
        enabled: true,
        authUrl: 'https://emulated.my.salesforce.test',
        credentials: { ...emulator.credentials, loginUrl: 'https://emulated.my.salesforce.test' },
      },
      'api',
    );
    await syncNow(deps, id);
    clock.advance(60_000);
    const worker = () => {
      const listeners = new EventListeners(deps);
      open.push(listeners);
      return listeners;
    };
    const view = async () => hooksOf(deps, await loadConnection(store.db, id));
    const listening = () => until(async () => (await view()).state === 'live' && emulator.streaming.listeners() > 0);
    const owed = async () =>
      (await store.db.selectFrom('due').select('subject').where('side', '=', 'hub').execute()).length;
    const contact = async () =>
      (await store.db.selectFrom('contacts').select('fields').where('email', '=', 'ada@example.com').executeTakeFirst())
        ?.fields;
    const position = async () =>
      JSON.stringify(
        (await store.db.selectFrom('hook_subscriptions').select('vendor').executeTakeFirst())?.vendor ?? null,
      );
    return { clock, emulator, deps, id, first, worker, view, listening, owed, contact, position };
  }

  test('[R61] an edit in Salesforce is in the hub after its event, without a public address and without the schedule', async () => {
    const bench = await openBench();
    await maintainHooks(bench.deps, bench.worker());
    await bench.listening();
    bench.emulator.world.edit(bench.first, { first_name: 'Augusta' });
    await until(async () => (await bench.owed()) > 0);
    await drainConnection(bench.deps, bench.id, 'test');
    expect(await bench.contact()).toMatchObject({ first_name: 'Augusta' });
    const runs = await store.db
      .selectFrom('runs')
      .select(['trigger', 'api_calls'])
      .where('trigger', '=', 'webhook')
      .execute();
    expect(runs).toEqual([{ trigger: 'webhook', api_calls: 1 }]);
    expect((await bench.view()).lastEventAt).not.toBeNull();
  });

  test('[R61] what we wrote ourselves is not looked at, a deletion only brings the poll forward', async () => {
    const bench = await openBench();
    await maintainHooks(bench.deps, bench.worker());
    await bench.listening();
    const before = await bench.position();
    const token = (await (
      await bench.emulator.request('https://emulated.my.salesforce.test/services/oauth2/token', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&client_id=emulated-client&client_secret=emulated-secret',
      })
    ).json()) as { access_token: string };
    const written = await bench.emulator.request(
      `https://emulated.my.salesforce.test/services/data/v67.0/composite/sobjects`,
      {
        method: 'PATCH',
        headers: { authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          allOrNone: false,
          records: [{ attributes: { type: 'Lead' }, id: bench.first, City: 'Wien' }],
        }),
      },
    );
    expect(written.status).toBe(200);
    await until(async () => (await bench.position()) !== before);
    expect(await bench.owed()).toBe(0);
    const heard = await bench.position();
    bench.emulator.world.remove(bench.first);
    await until(async () => (await bench.position()) !== heard);
    expect(await bench.owed()).toBe(0);
    const due = (await loadConnection(store.db, bench.id)).nextDueAt ?? 0;
    expect(due).toBeLessThanOrEqual(bench.clock.now() + 5 * 60_000);
  });

  test('[R61] what happened while nobody listened is heard afterwards, and after a restart of the server too', async () => {
    const bench = await openBench();
    const first = bench.worker();
    await maintainHooks(bench.deps, first);
    await bench.listening();
    bench.emulator.world.edit(bench.first, { first_name: 'One' });
    await until(async () => (await bench.owed()) > 0);
    await drainConnection(bench.deps, bench.id, 'test');
    await first.stop();
    bench.emulator.world.edit(bench.first, { first_name: 'Two' });
    await maintainHooks(bench.deps, bench.worker());
    await until(async () => (await bench.owed()) > 0);
    await drainConnection(bench.deps, bench.id, 'test');
    expect(await bench.contact()).toMatchObject({ first_name: 'Two' });
    bench.emulator.streaming.restart();
    bench.emulator.world.edit(bench.first, { first_name: 'Three' });
    await until(async () => {
      bench.clock.advance(1_000);
      await maintainHooks(bench.deps, open.at(-1));
      return (await bench.owed()) > 0;
    });
    expect((await bench.view()).state).toBe('live');
  });

  test('[R61] of two workers one listens; when it stops, the other takes over at once; when it dies, after minutes', async () => {
    const bench = await openBench();
    const [a, b] = [bench.worker(), bench.worker()];
    await maintainHooks(bench.deps, a);
    await bench.listening();
    expect(await maintainHooks(bench.deps, b)).toBe(0);
    await a.stop();
    expect(await maintainHooks(bench.deps, b)).toBe(1);
    await bench.listening();
    // A worker that died says nothing more; its claim runs out.
    await b.stop();
    await sql`update hook_subscriptions set next_at = ${bench.clock.now() + 300_000}`.execute(store.db);
    bench.clock.advance(299_000);
    expect(await maintainHooks(bench.deps, a)).toBe(0);
    bench.clock.advance(2_000);
    expect(await maintainHooks(bench.deps, a)).toBe(1);
  });

  test('[R61] where events are not allowed the page says so, and it is asked again after a check or the next day', async () => {
    const bench = await openBench();
    bench.emulator.streaming.isDenied = true;
    await maintainHooks(bench.deps, bench.worker());
    await until(async () => (await bench.view()).state === 'failed');
    expect((await bench.view()).error).toMatchObject({ case: 'events_denied' });
    bench.clock.advance(3_600_000);
    expect(await maintainHooks(bench.deps, open.at(-1))).toBe(0);
    bench.emulator.streaming.isDenied = false;
    bench.clock.advance(86_400_000);
    await maintainHooks(bench.deps, open.at(-1));
    await bench.listening();
  });

  test('[R42] [R61] a session that ends is renewed, and a connection that is gone is listened to no longer', async () => {
    const bench = await openBench();
    const listeners = bench.worker();
    await maintainHooks(bench.deps, listeners);
    await bench.listening();
    bench.emulator.oauth.expire();
    await until(async () => {
      bench.clock.advance(1_000);
      await maintainHooks(bench.deps, listeners);
      return (await bench.view()).state === 'live' && bench.emulator.streaming.handshakes > 1;
    });
    await disconnect(bench.deps, bench.id);
    bench.emulator.streaming.release();
    await listeners.stop();
    const calls = bench.emulator.calls();
    bench.clock.advance(86_400_000);
    expect(await maintainHooks(bench.deps, listeners)).toBe(0);
    expect(bench.emulator.calls()).toBe(calls);
  });
});

/** Awaits a condition, not a time. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
  throw new Error('it never came true');
}
