import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { manifests } from '../../src/connectors/index.ts';
import type { Emulator } from '../../src/connectors/kit/testing/emulator.ts';
import { createSalesforceEmulator } from '../../src/connectors/salesforce/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { CRMS, fetchOf, openCrm } from '../support/crms.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';
import { exportFloor, importFloor, quietFloor } from './floors.ts';

/** A busy machine takes ten times as long as an idle one. */
const PATIENCE_MS = 240_000;
const LEADS = 18_484;
const EXPORTED = 10_000;
const pages = (count: number, size: number): number => Math.ceil(count / size);

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

interface Case {
  readonly crm: string;
  readonly open: (clock: TestClock) => { readonly emulator: Emulator; readonly credentials: Record<string, string> };
  /** Calls that the vendor's page and batch sizes make necessary. */
  readonly ofImport: number;
  readonly ofExport: number;
}

const CASES: readonly Case[] = [
  {
    crm: 'hubspot',
    open: (clock) => {
      const emulator = createHubSpotEmulator({ clock });
      return { emulator, credentials: { method: 'token', accessToken: emulator.token } };
    },
    ofImport: pages(LEADS, 200) + 1,
    ofExport: pages(EXPORTED, 100) * 2,
  },
  {
    crm: 'salesforce',
    open: (clock) => {
      const emulator = createSalesforceEmulator({ clock });
      return { emulator, credentials: { ...emulator.credentials, loginUrl: 'https://emulated.my.salesforce.test' } };
    },
    ofImport: pages(LEADS, 2_000) + 2,
    // Looked up in both objects by lists of addresses that fit a URL of 16 kB, made by 200, read back 1,000 at a time.
    ofExport: pages(EXPORTED, 1_000) * 2 * 3 + pages(EXPORTED, 200) + pages(EXPORTED, 1_000),
  },
];

test.each(CASES)(
  '[R33] [R43] $crm: a first import of 18,484, an export of 10,000 and a quiet run cost what the vendor’s sizes make necessary, and the counts add up',
  async ({ crm, open, ofImport, ofExport }) => {
    const clock = manualClock(START);
    const { emulator, credentials } = open(clock);
    const deps = testDeps(store, clock, emulator.request);
    emulator.world.seed(
      Array.from({ length: LEADS }, (_, index) => ({
        email: `lead${index}@example.com`,
        first_name: 'L',
        last_name: `L${index}`,
        company: 'Acme',
      })),
      'lead',
    );
    clock.advance(3_600_000);
    const { id } = await createConnection(
      deps,
      {
        name: crm,
        crm,
        enabled: true,
        credentials,
        export: { enabled: true, minimumScore: 0 },
        quota: { dailyShare: 1 },
      },
      'api',
    );
    const [first, nothing] = await syncNow(deps, id);
    expect(first).toMatchObject({
      status: 'succeeded',
      counts: { seen: LEADS, created: LEADS, rejected: 0, unchanged: 0, filtered: 0, deferred: 0 },
    });
    expect(first?.apiCalls).toBeLessThanOrEqual(ofImport * 1.05);
    expect(nothing?.counts.seen).toBe(0);

    for (let start = 0; start < EXPORTED; start += 1_000) {
      const inputs = Array.from({ length: 1_000 }, (_, index) => ({
        fields: { email: `hub${start + index}@example.com`, last_name: 'H', company: 'Acme' },
      }));
      await store.transaction((trx) =>
        saveContacts(trx, inputs, { by: 'import', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' }),
      );
    }
    clock.advance(3_600_000);
    const [, out] = await syncNow(deps, id);
    expect(out).toMatchObject({ status: 'succeeded', counts: { seen: EXPORTED, created: EXPORTED } });
    expect(out?.apiCalls).toBeLessThanOrEqual(ofExport * 1.05);

    clock.advance(3_600_000);
    await syncNow(deps, id);
    clock.advance(3_600_000);
    const [inn, quiet] = await syncNow(deps, id);
    expect(
      [inn?.counts, quiet?.counts].map(
        (counts) => (counts?.created ?? 1) + (counts?.updated ?? 1) + (counts?.rejected ?? 1),
      ),
    ).toEqual([0, 0]);
    expect((inn?.apiCalls ?? 99) + (quiet?.apiCalls ?? 99)).toBeLessThanOrEqual(4);
    expect(emulator.world.all()).toHaveLength(LEADS + EXPORTED);
  },
  PATIENCE_MS,
);

const PEOPLE = 4_000;
const CHANGED = 1_000;
/** A rep adds so many a second. */
const A_SECOND = 50;

const expectNear = (calls: number, floor: number): void =>
  expect({ calls, floor, near: calls <= floor * 1.05 }).toEqual({ calls, floor, near: true });

test.each(CRMS)(
  '[R33] %s: a first import of 4,000, an export of 1,000 changed contacts and a no-change run cost at most 5 percent above the floor',
  async (name) => {
    const manifest = manifests.get(name);
    if (manifest === undefined) throw new Error(`no connector ${name}`);
    const clock = manualClock(START);
    const crm = openCrm(name, { clock });
    const deps = testDeps(store, clock, fetchOf([crm]));
    const person = (index: number) => ({
      email: `p${index}@example.com`,
      first_name: 'P',
      last_name: `L${index}`,
      company: 'Acme',
    });
    for (let start = 0; start < PEOPLE; start += A_SECOND) {
      crm.emulator.world.seed(
        Array.from({ length: A_SECOND }, (_, index) => person(start + index)),
        'lead',
      );
      clock.advance(1_000);
    }
    // Most people of a CRM did not change in the last days.
    clock.advance(3 * 86_400_000);
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
    const sync = async () => {
      // Longer than every stated lag, shorter than a session: a worn-out token costs a call of its own.
      clock.advance(20 * 60_000);
      const [toHub, toCrm] = await syncNow(deps, id);
      return { toHub, toCrm, calls: (toHub?.apiCalls ?? 0) + (toCrm?.apiCalls ?? 0) };
    };
    const first = await sync();
    expect(first.toHub).toMatchObject({ status: 'succeeded', counts: { seen: PEOPLE, created: PEOPLE } });
    expectNear(first.calls, importFloor(manifest, PEOPLE, 1));

    const titles = Array.from({ length: CHANGED }, (_, index) => ({
      fields: { email: person(index).email, job_title: 'CEO' },
    }));
    await store.transaction((trx) =>
      saveContacts(trx, titles, { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'update' }),
    );
    const { toCrm } = await sync();
    expect(toCrm).toMatchObject({ status: 'succeeded', counts: { seen: CHANGED, updated: CHANGED } });
    expectNear(toCrm?.apiCalls ?? 0, exportFloor(manifest, CHANGED));
    expect(crm.emulator.world.all().filter((record) => record.fields['job_title'] === 'CEO')).toHaveLength(CHANGED);

    // Our own echoes are read once, and are no change (R1).
    expect((await sync()).toHub).toMatchObject({ counts: { created: 0, updated: 0 } });
    const quiet = await sync();
    expect(quiet.toHub).toMatchObject({ counts: { seen: 0 } });
    expectNear(quiet.calls, quietFloor(manifest));
  },
  PATIENCE_MS,
);
