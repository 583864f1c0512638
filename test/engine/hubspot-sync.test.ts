import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const BASE = 'http://localhost:4000';

describeEachDatabase('a connection to HubSpot', (open) => {
  let clock: TestClock;
  let crm: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createHubSpotEmulator({ clock });
    deps = testDeps(open(), clock, crm.request);
    const connection = await createConnection(
      deps,
      {
        name: 'sales',
        crm: 'hubspot',
        enabled: true,
        credentials: { method: 'token', accessToken: crm.token },
        export: { enabled: true, minimumScore: 0 },
      },
      'api',
    );
    id = connection.id;
    expect(connection).toMatchObject({ accountId: '62515', lastError: null });
    expect(connection.mappings.map((line) => line.crm)).toContain('tandem_url');
  });
  const sync = async (request = {}) => {
    clock.advance(60_000);
    return syncNow(deps, id, request);
  };
  const hubEdit = (email: string, fields: Record<string, unknown>) =>
    deps.store.transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );

  test('[R11] leads come in, contacts only when their box is ticked, and the counts add up [R43]', async () => {
    crm.world.seed([{ email: 'Ada@example.com', first_name: 'Ada', phone: '1' }, { first_name: 'Nobody' }], 'lead');
    crm.world.seed([{ email: 'carl@example.com' }], 'contact');
    const [toHub, toCrm] = await sync();
    expect(toHub).toMatchObject({
      status: 'succeeded',
      counts: { seen: 3, created: 1, rejected: 1, filtered: 1, unchanged: 0 },
    });
    expect(toCrm).toMatchObject({ status: 'succeeded', counts: { seen: 0 } });
    expect(await findContact(deps.store.db, 'ada@example.com', BASE)).toMatchObject({
      fields: { first_name: 'Ada', phone: '1' },
    });
  });

  test('[R1] an echo of our own write is no change: a further run writes nothing', async () => {
    await hubEdit('new@example.com', { first_name: 'New', city: 'Paris' });
    const [, out] = await sync();
    expect(out).toMatchObject({ status: 'succeeded', counts: { created: 1 } });
    const [record] = crm.world.find('new@example.com', 1);
    expect(record?.fields).toMatchObject({ first_name: 'New', city: 'Paris' });
    expect(record?.raw['tandem_url']).toMatch(/\/contacts\/ct_/);
    await sync();
    const [inn, again] = await sync();
    expect(inn).toMatchObject({ counts: { created: 0, updated: 0 } });
    expect(again).toMatchObject({ counts: { seen: 0 } });
    expect((inn?.apiCalls ?? 9) + (again?.apiCalls ?? 9)).toBeLessThanOrEqual(2);
  });

  test('[R4] different fields changed on both sides both survive; the same field goes to the later one, and is kept as a conflict', async () => {
    const [recordId] = crm.world.seed(
      [{ email: 'ada@example.com', first_name: 'Ada', phone: '1', city: 'Rome' }],
      'lead',
    );
    await sync();
    clock.advance(1_000);
    crm.world.edit(recordId ?? '', { phone: '2', city: 'Oslo' });
    clock.advance(1_000);
    await hubEdit('ada@example.com', { city: 'Bern', job_title: 'Countess' });
    const [toHub, toCrm] = await sync();
    expect(toHub).toMatchObject({ counts: { updated: 1 } });
    expect(toCrm).toMatchObject({ counts: { updated: 1, conflicts: 1 } });
    expect((await findContact(deps.store.db, 'ada@example.com', BASE))?.fields).toMatchObject({
      phone: '2',
      city: 'Bern',
      job_title: 'Countess',
    });
    expect(crm.world.get(recordId ?? '')?.fields).toMatchObject({ phone: '2', city: 'Bern', job_title: 'Countess' });
    const conflicts = await deps.store.db
      .selectFrom('conflicts')
      .select(['hub_value', 'crm_value', 'winner', 'why'])
      .execute();
    expect(conflicts).toEqual([{ hub_value: 'Bern', crm_value: 'Oslo', winner: 'hub', why: 'latest' }]);
  });

  test('[R13] somebody who is in the CRM already is linked, not doubled', async () => {
    crm.world.seed([{ email: 'carl@example.com', first_name: 'Carl' }], 'contact');
    const [recordId] = crm.world.seed([{ email: 'lea@example.com', last_name: 'L' }], 'lead');
    await hubEdit('carl@example.com', { phone: '5' });
    await hubEdit('lea@example.com', { phone: '6' });
    const [, out] = await sync({ direction: undefined });
    expect(crm.world.all()).toHaveLength(2);
    expect(crm.world.get(recordId ?? '')?.fields['phone']).toBe('6');
    expect(out?.counts.created).toBe(0);
  });

  test('[R15b] one bad value is rejected by field, the others are written; one poison record holds nobody up [R17]', async () => {
    crm.state.properties.set('grade', {
      name: 'grade',
      label: 'Grade',
      type: 'number',
      fieldType: 'number',
      hubspotDefined: false,
    });
    crm.state.maxLengths.set('city', 5);
    for (let index = 0; index < 5; index += 1)
      await hubEdit(`p${index}@example.com`, { city: index === 3 ? 'Philadelphia' : 'Bonn', first_name: 'P' });
    const [, out] = await sync();
    expect(out).toMatchObject({ counts: { created: 5 } });
    const found = await deps.store.db
      .selectFrom('rejections')
      .select(['email', 'field', 'reason'])
      .where('resolved_at', 'is', null)
      .execute();
    expect(found).toEqual([{ email: 'p3@example.com', field: 'city', reason: 'too_long' }]);
  });

  test('[R18] deleted in the CRM: the contact stays, marked, and is not created again', async () => {
    const [recordId] = crm.world.seed([{ email: 'vera@example.com' }], 'lead');
    await sync();
    crm.world.remove(recordId ?? '');
    const [toHub] = await sync();
    expect(toHub).toMatchObject({ counts: { updated: 1 } });
    await hubEdit('vera@example.com', { city: 'Lyon' });
    await sync();
    expect(crm.world.all()).toHaveLength(0);
    expect(await findContact(deps.store.db, 'vera@example.com', BASE)).toBeDefined();
  });

  test('[R18b] two CRM records become one: the link follows', async () => {
    const [a, b] = crm.world.seed(
      [{ email: 'max@example.com', first_name: 'Max' }, { email: 'maxi@example.com' }],
      'lead',
    );
    await sync();
    const merged = crm.world.merge(a ?? '', b ?? '');
    clock.advance(60_000);
    await sync();
    const links = await deps.store.db
      .selectFrom('links')
      .select(['crm_id', 'role'])
      .where('role', '=', 'primary')
      .execute();
    expect(links.filter((link) => link.crm_id === merged)).toHaveLength(1);
    crm.world.edit(merged, { city: 'Graz' });
    await sync();
    await sync();
    const people = await Promise.all(
      ['max@example.com', 'maxi@example.com'].map((email) => findContact(deps.store.db, email, BASE)),
    );
    expect(people.map((person) => person?.fields['city'])).toContain('Graz');
  });

  test('[R31] [R31c] an answer lost after the write makes nobody twice', async () => {
    await hubEdit('lost@example.com', { first_name: 'Lost' });
    crm.faults.add({ kind: 'drop', path: '/batch/create' });
    const [, out] = await sync();
    expect(out).toMatchObject({ counts: { created: 0, deferred: 1 } });
    await sync();
    await sync();
    expect(crm.world.all()).toHaveLength(1);
    const links = await deps.store.db.selectFrom('links').select(['role', 'state']).execute();
    expect(links).toEqual([{ role: 'primary', state: 'active' }]);
    expect(await deps.store.db.selectFrom('intents').selectAll().execute()).toEqual([]);
  });

  test('[R37] a preview counts what the run then does, and writes nothing', async () => {
    crm.world.seed([{ email: 'a@example.com' }, { email: 'b@example.com' }, {}], 'lead');
    const [plan] = await sync({ dryRun: true, mode: 'full' });
    expect(plan).toMatchObject({ status: 'succeeded', dryRun: true, counts: { created: 2, rejected: 1 } });
    expect(await deps.store.db.selectFrom('contacts').selectAll().execute()).toEqual([]);
    const [run] = await sync({ mode: 'full' });
    expect(run?.counts).toMatchObject({ created: 2, rejected: 1 });
  });

  test('[C16] throttled, in trouble, expired: the run ends and nothing is lost', async () => {
    crm.world.seed(
      Array.from({ length: 450 }, (_, index) => ({ email: `t${index}@example.com` })),
      'lead',
    );
    crm.faults.add({ kind: 'throttle', times: 1 });
    crm.faults.add({ kind: 'error', times: 2, path: '/search' });
    const [toHub] = await sync();
    expect(toHub).toMatchObject({ status: 'succeeded', counts: { created: 450 } });
  });
});
