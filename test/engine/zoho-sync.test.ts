import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createZohoEmulator, type ZohoEmulator } from '../../src/connectors/zoho/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const BASE = 'http://localhost:4000';
let store: Store;
let clock: TestClock;
let crm: ZohoEmulator;
let deps: EngineDeps;
let calls: string[];
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await emptyStore(store);
  clock = manualClock(START);
  crm = createZohoEmulator({ clock });
  calls = [];
  deps = testDeps(store, clock, (url, init) => {
    calls.push(`${new URL(url).pathname} ${typeof init.body === 'string' ? init.body : ''}`);
    return crm.request(url, init);
  });
});
const connect = async (contacts: boolean): Promise<string> => {
  const settings = { import: { leads: true, contacts }, export: { enabled: true, minimumScore: 0 } };
  const common = { name: 'zoho', crm: 'zoho', enabled: true, credentials: crm.credentials };
  return (await createConnection(deps, { ...common, ...settings }, 'api')).id;
};
const sync = async (id: string) => {
  clock.advance(120_000);
  return (await syncNow(deps, id))[0];
};
const people = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => ({ email: `${prefix}${index}@example.com`, last_name: 'P' }));

test('[R33] [R18d] linked people who were deleted beyond the reach of the list are found by id, in the same run', async () => {
  crm.state.habits.deletedReach = 200;
  // Nobody here is linked to these, and they fill the list.
  const others = crm.world.seed(
    Array.from({ length: 250 }, () => ({ last_name: 'Nobody' })),
    'lead',
  );
  const ours = crm.world.seed(people(60, 'p'), 'lead');
  const id = await connect(false);
  await sync(id);
  clock.advance(60_000);
  for (const lead of [...others, ...ours.slice(0, 5)]) crm.world.remove(lead);
  const run = await sync(id);
  expect(run).toMatchObject({ status: 'succeeded', counts: { updated: 5 } });
  const marked = await store.db.selectFrom('links').select('crm_id').where('state', '=', 'deleted').execute();
  expect(marked.map((link) => link.crm_id).sort()).toEqual(ours.slice(0, 5));
  expect(await sync(id)).toMatchObject({ status: 'succeeded', counts: { seen: 0 } });
});

test('[R25] an account renamed in Zoho is renamed here for each of its contacts, though no contact was touched', async () => {
  crm.world.seed(
    people(3, 'c').map((person, index) => ({ ...person, company: index < 2 ? 'Acme' : 'Beta' })),
    'contact',
  );
  const id = await connect(true);
  await sync(id);
  const companyOf = async (email: string) => (await findContact(store.db, email, BASE))?.fields['company'];
  expect(await companyOf('c0@example.com')).toBe('Acme');
  await sync(id);
  const acme = [...crm.state.accounts.values()].find(({ name }) => name === 'Acme');
  clock.advance(60_000);
  crm.state.renameAccount(acme?.id ?? '', 'Acme Holding');
  expect(await sync(id)).toMatchObject({ status: 'succeeded', counts: { updated: 2 } });
  expect([
    await companyOf('c0@example.com'),
    await companyOf('c1@example.com'),
    await companyOf('c2@example.com'),
  ]).toEqual(['Acme Holding', 'Acme Holding', 'Beta']);
  expect(await sync(id)).toMatchObject({ counts: { updated: 0 } });
});

test('[R25] [R33] companies are looked at only where contacts come in', async () => {
  crm.world.seed([{ email: 'c@example.com', last_name: 'C', company: 'Acme' }], 'contact');
  const id = await connect(false);
  await sync(id);
  expect(calls.filter((call) => call.includes('from Accounts'))).toEqual([]);
});
