import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { type EmulatedCrm, fetchOf, openCrm } from '../support/crms.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

let store: Store;
let clock: TestClock;
let crm: EmulatedCrm;
let deps: EngineDeps;
let id: string;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

const connectTo = async (name: string): Promise<void> => {
  clock = manualClock(START);
  crm = openCrm(name, { clock });
  deps = testDeps(store, clock, fetchOf([crm]));
  const input = { name, crm: name, enabled: true, export: { enabled: true, minimumScore: 0 }, ...crm.settings };
  id = (await createConnection(deps, input, 'api')).id;
};
const sync = async (request = {}) => {
  clock.advance(600_000);
  return syncNow(deps, id, request);
};
const hubEdit = (email: string, fields: Record<string, unknown>) =>
  store.transaction((trx) =>
    saveContact(
      trx,
      { fields: { email, ...fields } },
      { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
    ),
  );
const hub = async (email: string) => (await findContact(store.db, email, deps.baseUrl))?.fields;

test('[R2c] an edit of the CRM between our write without an answer and the next look is nobody’s spelling: it comes in', async () => {
  await connectTo('hubspot');
  const [rec] = crm.emulator.world.seed([{ email: 'ada@example.com', city: 'Wien', phone: '+43 1 000000' }], 'lead');
  await sync();
  await sync();
  await hubEdit('ada@example.com', { city: 'Graz', phone: '+43 1 111111' });
  crm.emulator.faults.add({ kind: 'drop', method: 'POST', path: '/batch/update', times: 1 });
  await sync({ direction: 'toCrm' });
  expect(crm.emulator.world.get(rec ?? '')?.fields).toMatchObject({ city: 'Graz', phone: '+43 1 111111' });
  crm.emulator.world.edit(rec ?? '', { phone: '+43 1 222222' });
  // The look at what was written comes before the feed shows the edit.
  await sync({ direction: 'toCrm' });
  await sync();
  await sync();
  expect(await hub('ada@example.com')).toMatchObject({ city: 'Graz', phone: '+43 1 222222' });
  expect(crm.emulator.world.get(rec ?? '')?.fields).toMatchObject({ city: 'Graz', phone: '+43 1 222222' });
});

test.each(['hubspot', 'salesforce'])(
  '[R31] [R5] %s: a record that a rep made while our create had no answer is met like any other, and nothing of it counts as ours',
  async (name) => {
    await connectTo(name);
    await sync();
    await hubEdit('bea@example.com', { last_name: 'Bea', company: 'Acme', city: 'Graz' });
    crm.emulator.faults.add({ kind: 'error', method: 'POST', path: CREATES[name] ?? '', times: 1 });
    await sync({ direction: 'toCrm' });
    expect(crm.emulator.world.all()).toEqual([]);
    expect(await store.db.selectFrom('intents').selectAll().execute()).toHaveLength(1);
    const [made] = crm.emulator.world.seed(
      [{ email: 'bea@example.com', last_name: 'Bea', company: 'Acme', city: 'Linz' }],
      'lead',
    );
    await sync({ direction: 'toCrm' });
    await sync();
    await sync();
    expect(crm.emulator.world.all()).toHaveLength(1);
    expect((await hub('bea@example.com'))?.['city']).toBe(crm.emulator.world.get(made ?? '')?.fields['city']);
    const kept = await store.db.selectFrom('conflicts').select(['hub_field', 'hub_value', 'crm_value']).execute();
    expect(kept).toEqual([{ hub_field: 'city', hub_value: 'Graz', crm_value: 'Linz' }]);
    expect(await store.db.selectFrom('intents').selectAll().execute()).toEqual([]);
  },
);

const CREATES: Readonly<Record<string, string>> = { salesforce: '/composite/sobjects', hubspot: '/batch/create' };
