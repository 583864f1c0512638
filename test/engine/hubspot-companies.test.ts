import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

class Crash extends Error {}
let store: Store;
let clock: TestClock;
let crm: HubSpotEmulator;
let deps: EngineDeps;
let crashAt: string | null;
let calls: string[];
let id: string;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/** The index is behind, as the vendor's is: what was made a moment ago is not found. */
async function begin(companyRecords: boolean): Promise<void> {
  await emptyStore(store);
  clock = manualClock(START);
  crm = createHubSpotEmulator({ clock, indexLagMs: 20_000 });
  crashAt = null;
  calls = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    calls.push(`${init.method ?? 'GET'} ${new URL(url).pathname.replace(/\/20[0-9-]+/, '')}`);
    return crm.request(url, init);
  };
  const checkpoint = (name: string): void => {
    if (name !== crashAt) return;
    crashAt = null;
    throw new Crash(name);
  };
  deps = testDeps(store, clock, fetch, { checkpoint });
  const input = {
    name: 'hs',
    crm: 'hubspot',
    enabled: true,
    credentials: { method: 'token', accessToken: crm.token },
    options: { companyRecords },
    export: { enabled: true, minimumScore: 0 },
  };
  id = (await createConnection(deps, input, 'api')).id;
}
beforeEach(() => begin(true));
const sync = async () => {
  clock.advance(60_000);
  return (await syncNow(deps, id))[1];
};
const save = (people: readonly Readonly<Record<string, string>>[]) =>
  store.transaction((trx) =>
    saveContacts(
      trx,
      people.map((fields) => ({ fields })),
      { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
    ),
  );
const people = (count: number, company: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => ({
    email: `p${index}@example.com`,
    last_name: `P${index}`,
    company: company(index),
  }));
const names = () => [...crm.state.companies.values()].map(({ name }) => name).sort();
const companyOf = (email: string) =>
  crm.state.companies.get(crm.state.holderOf(email)?.properties['associatedcompanyid'] ?? '')?.name;
const ofCompanies = () => calls.filter((call) => call.includes('companies'));

test('[R25] [R33] people get the company of their name, found or made once in batches, whatever its spelling', async () => {
  crm.state.createCompany('Acme');
  clock.advance(60_000);
  await save(people(150, (index) => ['ACME ', 'Beta  GmbH', 'beta gmbh', 'Gamma'][index % 4] ?? ''));
  calls = [];
  expect(await sync()).toMatchObject({ status: 'succeeded', counts: { created: 150, rejected: 0, deferred: 0 } });
  expect(names()).toEqual(['Acme', 'Beta  GmbH', 'Gamma']);
  expect(['p0', 'p1', 'p2', 'p3'].map((name) => companyOf(`${name}@example.com`))).toEqual([
    'Acme',
    'Beta  GmbH',
    'Beta  GmbH',
    'Gamma',
  ]);
  // A new contact brings its company along: no call for the association.
  expect(ofCompanies()).toEqual(['POST /crm/objects/companies/search', 'POST /crm/objects/companies/batch/create']);
  calls = [];
  expect(await sync()).toMatchObject({ counts: { updated: 0, rejected: 0 } });
  expect(ofCompanies()).toEqual([]);
});

test('[R25] another name here gives the person another company: nobody’s company is renamed, one call for a batch', async () => {
  await save(people(120, () => 'Acme'));
  await sync();
  await sync();
  await save(people(110, () => 'Beta'));
  calls = [];
  expect(await sync()).toMatchObject({ status: 'succeeded', counts: { updated: 110, rejected: 0 } });
  expect([names(), companyOf('p0@example.com'), companyOf('p115@example.com')]).toEqual([
    ['Acme', 'Beta'],
    'Beta',
    'Acme',
  ]);
  expect(calls.filter((call) => call.includes('associations'))).toHaveLength(2);
  const held = crm.world.all().map(({ fields }) => fields['company']);
  expect([held.filter((name) => name === 'Beta').length, held.length]).toEqual([110, 120]);
});

test.each(['companies:announced', 'companies:made', 'export:announced', 'export:written'])(
  '[R25] [R31] killed at %s, a company and its people are there once, though the index is behind',
  async (point) => {
    await save(people(5, (index) => (index < 3 ? 'Acme' : 'Beta')));
    crashAt = point;
    await sync().catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
    expect(crashAt).toBeNull();
    for (let round = 0; round < 3; round += 1) await sync();
    expect([names(), crm.world.all().length]).toEqual([['Acme', 'Beta'], 5]);
    expect(people(5, String).map(({ email }) => companyOf(email))).toEqual(['Acme', 'Acme', 'Acme', 'Beta', 'Beta']);
    expect((await sql`select 1 from company_intents`.execute(store.db)).rows).toEqual([]);
  },
);

test.each(['companies/batch/create', 'contacts/companies/batch/create'])(
  '[R25] [R31] an answer of %s that never came makes no second company, and the association is there in the end',
  async (path) => {
    await save(people(3, () => 'Acme'));
    await sync();
    await save(people(3, () => 'Beta'));
    crm.faults.add({ kind: 'drop', method: 'POST', path });
    for (let round = 0; round < 3; round += 1) await sync();
    expect([names(), companyOf('p1@example.com')]).toEqual([['Acme', 'Beta'], 'Beta']);
    expect(crm.world.all().map(({ fields }) => fields['company'])).toEqual(['Beta', 'Beta', 'Beta']);
  },
);

test('[R25] a company that was deleted there is made anew for the first who needs it, and the next who needs it gets the same', async () => {
  await save(people(2, () => 'Acme'));
  await sync();
  const [acme] = crm.state.companies.keys();
  crm.state.companies.delete(acme ?? '');
  await save([{ email: 'p5@example.com', last_name: 'Five', company: 'Gamma' }]);
  await sync();
  await save([{ email: 'p5@example.com', company: 'Acme', city: 'Wien' }]);
  const run = await sync();
  expect(run).toMatchObject({ status: 'succeeded', counts: { updated: 1, deferred: 0 } });
  expect(crm.world.find('p5@example.com', 1)[0]?.fields).toMatchObject({ city: 'Wien', company: 'Acme' });
  await save([{ email: 'p6@example.com', last_name: 'Six', company: 'acme' }]);
  await sync();
  expect([names(), companyOf('p5@example.com'), companyOf('p6@example.com')]).toEqual([
    ['Acme', 'Gamma'],
    'Acme',
    'Acme',
  ]);
});

test('[R25] without the option the company is a text, and no company is asked for', async () => {
  await begin(false);
  await save(people(3, () => 'Acme'));
  expect(await sync()).toMatchObject({ counts: { created: 3 } });
  expect([names(), ofCompanies(), crm.world.all()[0]?.fields['company']]).toEqual([[], [], 'Acme']);
});

test('[R33] [R18] somebody whom HubSpot erased is in no list of deletions: a full run finds out, and asks only for whom it did not see', async () => {
  await save(people(3, () => 'Acme'));
  await sync();
  const erased = crm.state.holderOf('p1@example.com');
  if (erased === undefined) throw new Error('p1 was not written');
  crm.state.erase(erased);
  await sync();
  const deleted = async () =>
    (await store.db.selectFrom('links').select('crm_id').where('state', '=', 'deleted').execute()).map(
      ({ crm_id }) => crm_id,
    );
  expect(await deleted()).toEqual([]);
  clock.advance(60_000);
  calls = [];
  const [full] = await syncNow(deps, id, { mode: 'full', direction: 'toHub' });
  expect([full?.status, await deleted()]).toEqual(['succeeded', [erased.id]]);
  expect(calls.filter((call) => call.endsWith('contacts/batch/read'))).toHaveLength(1);
});
