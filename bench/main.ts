/**
 * `npm run bench`: records a second of a first import, a first export and a no-change run against an emulator without
 * latency, beside a bare loop (the vendor's pages read and rows inserted, nothing else), on both databases, in one run. Then forms
 * from a real browser to an emulated CRM (`forms.ts`), a CSV list counted, imported and undone (`imports.ts`), and visitors' signs
 * a second (`visits.ts`).
 */
import { sql } from 'kysely';
import { createSalesforceEmulator } from '../src/connectors/salesforce/emulator/emulator.ts';
import { connect } from '../src/engine/connect.ts';
import { loadConnection } from '../src/engine/connection.ts';
import { createConnection } from '../src/engine/connections.ts';
import { saveContacts } from '../src/hub/save-contacts.ts';
import { manualClock } from '../src/platform/clock.ts';
import type { Store } from '../src/store/db.ts';
import { openPostgresTestStore, openTestStore } from '../test/support/database.ts';
import { START, syncNow, testDeps } from '../test/support/engine.ts';
import { setup, teardown } from '../test/support/prepared.ts';
import { measureForms } from './forms.ts';
import { measureImports } from './imports.ts';
import { measureVisits } from './visits.ts';

const LEADS = 18_484;
const EXPORTED = 10_000;
const HOST = 'https://emulated.my.salesforce.test';

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

async function measure(name: string, store: Store): Promise<void> {
  const clock = manualClock(START);
  const crm = createSalesforceEmulator({ clock });
  const deps = testDeps(store, clock, crm.request);
  crm.world.seed(
    Array.from({ length: LEADS }, (_, index) => ({
      email: `lead${index}@example.com`,
      first_name: 'L',
      last_name: `L${index}`,
      company: 'Acme',
      phone: '+43 1 222 333',
      city: 'Wien',
      country: 'Austria',
    })),
    'lead',
  );
  clock.advance(3_600_000);
  const { id } = await createConnection(
    deps,
    {
      name: 'bench',
      crm: 'salesforce',
      enabled: true,
      credentials: { ...crm.credentials, loginUrl: HOST },
      export: { enabled: true, minimumScore: 0 },
      quota: { dailyShare: 1 },
    },
    'api',
  );
  const bare = await seconds(() => bareLoop(store, deps, id));
  const first = await seconds(() => syncNow(deps, id, { direction: 'toHub' }));
  for (let start = 0; start < EXPORTED; start += 1_000) {
    const inputs = Array.from({ length: 1_000 }, (_, index) => ({
      fields: { email: `hub${start + index}@example.com`, last_name: 'H', company: 'Acme' },
    }));
    await store.transaction((trx) =>
      saveContacts(trx, inputs, { by: 'import', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' }),
    );
  }
  const out = await seconds(() => syncNow(deps, id, { direction: 'toCrm' }));
  clock.advance(3_600_000);
  await syncNow(deps, id);
  clock.advance(3_600_000);
  const quiet = await seconds(() => syncNow(deps, id));
  const rate = (count: number, time: number): string => `${Math.round(count / time)}/s`.padStart(9);
  process.stdout.write(
    `${name.padEnd(9)} bare loop ${rate(LEADS, bare)}   first import ${rate(LEADS, first)} (${(bare / first).toFixed(2)} of bare)   first export ${rate(EXPORTED, out)}   no-change run ${(quiet * 1000).toFixed(0)} ms   peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`,
  );
}

/** The same pages through the same connector, and plain inserts: what no synchronisation can be quicker than. */
async function bareLoop(store: Store, deps: ReturnType<typeof testDeps>, id: string): Promise<void> {
  const connection = await loadConnection(store.db, id);
  const { connector } = await connect(deps, connection);
  const fields = connection.mappings.filter((line) => line.kind === 'lead').map((line) => line.crm);
  await sql`create table if not exists bare (id text primary key, fields jsonb)`.execute(store.db);
  let cursor: string | null = null;
  for (;;) {
    const page = await connector.readChanges('lead', cursor, { limit: 2_000, fields, mode: 'changes' });
    await sql`insert into bare select id, fields from jsonb_to_recordset(${JSON.stringify(page.changed.map((record) => ({ id: record.id, fields: record.fields })))}::jsonb) as n(id text, fields jsonb) on conflict do nothing`.execute(
      store.db,
    );
    cursor = page.next;
    if (!page.more) break;
  }
  await sql`drop table bare`.execute(store.db);
}

/** `npm run bench -- forms 20 50000`: one part alone; without a name all of them. */
const [part, ...sizes] = process.argv.slice(2);
const wants = (name: string): boolean => part === undefined || part === name;
if (wants('sync')) {
  await setup();
  const embedded = await openTestStore();
  await measure('embedded', embedded);
  await embedded.close();
  const postgres = await openPostgresTestStore();
  await measure('postgres', postgres.store);
  await postgres.stop();
  teardown();
}
if (wants('forms')) await measureForms({ forms: Number(sizes[0] ?? 40), backfill: Number(sizes[1] ?? 50_000) });
if (wants('imports')) await measureImports(Number(sizes[0] ?? 100_000));
if (wants('visits')) await measureVisits({ perSecond: Number(sizes[0] ?? 1_000) });
