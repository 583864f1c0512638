import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { manifests } from '../../src/connectors/index.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { CRMS, fetchOf, openCrm } from '../support/crms.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, testDeps } from '../support/engine.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

const LAG_MS = 30_000;

/** Where a create of this CRM goes. */
const CREATES: Readonly<Record<string, string>> = {
  salesforce: '/composite/sobjects',
  hubspot: '/batch/create',
  pipedrive: '/api/v2/persons',
  zoho: '/crm/v8/Leads',
  'zendesk-sell': '/v2/leads',
  'sap-c4c': '/$batch',
};

test.each(CRMS)(
  '[R31] %s: answers of creates are lost while the look-up is 30 seconds behind, and nobody is there twice',
  async (name) => {
    const clock = manualClock(START);
    const crm = openCrm(name, { clock, indexLagMs: LAG_MS });
    const deps = testDeps(store, clock, fetchOf([crm]));
    const { id } = await createConnection(
      deps,
      {
        name,
        crm: name,
        enabled: true,
        export: { enabled: true, minimumScore: 0 },
        quota: { dailyShare: 1 },
        ...crm.settings,
      },
      'api',
    );
    const people = Array.from({ length: 12 }, (_, index) => ({
      fields: { email: `lost${index}@example.com`, last_name: 'Lost', company: 'Acme' },
    }));
    await store.transaction((trx) =>
      saveContacts(trx, people, { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' }),
    );
    // One call a batch, or one a person.
    const times = (manifests.get(name)?.batch.create.value ?? 1) > 1 ? 1 : 3;
    crm.emulator.faults.add({ kind: 'drop', method: 'POST', path: CREATES[name] ?? '', times });
    // Run after run, long before the index shows what was made.
    for (let run = 0; run < 6; run += 1) {
      await syncNow(deps, id);
      clock.advance(7_000);
    }
    clock.advance(LAG_MS * 4);
    await syncNow(deps, id);
    clock.advance(LAG_MS * 4);
    await syncNow(deps, id);
    const addresses = crm.emulator.world.all().map((record) => String(record.fields['email']));
    const byName = (a: string, b: string): number => a.localeCompare(b);
    expect(addresses.toSorted(byName)).toEqual(people.map(({ fields }) => fields.email).toSorted(byName));
    expect(crm.emulator.faults.list()).toEqual([]);
    expect(await store.db.selectFrom('intents').selectAll().execute()).toEqual([]);
  },
);
