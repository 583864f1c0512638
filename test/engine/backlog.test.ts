import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createSalesforceEmulator } from '../../src/connectors/salesforce/emulator/emulator.ts';
import { backlogOf, dismissBacklog } from '../../src/engine/backlog.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { healthOf } from '../../src/engine/health.ts';
import { createField } from '../../src/hub/fields.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const HOUR_MS = 3_600_000;
const BASE = 'http://localhost:4000';
const EMAIL = { kind: 'lead', hub: 'email', crm: 'email', direction: 'both' } as const;
const PHONE = { kind: 'lead', hub: 'phone', crm: 'phone', direction: 'both' } as const;
const BRANCH = { kind: 'lead', hub: 'branch', crm: 'branch', direction: 'both' } as const;
const SCORE = { kind: 'lead', hub: 'score', crm: 'tandem_score', direction: 'toCrm' } as const;

describeEachDatabase('what a change of settings leaves to be done', (open) => {
  let clock: TestClock;
  let crm: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createHubSpotEmulator({ clock });
    deps = testDeps(open(), clock, crm.request);
  });
  const connected = async (settings: object = {}) => {
    const made = await createConnection(
      deps,
      {
        name: 'sales',
        crm: 'hubspot',
        enabled: true,
        credentials: { method: 'token', accessToken: crm.token },
        export: { enabled: true, minimumScore: 30 },
        mappings: [EMAIL],
        ...settings,
      },
      'api',
    );
    id = made.id;
  };
  const sync = async (request = {}) => {
    clock.advance(60_000);
    return syncNow(deps, id, request);
  };
  const save = (patch: object) => updateConnection(deps, id, patch, { writtenBy: 'api' });
  const backlog = async () => backlogOf(deps, await loadConnection(open().db, id));
  const marks = () =>
    open().db.selectFrom('due').select(['side', 'subject', 'backlog']).orderBy('side').orderBy('subject').execute();
  const phoneOf = async (email: string) => (await findContact(open().db, email, BASE))?.fields['phone'];
  const hubEdit = (email: string, fields: Record<string, unknown>) =>
    open().transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const people = (count: number, fields: object = {}) =>
    Array.from({ length: count }, (_, index) => ({ email: `p${index}@example.com`, ...fields }));

  test('[R36] a new line owes a look to every linked record, says how many and what it costs at most, and is done in one round both ways', async () => {
    await connected();
    crm.world.seed(people(30, { phone: '+43 1 234' }), 'lead');
    crm.world.seed([{ email: 'hub@example.com' }], 'lead');
    await sync();
    await sync();
    await hubEdit('hub@example.com', { phone: '+43 9 999' });
    await sync();
    expect(await backlog()).toBe(null);
    await save({ mappings: [EMAIL, PHONE] });
    expect(await backlog()).toMatchObject({ total: 31, done: 0, lines: ['lead:phone:phone'], also: [], calls: 3 });
    const [inn, out] = await sync();
    expect(inn).toMatchObject({ status: 'succeeded', counts: { updated: 30 } });
    expect(out).toMatchObject({ status: 'succeeded', counts: { updated: 1 } });
    expect(await phoneOf('p7@example.com')).toBe('+43 1 234');
    expect(crm.state.holderOf('hub@example.com')?.properties['phone']).toBe('+43 9 999');
    expect(await backlog()).toBe(null);
    // Our own echoes come by, and write nothing.
    expect((await sync()).map((run) => run.counts.updated)).toEqual([0, 0]);
  });

  test('[R36] the health says how far it is while a run is at it, also after one that was cut off', async () => {
    await connected();
    crm.world.seed(people(1_200, { phone: '+43 1 234' }), 'lead');
    await sync();
    // Until nobody is read again because the CRM's index may lag.
    clock.advance(HOUR_MS);
    await sync();
    await save({ mappings: [EMAIL, PHONE] });
    // A thousand looks are one page: ten reads of a hundred. Then the CRM is gone.
    let reads = 0;
    const failing = testDeps(
      open(),
      clock,
      async (url, init) => {
        if (url.includes('/batch/read')) reads += 1;
        return reads > 10 ? new Response('', { status: 401 }) : crm.request(url, init);
      },
      { secrets: deps.secrets },
    );
    clock.advance(HOUR_MS);
    await syncNow(failing, id, { direction: 'toHub' });
    const health = await healthOf(deps, await loadConnection(open().db, id));
    expect(health.backlog).toMatchObject({ total: 1_200, done: 1_000 });
    await sync();
    expect(await backlog()).toBe(null);
    expect(await phoneOf('p1199@example.com')).toBe('+43 1 234');
  });

  test('[R36] a line that only goes out owes those who have something to say; a save that changes nothing owes nobody', async () => {
    await connected();
    crm.world.seed(people(5), 'lead');
    await sync();
    await sync();
    await hubEdit('p3@example.com', { phone: '+43 3' });
    await sync();
    const outward = { ...PHONE, direction: 'toCrm' };
    const saved = await save({ mappings: [EMAIL, outward] });
    const three = await findContact(open().db, 'p3@example.com', BASE);
    expect(await marks()).toEqual([{ side: 'crm', subject: three?.id, backlog: 'plain' }]);
    await sync();
    expect(crm.state.holderOf('p3@example.com')?.properties['phone']).toBe('+43 3');
    await save({ mappings: saved.mappings, conflict: 'hub', schedule: { everyMinutes: 60 } });
    await save({ mappings: [EMAIL, { ...outward, enabled: false }] });
    expect(await marks()).toEqual([]);
    expect(await backlog()).toBe(null);
  });

  test('[R36] a line of the score is written for everybody, although no score moved', async () => {
    await connected();
    crm.world.seed(people(3), 'lead');
    await sync();
    await sync();
    await save({ mappings: [EMAIL, SCORE] });
    expect(await backlog()).toMatchObject({ total: 3 });
    await sync();
    expect(crm.state.holderOf('p1@example.com')?.properties['tandem_score']).toBe('0');
    expect(await backlog()).toBe(null);
  });

  test('[R36] [R12] system fields that may go to contacts from now on are written for everybody; nothing waits once nothing goes out', async () => {
    const score = { ...SCORE, kind: 'contact' };
    const lines = [EMAIL, { ...EMAIL, kind: 'contact' }, score];
    await connected({ import: { leads: true, contacts: true }, mappings: lines });
    crm.world.seed([{ email: 'sold@example.com' }], 'contact');
    await sync();
    await sync();
    expect(crm.state.holderOf('sold@example.com')?.properties['tandem_score'] ?? null).toBe(null);
    await save({ export: { systemFieldsOnContacts: true } });
    expect(await backlog()).toMatchObject({ total: 1, done: 0, lines: ['contact:score:tandem_score'] });
    await save({ export: { enabled: false } });
    expect(await backlog()).toBe(null);
    await save({ export: { enabled: true } });
    await sync();
    expect(crm.state.holderOf('sold@example.com')?.properties['tandem_score']).toBe('0');
    expect(await backlog()).toBe(null);
  });

  test('[R36] a new value table translates anew what agreed, the hub’s value to the CRM; what somebody changed meanwhile is what it would be anyway', async () => {
    await open().transaction((trx) =>
      createField(trx, { key: 'branch', label: 'Branch', type: 'oneOf', options: ['Retail', 'Food'] }, clock.now()),
    );
    const options = { '1': 'Shops', '2': 'Stores', '3': 'Food' };
    crm.state.properties.set('branch', {
      name: 'branch',
      label: 'Branch',
      type: 'enumeration',
      fieldType: 'select',
      hubspotDefined: false,
      options: Object.entries(options).map(([value, label]) => ({ value, label, hidden: false })),
    });
    await connected({ mappings: [EMAIL, { ...BRANCH, values: { Retail: 'Shops' } }] });
    crm.world.seed(people(4, { branch: '1' }), 'lead');
    const [food = ''] = crm.world.seed([{ email: 'food@example.com', branch: '3' }], 'lead');
    await sync();
    await sync();
    const branchOf = (email: string) => crm.state.holderOf(email)?.properties['branch'];
    crm.world.edit(crm.world.find('p2@example.com', 1)[0]?.id ?? '', { branch: '3' });
    await save({ mappings: [EMAIL, { ...BRANCH, values: { Retail: 'Stores' } }] });
    // Food is what it was: nobody looks at it.
    expect(await backlog()).toMatchObject({ total: 4, lines: ['lead:branch:branch'] });
    expect((await marks()).some((mark) => mark.subject === food)).toBe(false);
    await sync();
    await sync();
    expect(branchOf('p0@example.com')).toBe('2');
    expect(branchOf('p2@example.com')).toBe('3');
    expect((await findContact(open().db, 'p2@example.com', BASE))?.fields['branch']).toBe('food');
    expect((await findContact(open().db, 'p0@example.com', BASE))?.fields['branch']).toBe('retail');
    expect(branchOf('food@example.com')).toBe('3');
    expect(await backlog()).toBe(null);
    const quiet = await sync();
    expect(quiet.map((run) => run.counts.updated)).toEqual([0, 0]);
  });

  test('[R36] a lower minimum score owes exactly those whom it lets through', async () => {
    await connected();
    await sync();
    for (const [email, score] of [
      ['low@example.com', 5],
      ['middle@example.com', 20],
      ['high@example.com', 40],
    ] as const) {
      await hubEdit(email, {});
      await sql`update contacts set score = ${score} where email_key = ${email}`.execute(open().db);
    }
    await sync();
    await sql`delete from due`.execute(open().db);
    await save({ export: { minimumScore: 15 } });
    const middle = await findContact(open().db, 'middle@example.com', BASE);
    expect((await marks()).map((mark) => mark.subject)).toEqual([middle?.id]);
    expect(await backlog()).toMatchObject({ total: 1, also: ['score'] });
    await sync();
    expect(crm.state.holderOf('middle@example.com')).toBeDefined();
    expect(crm.state.holderOf('low@example.com')).toBeUndefined();
    expect(await backlog()).toBe(null);
  });

  test('[R36] what comes with a second change joins what is left of the first; dismissing hides the bar and forgets no debt', async () => {
    await connected();
    crm.world.seed(people(3, { phone: '+43 1', city: 'Wien' }), 'lead');
    await sync();
    await save({ mappings: [EMAIL, PHONE] });
    const city = { ...PHONE, hub: 'city', crm: 'city' };
    await save({ mappings: [EMAIL, PHONE, city] });
    expect(await backlog()).toMatchObject({ total: 3, done: 0, lines: ['lead:phone:phone', 'lead:city:city'] });
    await dismissBacklog(deps, id);
    expect(await backlog()).toBe(null);
    await sync();
    expect((await findContact(open().db, 'p1@example.com', BASE))?.fields).toMatchObject({
      phone: '+43 1',
      city: 'Wien',
    });
  });
});

describeEachDatabase('what a change of the filter leaves to be done', (open) => {
  test('[R36] whom a wider filter lets in was never read: a full run is offered, and ends the offer', async () => {
    await emptyStore(open());
    const clock = manualClock(START);
    const crm = createSalesforceEmulator({ clock });
    const deps = testDeps(open(), clock, crm.request);
    crm.world.seed([{ email: 'ada@example.com', last_name: 'A', sync: true }], 'contact');
    crm.world.seed([{ email: 'bob@example.com', last_name: 'B' }], 'contact');
    const contacts = { contacts: true, contactFilter: { enabled: true, field: 'Sync_To_Tandem__c', value: true } };
    const { id } = await createConnection(
      deps,
      {
        name: 'sales',
        crm: 'salesforce',
        enabled: true,
        credentials: { ...crm.credentials, loginUrl: 'https://emulated.my.salesforce.test' },
        import: contacts,
      },
      'api',
    );
    const sync = (request = {}) => {
      clock.advance(600_000);
      return syncNow(deps, id, request);
    };
    const isIn = async (email: string) => (await findContact(open().db, email, BASE)) !== undefined;
    const stateOf = async () => (await open().db.selectFrom('links').select('state').execute()).map((row) => row.state);
    await sync();
    expect([await isIn('ada@example.com'), await isIn('bob@example.com')]).toEqual([true, false]);
    await updateConnection(deps, id, { import: { contactFilter: { enabled: false } } }, { writtenBy: 'api' });
    const backlog = async () => backlogOf(deps, await loadConnection(open().db, id));
    expect(await backlog()).toMatchObject({ also: ['filter'], needsFullRead: true });
    await sync();
    expect(await backlog()).toMatchObject({ needsFullRead: true });
    await sync({ mode: 'full' });
    expect(await isIn('bob@example.com')).toBe(true);
    expect(await backlog()).toBe(null);
    // Unticked: they are looked at, and frozen (R19), without waiting for a change of their own.
    await updateConnection(deps, id, { import: { contacts: false } }, { writtenBy: 'api' });
    expect(await backlog()).toMatchObject({ total: 2, needsFullRead: false });
    await sync();
    expect(await stateOf()).toEqual(['frozen', 'frozen']);
    expect(await backlog()).toBe(null);
  });
});
