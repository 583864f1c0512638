import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createZohoEmulator, type ZohoEmulator } from '../../src/connectors/zoho/emulator/emulator.ts';
import { checkConnection } from '../../src/engine/check-connection.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

let store: Store;
let clock: TestClock;
let crm: ZohoEmulator;
let deps: EngineDeps;
let id: string;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await emptyStore(store);
  clock = manualClock(START);
  crm = createZohoEmulator({ clock });
  deps = testDeps(store, clock, crm.request);
  mayChangeJobTitles(false);
  const input = {
    name: 'zoho',
    crm: 'zoho',
    enabled: true,
    credentials: crm.credentials,
    export: { enabled: true, minimumScore: 0 },
  };
  id = (await createConnection(deps, input, 'api')).id;
});

/** Whether a field may be changed over the API is the vendor's word, field by field. */
function mayChangeJobTitles(api_update: boolean): void {
  const { Leads } = crm.state.fields;
  const index = Leads.findIndex((field) => field.api_name === 'Designation');
  const field = Leads[index];
  if (field === undefined) throw new Error('Zoho has no job title');
  Leads[index] = { ...field, operation_type: { api_create: true, api_update } };
}
const sync = async () => {
  clock.advance(60_000);
  return (await syncNow(deps, id))[1];
};
const save = (fields: Readonly<Record<string, string>>) =>
  store.transaction((trx) =>
    saveContacts(trx, [{ fields: { email: 'ada@example.com', last_name: 'Ada', company: 'Acme', ...fields } }], {
      by: 'person',
      at: clock.now(),
      newId: () => deps.ids.next('ct'),
      mode: 'upsert',
    }),
  );
const ada = () => crm.world.find('ada@example.com', 1)[0]?.fields;
const open = async () =>
  (await sql`select reason, field, name from rejections where resolved_at is null`.execute(store.db)).rows;
const codes = async () =>
  (await checkConnection(deps, id)).findings.filter(({ code }) => code.startsWith('field_')).map(({ code }) => code);

test('[R15] [R15b] a field that is given once takes the first value; a later one is told with its person, and the others are written', async () => {
  await save({ job_title: 'Engineer', city: 'Paris' });
  expect(await sync()).toMatchObject({ counts: { created: 1, rejected: 0 } });
  expect([ada()?.['job_title'], await open()]).toEqual(['Engineer', []]);
  await sync();
  await save({ job_title: 'Director', city: 'Lyon' });
  expect(await sync()).toMatchObject({ status: 'succeeded', counts: { updated: 1 } });
  expect([ada()?.['job_title'], ada()?.['city']]).toEqual(['Engineer', 'Lyon']);
  expect(await open()).toEqual([{ reason: 'no_permission', field: 'Designation', name: 'Ada' }]);
  // Not tried again until something changes.
  expect(await sync()).toMatchObject({ counts: { updated: 0 } });
  expect(await codes()).toEqual(['field_create_only']);
});

test('[R15b] [R49] once the right is given, what was refused is written', async () => {
  await save({ job_title: 'Engineer' });
  await sync();
  await sync();
  await save({ job_title: 'Director' });
  await sync();
  expect([ada()?.['job_title'], (await open()).length]).toEqual(['Engineer', 1]);
  mayChangeJobTitles(true);
  expect(await codes()).toEqual([]);
  await save({ city: 'Lyon' });
  await sync();
  expect([ada()?.['job_title'], await open()]).toEqual(['Director', []]);
});
