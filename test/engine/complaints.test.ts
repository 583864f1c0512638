import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SalesforceEmulator } from '../../src/connectors/salesforce/emulator/emulator.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { healthOf } from '../../src/engine/health.ts';
import { whyContact } from '../../src/engine/why.ts';
import { drainConnection, scheduleDue } from '../../src/engine/worker.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { type EmulatedCrm, fetchOf, openCrm } from '../support/crms.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

/**
 * What users of comparable products complain of, where no other test would notice it here. `docs/complaints.md` says
 * which complaint each of these answers.
 */
let store: Store;
let clock: TestClock;
let crm: EmulatedCrm;
let deps: EngineDeps;
let id: string;
/** Answers in the CRM's place; null: the CRM answers. */
let answer: (url: URL) => Response | null;
/** Calls that write to HubSpot or Salesforce. */
let writes: string[];
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

async function connectTo(name: string, settings: object = {}): Promise<void> {
  clock = manualClock(START);
  crm = openCrm(name, { clock });
  answer = () => null;
  writes = [];
  const real = fetchOf([crm]);
  deps = testDeps(store, clock, async (url, init) => {
    const at = new URL(url);
    if (/^DELETE |\/batch\/(create|update|archive)$|\/composite\/sobjects$/.test(`${init.method} ${at.pathname}`))
      writes.push(`${init.method} ${at.pathname}`);
    return answer(at) ?? real(url, init);
  });
  const input = { name, crm: name, enabled: true, export: { enabled: true, minimumScore: 0 }, ...crm.settings };
  id = (await createConnection(deps, { ...input, ...settings }, 'api')).id;
}
const sync = async (request = {}) => {
  clock.advance(600_000);
  return syncNow(deps, id, request);
};
const seed = (...people: Record<string, string>[]) =>
  crm.emulator.world.seed(
    people.map((one) => ({ last_name: 'L', company: 'Acme', ...one })),
    'lead',
  );
const save = (fields: Record<string, unknown>, contact?: string) =>
  store.transaction((trx) =>
    saveContact(
      trx,
      { fields, ...(contact === undefined ? {} : { id: contact }) },
      { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
    ),
  );
const inHub = (email: string) => findContact(store.db, email, deps.baseUrl);
const record = (crmId: string | undefined) => crm.emulator.world.get(crmId ?? '');
const alive = () => crm.emulator.world.all().filter((one) => !one.deleted);
const hubAddresses = async () =>
  (await store.db.selectFrom('contacts').select('email').orderBy('email').execute()).map((row) => row.email);
const openRejections = () =>
  store.db.selectFrom('rejections').select(['email', 'reason']).where('resolved_at', 'is', null).execute();
const count = async (from: string, where = 'true'): Promise<number> =>
  (await sql<{ n: number }>`select count(*)::int as n from ${sql.ref(from)} where ${sql.raw(where)}`.execute(store.db))
    .rows[0]?.n ?? 0;

test.each(['hubspot', 'salesforce'])(
  '[R10] %s: an address that is changed on either side stays one person: no second contact, no second record',
  async (name) => {
    await connectTo(name);
    const [lead] = seed({ email: 'old@example.com' });
    await sync();
    crm.emulator.world.edit(lead ?? '', { email: 'new@example.com' });
    await sync();
    await sync();
    expect(await hubAddresses()).toEqual(['new@example.com']);
    await save({ email: 'newest@example.com' }, (await inHub('new@example.com'))?.id);
    await sync();
    await sync({ mode: 'full' });
    expect(await hubAddresses()).toEqual(['newest@example.com']);
    expect(alive().map((one) => [one.id, one.fields['email']])).toEqual([[lead, 'newest@example.com']]);
  },
);

test.each(['hubspot', 'salesforce'])(
  '[R31c] [R13] %s: where links are lost, each record is found again by its way back to us or by its address, and nobody is there twice',
  async (name) => {
    await connectTo(name);
    for (const email of ['back@example.com', 'same@example.com'])
      await save({ email, last_name: 'L', company: 'Acme', city: 'Rome' });
    await sync();
    await sync();
    expect(alive()).toHaveLength(2);
    const before = alive().map((one) => one.id);
    await store.db.deleteFrom('links').execute();
    await store.db.deleteFrom('directory').execute();
    // Only the way back leads from this one to its contact.
    const moved = alive().find((one) => one.fields['email'] === 'back@example.com')?.id ?? '';
    crm.emulator.world.edit(moved, { email: 'moved@example.com' });
    for (const email of ['back@example.com', 'same@example.com']) await save({ email, phone: '+39 06 1' });
    await sync();
    await sync();
    expect(alive().map((one) => [one.id, one.fields['phone']])).toEqual(before.map((one) => [one, '+39 06 1']));
    expect([await count('contacts'), await count('links', `state = 'active' and role = 'primary'`)]).toEqual([2, 2]);
  },
);

test('[R10b] a record whose address is no address is named once and makes nobody, however often it is read', async () => {
  await connectTo('hubspot');
  const [bad] = seed({ email: 'ada at example' });
  for (let runs = 0; runs < 3; runs += 1) await sync({ mode: 'full' });
  expect([await hubAddresses(), await openRejections()]).toEqual([
    [],
    [{ email: 'ada at example', reason: 'invalid_email' }],
  ]);
  crm.emulator.world.edit(bad ?? '', { email: 'ada@example.com' });
  await sync();
  await sync({ mode: 'full' });
  expect([await hubAddresses(), await openRejections(), alive().length]).toEqual([['ada@example.com'], [], 1]);
});

test('[R1] [R31] full synchronisations between edits make no second contact and no second record', async () => {
  await connectTo('salesforce');
  const [lead] = seed({ email: 'crm@example.com' });
  await save({ email: 'hub@example.com', last_name: 'L', company: 'Acme' });
  for (let turn = 0; turn < 3; turn += 1) {
    await sync({ mode: 'full' });
    crm.emulator.world.edit(lead ?? '', { city: `crm ${turn}` });
    await save({ email: 'hub@example.com', city: `hub ${turn}` });
  }
  await sync({ mode: 'full' });
  expect(await hubAddresses()).toEqual(['crm@example.com', 'hub@example.com']);
  expect(alive().map((one) => one.fields['city'])).toEqual(['crm 2', 'hub 2']);
});

test('[R14] of two records with one address one alone is in step: what is changed on the other mixes into nothing', async () => {
  await connectTo('salesforce');
  const [father, daughter] = seed(
    { email: 'family@example.com', first_name: 'Karl', last_name: 'Berg', city: 'Rome' },
    { email: 'family@example.com', first_name: 'Lisa', last_name: 'Berg', city: 'Bari' },
  );
  await sync();
  expect(await openRejections()).toEqual([{ email: 'family@example.com', reason: 'shared_email' }]);
  const primary = await store.db
    .selectFrom('links')
    .select('crm_id')
    .where('role', '=', 'primary')
    .executeTakeFirstOrThrow();
  const [kept, other] = primary.crm_id === father ? [father, daughter] : [daughter, father];
  const before = record(other)?.fields;
  // The other one changes last, again and again; a full run reads both.
  for (const city of ['Turin', 'Milan']) {
    crm.emulator.world.edit(kept ?? '', { city: `${city} West` });
    clock.advance(60_000);
    crm.emulator.world.edit(other ?? '', { city });
    await sync();
    await sync({ mode: 'full' });
    expect((await inHub('family@example.com'))?.fields).toMatchObject({
      first_name: record(kept)?.fields['first_name'],
      city: `${city} West`,
    });
  }
  await save({ email: 'family@example.com', phone: '+39 06 1', city: 'Pisa' });
  await sync();
  expect(record(kept)?.fields).toMatchObject({ phone: '+39 06 1', city: 'Pisa' });
  expect(record(other)?.fields).toEqual({ ...before, city: 'Milan' });
});

test('[R13] [R1] two contacts whose addresses stand on one record do not pull it to and fro: the linked one speaks for it, then all is quiet', async () => {
  await connectTo('hubspot');
  const [a, b] = seed({ email: 'ann@example.com' }, { email: 'ann@work.example' });
  const one = crm.emulator.world.merge(a ?? '', b ?? '');
  for (const [email, city] of [
    ['ann@example.com', 'Rome'],
    ['ann@work.example', 'Oslo'],
  ] as const)
    await save({ email, city });
  for (let runs = 0; runs < 3; runs += 1) await sync();
  const linked = await store.db
    .selectFrom('links')
    .innerJoin('contacts', 'contacts.id', 'links.contact_id')
    .select('contacts.fields')
    .where('links.role', '=', 'primary')
    .execute();
  expect(linked.map((row) => row.fields['city'])).toEqual([record(one)?.fields['city']]);
  writes = [];
  const [inn, out] = await sync();
  expect([inn?.counts.updated, out?.counts.updated, writes]).toEqual([0, 0, []]);
});

test('[R1] [R43] a record that the CRM’s own automation touches again and again is unchanged, and sends nobody anywhere', async () => {
  await connectTo('salesforce');
  const [lead] = seed({ email: 'ada@example.com', city: 'Rome' });
  await sync();
  await sync();
  writes = [];
  for (let turn = 0; turn < 3; turn += 1) {
    crm.emulator.world.edit(lead ?? '', { city: 'Rome' });
    const touched = record(lead)?.modifiedAt;
    const [inn, out] = await sync();
    expect([inn?.counts, out?.counts]).toMatchObject([{ updated: 0 }, { seen: 0 }]);
    expect(record(lead)?.modifiedAt).toBe(touched);
  }
  expect([writes, await count('due')]).toEqual([[], 0]);
});

test('[R20b] [R5] what is written where the CRM demands a value never overwrites one that is there', async () => {
  await connectTo('salesforce');
  const { mappings } = await store.db.selectFrom('connections').select('mappings').executeTakeFirstOrThrow();
  const withDefault = mappings.map((line) => (line.hub === 'company' ? { ...line, default: 'Unknown' } : line));
  await updateConnection(deps, id, { mappings: withDefault }, { writtenBy: 'api' });
  const [lead] = seed({ email: 'ada@example.com', company: 'Engines' });
  await save({ email: 'ada@example.com', city: 'Rome', last_name: 'L' });
  await save({ email: 'bob@example.com', last_name: 'B' });
  await sync({ direction: 'toCrm' });
  await sync();
  await save({ email: 'ada@example.com', city: 'Oslo' });
  await sync();
  expect(record(lead)?.fields).toMatchObject({ company: 'Engines', city: 'Oslo' });
  expect((await inHub('ada@example.com'))?.fields['company']).toBe('Engines');
  // Demanded of somebody new, it is given, and stands for empty here.
  expect(alive().find((one) => one.fields['email'] === 'bob@example.com')?.fields['company']).toBe('Unknown');
  expect((await inHub('bob@example.com'))?.fields['company'] ?? null).toBeNull();
});

test.each(['hubspot', 'salesforce'])(
  '[R6] %s: what is cleared on one side is cleared on the other, and does not come back',
  async (name) => {
    await connectTo(name);
    const [lead] = seed({ email: 'ada@example.com', city: 'Rome', phone: '+39 06 1' });
    await sync();
    await sync();
    crm.emulator.world.edit(lead ?? '', { city: null });
    await save({ email: 'ada@example.com', phone: null });
    for (let runs = 0; runs < 3; runs += 1) await sync({ mode: runs === 1 ? 'full' : 'changes' });
    const fields = (await inHub('ada@example.com'))?.fields;
    expect([fields?.['city'] ?? null, fields?.['phone'] ?? null]).toEqual([null, null]);
    expect([record(lead)?.fields['city'], record(lead)?.fields['phone']]).toEqual([null, null]);
  },
);

test('[R15b] whom the CRM refuses for good is sent once, stands once in To fix, and is sent again when something changed', async () => {
  await connectTo('salesforce');
  const { state } = crm.emulator as SalesforceEmulator;
  state.validation = (_object, row) => (row['LastName'] === 'Test' ? 'Surname may not be Test' : null);
  await save({ email: 'bad@example.com', last_name: 'Test', company: 'Acme' });
  await save({ email: 'good@example.com', last_name: 'Good', company: 'Acme' });
  const [, out] = await sync();
  expect(out?.counts).toMatchObject({ created: 1, rejected: 1 });
  await sync();
  writes = [];
  for (let runs = 0; runs < 3; runs += 1) await sync({ mode: runs === 1 ? 'full' : 'changes' });
  expect([writes, (await openRejections()).length]).toEqual([[], 1]);
  await save({ email: 'bad@example.com', last_name: 'Better' });
  await sync();
  expect([alive().length, await openRejections()]).toEqual([2, []]);
});

test('[R34] the CRM’s own limit of the day ends the run cleanly, says when it goes on, and the rest is done then', async () => {
  await connectTo('hubspot');
  crm.emulator.world.seed(
    Array.from({ length: 450 }, (_, index) => ({ email: `p${index}@example.com` })),
    'lead',
  );
  let calls = 0;
  answer = ({ pathname }) => {
    if (!pathname.includes('/contacts')) return null;
    calls += 1;
    const body = { status: 'error', errorType: 'RATE_LIMIT', policyName: 'DAILY', message: 'daily limit' };
    return calls > 2 ? Response.json(body, { status: 429 }) : null;
  };
  const [run] = await sync();
  expect(run).toMatchObject({ status: 'paused', pausedReason: 'quota' });
  const resumesAt = Number(run?.error?.['resumesAt']);
  expect(resumesAt).toBeGreaterThan(clock.now());
  expect(resumesAt).toBeLessThanOrEqual(clock.now() + 24 * 60 * 60 * 1000);
  const came = await count('contacts');
  expect(came).toBeGreaterThan(0);
  await scheduleDue(deps);
  expect(await count('connections', `paused_reason = 'quota'`)).toBe(1);
  answer = () => null;
  clock.advance(resumesAt - clock.now());
  await scheduleDue(deps);
  await sync();
  expect([came < 450, await count('contacts')]).toEqual([true, 450]);
});

test('[R11] [R19] a filter that lets nobody in freezes people: nobody is deleted on either side, and deletions of theirs are still seen', async () => {
  await connectTo('salesforce', { import: { leads: true, contacts: true } });
  const ids = crm.emulator.world.seed(
    Array.from({ length: 40 }, (_, index) => ({ email: `c${index}@example.com`, last_name: 'C' })),
    'contact',
  );
  await sync();
  expect(await hubAddresses()).toHaveLength(40);
  writes = [];
  // The sync field is ticked nowhere.
  const contactFilter = { enabled: true, field: 'Sync_To_Tandem__c' };
  await updateConnection(deps, id, { import: { contactFilter } }, { writtenBy: 'api' });
  await sync({ mode: 'full' });
  await sync();
  expect([(await hubAddresses()).length, alive().length, writes]).toEqual([40, 40, []]);
  expect(await count('links', `state = 'frozen'`)).toBe(40);
  crm.emulator.world.remove(ids[7] ?? '');
  await sync();
  expect(await count('links', `state = 'deleted' and crm_id = '${ids[7]}'`)).toBe(1);
  expect(await hubAddresses()).toHaveLength(40);
});

test('whoever is in the hub is in the CRM or is told why not, one by one', async () => {
  await connectTo('salesforce');
  await save({ email: 'linked@example.com', last_name: 'L', company: 'Acme' });
  await save({ email: 'refused@example.com', last_name: 'R' });
  await sync();
  await updateConnection(deps, id, { export: { minimumScore: 20 } }, { writtenBy: 'api' });
  await save({ email: 'low@example.com', last_name: 'L', company: 'Acme' });
  await sync();
  const told: Record<string, readonly string[]> = {};
  for (const email of await hubAddresses()) {
    const gates = await whyContact(deps, (await inHub(email))?.id ?? '', id);
    told[email] = gates.filter((gate) => !gate.passed).map((gate) => gate.gate);
    // Each has what would let the person through.
    for (const gate of gates) expect([email, gate.gate, gate.fix !== null]).toEqual([email, gate.gate, !gate.passed]);
  }
  expect(told).toEqual({
    'linked@example.com': [],
    'low@example.com': ['score'],
    'refused@example.com': ['score', 'rejected'],
  });
  expect(alive().map((one) => one.fields['email'])).toEqual(['linked@example.com']);
});

test('[R17] rows that cannot come in are named and hold nobody up, in the run that meets them and in those after it', async () => {
  await connectTo('hubspot');
  seed({ email: 'no address' }, { first_name: 'Nobody' }, { email: 'ada@example.com', city: 'Rome' });
  const [first] = await sync();
  expect(first).toMatchObject({ status: 'succeeded', counts: { seen: 3, created: 1, rejected: 2 } });
  const [ada] = crm.emulator.world.find('ada@example.com', 1);
  for (const city of ['Oslo', 'Bern']) {
    crm.emulator.world.edit(ada?.id ?? '', { city });
    seed({ email: `new-${city}@example.com` });
    expect((await sync())[0]).toMatchObject({ status: 'succeeded', counts: { created: 1, updated: 1 } });
    expect((await inHub('ada@example.com'))?.fields['city']).toBe(city);
  }
  expect(await openRejections()).toHaveLength(2);
});

test('[R35] a synchronisation whose time has passed and that nothing takes up is red, and says so', async () => {
  await connectTo('hubspot');
  await scheduleDue(deps);
  await drainConnection(deps, id, 'test');
  const health = async () => healthOf(deps, await loadConnection(store.db, id));
  expect(await health()).toMatchObject({ light: 'green', why: null });
  const due = (await health()).nextRunAt ?? 0;
  clock.advance(due - clock.now() + 60_000);
  expect(await health()).toMatchObject({ light: 'green' });
  // Nobody looks at the schedule any more.
  clock.advance(10 * 60_000);
  expect(await health()).toMatchObject({ light: 'red', why: 'overdue', whyParams: { dueAt: due } });
  // Somebody looks, but nobody does what is asked for.
  await scheduleDue(deps);
  const asked = clock.now();
  expect(await health()).toMatchObject({ light: 'green' });
  clock.advance(11 * 60_000);
  expect(await health()).toMatchObject({ light: 'red', why: 'overdue', whyParams: { dueAt: asked } });
  await drainConnection(deps, id, 'test');
  expect(await health()).toMatchObject({ light: 'green', why: null });
  await updateConnection(deps, id, { enabled: false }, { writtenBy: 'api' });
  clock.advance(24 * 60 * 60_000);
  expect(await health()).toMatchObject({ light: 'grey', why: 'off' });
});

test.each(['pipedrive', 'salesforce', 'zoho', 'zendesk-sell', 'sap-c4c'])(
  '[R25] %s: whom a rep moves to another company, touching nothing else, belongs to it here',
  async (name) => {
    const hasContacts = name !== 'pipedrive';
    await connectTo(name, hasContacts ? { import: { contacts: true, contactFilter: { enabled: false } } } : {});
    const person = { email: 'ada@example.com', last_name: 'L', company: 'Acme' };
    const [ada] = crm.emulator.world.seed([person], hasContacts ? 'contact' : 'lead');
    await sync();
    await sync();
    expect((await inHub('ada@example.com'))?.fields['company']).toBe('Acme');
    crm.emulator.world.edit(ada ?? '', { company: 'Beta' });
    await sync();
    expect((await inHub('ada@example.com'))?.fields['company']).toBe('Beta');
  },
);
