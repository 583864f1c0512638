import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import {
  createSalesforceEmulator,
  type SalesforceEmulator,
} from '../../src/connectors/salesforce/emulator/emulator.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { cleanOld } from '../../src/engine/retention.ts';
import { scheduleDue } from '../../src/engine/worker.ts';
import { eraseContact } from '../../src/hub/privacy/erase-contact.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { deleteContact, saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { ensurePartitions } from '../../src/store/partitions.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describeEachDatabase('the rules of runs', (open) => {
  let clock: TestClock;
  let hubspot: HubSpotEmulator;
  let salesforce: SalesforceEmulator;
  let deps: EngineDeps;
  let id: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    hubspot = createHubSpotEmulator({ clock });
    salesforce = createSalesforceEmulator({ clock, url: () => 'https://sf.test' });
    deps = testDeps(open(), clock, (url, init) =>
      (url.startsWith('https://sf.test') ? salesforce : hubspot).request(url, init),
    );
    id = (
      await createConnection(
        deps,
        {
          name: 'sales',
          crm: 'hubspot',
          enabled: true,
          credentials: { method: 'token', accessToken: hubspot.token },
          export: { enabled: true, minimumScore: 0 },
        },
        'api',
      )
    ).id;
  });
  const connectSalesforce = async (): Promise<string> =>
    (
      await createConnection(
        deps,
        {
          name: 'sf',
          crm: 'salesforce',
          enabled: true,
          credentials: { ...salesforce.credentials, loginUrl: 'https://sf.test' },
          export: { enabled: true, minimumScore: 0 },
        },
        'api',
      )
    ).id;
  const sync = async (request = {}, connection = id) => {
    clock.advance(60_000);
    return syncNow(deps, connection, request);
  };
  const hubEdit = (email: string, fields: Record<string, unknown>) =>
    deps.store.transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const inHub = (email: string) => findContact(deps.store.db, email, 'http://localhost:4000');
  const count = async (from: string, where = 'true'): Promise<number> =>
    (
      await sql<{ n: number }>`select count(*)::int as n from ${sql.ref(from)} where ${sql.raw(where)}`.execute(
        deps.store.db,
      )
    ).rows[0]?.n ?? 0;

  test('[R44] an edit in CRM A reaches CRM B through the hub', async () => {
    const sf = await connectSalesforce();
    const [lead] = salesforce.world.seed(
      [{ email: 'ada@example.com', last_name: 'L', company: 'Acme', city: 'Rome' }],
      'lead',
    );
    await sync({}, sf);
    await sync();
    salesforce.world.edit(lead ?? '', { city: 'Oslo' });
    await sync({}, sf);
    await sync();
    expect(hubspot.world.find('ada@example.com', 1)[0]?.fields['city']).toBe('Oslo');
  });

  test('[R48] a field that goes to and fro three times each way is held and named, the others flow; deciding releases it', async () => {
    const [record] = hubspot.world.seed([{ email: 'tug@example.com', city: 'A', phone: '1' }], 'lead');
    await sync();
    for (let turn = 0; turn < 3; turn += 1) {
      hubspot.world.edit(record ?? '', { city: `crm ${turn}` });
      await sync();
      await hubEdit('tug@example.com', { city: `hub ${turn}` });
      await sync();
    }
    hubspot.world.edit(record ?? '', { city: 'crm again', phone: '2' });
    await sync();
    expect((await inHub('tug@example.com'))?.fields).toMatchObject({ city: 'hub 2', phone: '2' });
    const held = await deps.store.db
      .selectFrom('conflicts')
      .select(['why', 'winner', 'hub_value', 'crm_value'])
      .where('status', '=', 'held')
      .execute();
    expect(held).toEqual([{ why: 'tug_of_war', winner: null, hub_value: 'hub 2', crm_value: 'crm again' }]);
  });

  test('[R48] one side that changes often is no tug of war', async () => {
    const [record] = hubspot.world.seed([{ email: 'busy@example.com', city: 'A' }], 'lead');
    await sync();
    for (let turn = 0; turn < 8; turn += 1) {
      hubspot.world.edit(record ?? '', { city: `crm ${turn}` });
      await sync();
    }
    expect((await inHub('busy@example.com'))?.fields['city']).toBe('crm 7');
  });

  test('[R32] a record that moved since is decided again, just before the write', async () => {
    const [record] = hubspot.world.seed([{ email: 'ada@example.com', city: 'Rome' }], 'lead');
    await sync();
    await hubEdit('ada@example.com', { city: 'Bern' });
    clock.advance(5_000);
    hubspot.world.edit(record ?? '', { city: 'Oslo' });
    await sync({ direction: 'toCrm' });
    expect(hubspot.world.get(record ?? '')?.fields['city']).toBe('Oslo');
    await sync();
    expect((await inHub('ada@example.com'))?.fields['city']).toBe('Oslo');
    expect(await count('conflicts', `why = 'latest' and winner = 'crm'`)).toBe(1);
  });

  test('[R33] a full read that sees less than the CRM counts is a faulty run and says so', async () => {
    hubspot.world.seed([{ email: 'ada@example.com' }, { email: 'bob@example.com' }], 'lead');
    const [good] = await sync({ mode: 'full' });
    expect(good?.status).toBe('succeeded');
    const real = deps.fetch;
    const lying: EngineDeps = {
      ...deps,
      fetch: async (url, init) => {
        const response = await real(url, init);
        if (!url.endsWith('/search') || !String(init.body).includes('"limit":1')) return response;
        return Response.json({ ...((await response.json()) as object), total: 5 });
      },
    };
    clock.advance(60_000);
    const [bad] = await syncNow(lying, id, { mode: 'full' });
    expect(bad).toMatchObject({ status: 'failed', error: { case: 'count_gap' } });
  });

  test('[R34] a connection never takes more than its share of the day, says when it goes on, and goes on from there', async () => {
    const people = Array.from({ length: 900 }, (_, index) => ({ email: `p${index}@example.com` }));
    hubspot.world.seed(people, 'lead');
    await updateConnection(deps, id, { quota: { dailyShare: 0.01 } }, { writtenBy: 'api' });
    await sql`insert into quota_days (account, day, reserved, vendor_limit) values ('hubspot:62515', '2026-11-24', 0, 2000)
      on conflict (account, day) do update set reserved = 0, vendor_limit = 2000`.execute(deps.store.db);
    await sql`update quota_days set reserved = 40`.execute(deps.store.db);
    const [first] = await sync();
    expect(first).toMatchObject({ status: 'paused', pausedReason: 'quota' });
    expect(Number(first?.error?.['resumesAt'])).toBe(Date.UTC(2026, 10, 25));
    clock.advance(DAY_MS);
    await scheduleDue(deps);
    await sync();
    expect(await count('contacts')).toBe(900);
  });

  test('[R34] what is reserved is at most twice what is used, however short a run is', async () => {
    hubspot.world.seed([{ email: 'ada@example.com' }], 'lead');
    const reserved = async (): Promise<number> =>
      (await deps.store.db.selectFrom('quota_days').select('reserved').execute()).reduce(
        (sum, row) => sum + row.reserved,
        0,
      );
    for (let round = 0; round < 3; round += 1) {
      const before = await reserved();
      const calls = (await sync()).reduce((sum, run) => sum + run.apiCalls, 0);
      const now = await reserved();
      expect(calls).toBeGreaterThan(0);
      expect(now - before).toBeGreaterThanOrEqual(calls);
      // Two runs, each of which begins with a slice of two.
      expect(now - before).toBeLessThanOrEqual(2 * calls + 4);
      clock.advance(60_000);
    }
  });

  test('[R35] the next time is stored: a restart doubles no run, and a machine that slept runs once', async () => {
    await scheduleDue(deps);
    await scheduleDue(deps);
    expect(await count('runs', `status = 'queued'`)).toBe(2);
    clock.advance(3 * DAY_MS);
    await scheduleDue(deps);
    await scheduleDue(deps);
    expect(await count('runs', `status = 'queued'`)).toBe(2);
  });

  test('[R36] a new line marks due those whom it can affect, and the run fills what it finds empty', async () => {
    const [record] = hubspot.world.seed([{ email: 'ada@example.com', city: 'Rome' }], 'lead');
    const connection = await sync().then(() =>
      deps.store.db.selectFrom('connections').selectAll().executeTakeFirstOrThrow(),
    );
    const lines = connection.mappings.filter((line) => line.hub !== 'city');
    await updateConnection(deps, id, { mappings: lines }, { writtenBy: 'api' });
    await sync();
    hubspot.world.edit(record ?? '', { city: 'Oslo' });
    await sync();
    expect((await inHub('ada@example.com'))?.fields['city']).toBe('Rome');
    await updateConnection(deps, id, { mappings: connection.mappings }, { writtenBy: 'api' });
    await sync();
    await sync();
    expect((await inHub('ada@example.com'))?.fields['city']).toBe('Oslo');
  });

  test('[R42] switched off, a run ends at its next page, and goes on from there when it is switched on', async () => {
    hubspot.world.seed(
      Array.from({ length: 1_000 }, (_, index) => ({ email: `p${index}@example.com` })),
      'lead',
    );
    let isOff = false;
    const watched: EngineDeps = {
      ...deps,
      checkpoint: (place) => {
        if (place === 'page:after-commit' && !isOff) {
          isOff = true;
          void updateConnection(deps, id, { enabled: false }, { writtenBy: 'api' });
        }
      },
    };
    clock.advance(60_000);
    const [run] = await syncNow(watched, id);
    expect(run?.status).toBe('cancelled');
    const before = await count('contacts');
    expect(before).toBeLessThan(1_000);
    await updateConnection(deps, id, { enabled: true }, { writtenBy: 'api' });
    await sync();
    expect(await count('contacts')).toBe(1_000);
  });

  test('[R49] a field that left the CRM suspends its line only', async () => {
    const [record] = hubspot.world.seed([{ email: 'ada@example.com', city: 'Rome', phone: '1' }], 'lead');
    await sync();
    const city = hubspot.state.properties.get('city');
    hubspot.state.properties.delete('city');
    clock.advance(DAY_MS + 1);
    hubspot.world.edit(record ?? '', { phone: '2' });
    await hubEdit('ada@example.com', { city: 'Bern' });
    const [inn, out] = await sync();
    expect([inn?.status, out?.status]).toEqual(['succeeded', 'succeeded']);
    expect((await inHub('ada@example.com'))?.fields).toMatchObject({ city: 'Bern', phone: '2' });
    if (city !== undefined) hubspot.state.properties.set('city', city);
    clock.advance(DAY_MS + 1);
    await sync({ mode: 'full' });
    expect(hubspot.world.get(record ?? '')?.fields['city']).toBe('Bern');
  });

  test('[R18c] whoever was deleted in the hub comes back by none of their addresses or records', async () => {
    const [first] = hubspot.world.seed([{ email: 'gone@example.com', first_name: 'G' }], 'lead');
    await sync();
    const contact = await inHub('gone@example.com');
    await deps.store.transaction((trx) => deleteContact(trx, contact?.id ?? '', clock.now()));
    hubspot.world.edit(first ?? '', { email: 'other@example.com' });
    await sync();
    await sync({ mode: 'full' });
    expect(await count('contacts')).toBe(0);
  });

  test('[R18] an erased person is brought back by no run, and not even the directory remembers them', async () => {
    hubspot.world.seed([{ email: 'gone@example.com', city: 'Wien' }, { email: 'stays@example.com' }], 'lead');
    await sync();
    const gone = (await inHub('gone@example.com'))?.id ?? '';
    await deps.store.transaction((trx) => eraseContact(trx, gone, clock.now()));
    const [record] = hubspot.world.all().filter((one) => one.fields['email'] === 'gone@example.com');
    hubspot.world.edit(record?.id ?? '', { city: 'Graz' });
    const [toHub] = await sync({ mode: 'full' });
    expect(toHub?.counts).toMatchObject({ seen: 2, filtered: 1, unchanged: 1 });
    expect(await inHub('gone@example.com')).toBeUndefined();
    expect(await count('directory')).toBe(1);
    expect(record?.fields['email']).toBe('gone@example.com');
  });

  test('[R1] whoever comes in from the CRM came by no visit, and a full run afterwards writes nothing', async () => {
    hubspot.world.seed([{ email: 'ada@example.com' }], 'lead');
    await sync();
    expect((await inHub('ada@example.com'))?.fields).toMatchObject({ medium: 'offline', last_medium: 'offline' });
    // The first full run also tells the CRM what travels with other writes only (R23).
    await sync({ mode: 'full' });
    const [toHub, toCrm] = await sync({ mode: 'full' });
    expect([toHub?.counts.updated, toCrm?.counts.updated]).toEqual([0, 0]);
  });

  test('[R18d] an error is never the end of a list: nobody is taken for deleted', async () => {
    hubspot.world.seed([{ email: 'ada@example.com' }], 'lead');
    await sync();
    await hubEdit('ada@example.com', { city: 'Bern' });
    hubspot.faults.add({ kind: 'error', path: '/batch/read', times: 20 });
    await sync();
    hubspot.faults.clear();
    expect(await count('links', `state <> 'active'`)).toBe(0);
    await sync();
    expect(hubspot.world.find('ada@example.com', 1)[0]?.fields['city']).toBe('Bern');
  });

  test('[R9] a value from a list without a date loses at a first meeting, one that a person entered wins', async () => {
    const save = (email: string, by: 'import' | 'person', enteredAt: number | null) =>
      deps.store.transaction((trx) =>
        saveContact(
          trx,
          { fields: { email, city: 'List' }, enteredAt },
          { by, at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
        ),
      );
    hubspot.world.seed(
      [
        { email: 'list@example.com', city: 'Crm' },
        { email: 'typed@example.com', city: 'Crm' },
      ],
      'lead',
    );
    clock.advance(60_000);
    await save('list@example.com', 'import', null);
    await save('typed@example.com', 'person', clock.now());
    await sync();
    expect((await inHub('list@example.com'))?.fields['city']).toBe('Crm');
    expect((await inHub('typed@example.com'))?.fields['city']).toBe('List');
  });

  test('[R39] what is older than the instance keeps is dropped by months, and the rest stays', async () => {
    hubspot.world.seed([{ email: 'ada@example.com' }], 'lead');
    await sync();
    const items = await count('items');
    expect(items).toBeGreaterThan(0);
    expect(await cleanOld(deps)).toEqual({ months: 0, rows: 0 });
    clock.advance(450 * DAY_MS);
    await ensurePartitions(deps.store.db, 'items', [clock.now()]);
    const gone = await cleanOld(deps);
    expect(gone.months).toBeGreaterThan(0);
    expect(gone.rows).toBe(2);
    expect([await count('items'), await count('contacts')]).toEqual([0, 1]);
  });

  test('a connection that is on from its first moment is not run before it has been checked; one whose check failed gets its mapping at the first run', async () => {
    const sf = {
      name: 'sf',
      crm: 'salesforce',
      enabled: true,
      credentials: { ...salesforce.credentials, loginUrl: 'https://sf.test' },
    };
    let calls = 0;
    const watching: EngineDeps = {
      ...deps,
      fetch: async (url, init) => {
        calls += 1;
        await scheduleDue(deps);
        expect(await open().db.selectFrom('runs').select('id').where('connection_name', '=', 'sf').execute()).toEqual(
          [],
        );
        return deps.fetch(url, init);
      },
    };
    const made = await createConnection(watching, sf, 'file');
    expect(calls).toBeGreaterThan(0);
    await scheduleDue(deps);
    expect(
      await open()
        .db.selectFrom('runs')
        .select('status')
        .where('connection_id', '=', made.id)
        .where('direction', '=', 'toHub')
        .execute(),
    ).toEqual([{ status: 'queued' }]);
    await open().db.updateTable('connections').set({ mappings: '[]' }).where('id', '=', made.id).execute();
    salesforce.world.seed(
      [{ email: 'grace@example.com', first_name: 'Grace', last_name: 'Hopper', company: 'Navy' }],
      'lead',
    );
    clock.advance(60_000);
    await syncNow(deps, made.id);
    const grace = await findContact(open().db, 'grace@example.com', '');
    expect(grace?.fields).toMatchObject({ first_name: 'Grace', last_name: 'Hopper' });
  });
});
