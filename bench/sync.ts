import { sql } from 'kysely';
import type { Connector, RemoteWrite } from '../src/connectors/kit/connector.ts';
import { createSalesforceEmulator } from '../src/connectors/salesforce/emulator/emulator.ts';
import { connect } from '../src/engine/connect.ts';
import { loadConnection } from '../src/engine/connection.ts';
import { createConnection } from '../src/engine/connections.ts';
import type { EngineDeps } from '../src/engine/deps.ts';
import { saveContacts } from '../src/hub/save-contacts.ts';
import { manualClock } from '../src/platform/clock.ts';
import type { Store } from '../src/store/db.ts';
import { openPostgresTestStore, openTestStore } from '../test/support/database.ts';
import { START, syncNow, testDeps } from '../test/support/engine.ts';
import { setup, teardown } from '../test/support/prepared.ts';

const HOST = 'https://emulated.my.salesforce.test';
/** Rows of the hub that one page or transaction has, the engine's and the bare loop's. */
const PAGE = 1_000;

interface Sizes {
  readonly leads: number;
  readonly exported: number;
}

/**
 * Records a second of a first import, a first export and a no-change run against an emulator without latency, each beside a
 * bare loop (the vendor's pages read and rows inserted, and the other way round, with nothing else), on both databases.
 *
 * A small round goes before, on a database of its own, and the loop that reads runs twice: neither it nor the engine pays for
 * the compiler.
 */
export async function measureSync(sizes: Sizes): Promise<void> {
  await setup();
  for (const open of [openEmbedded, openPostgresTestStore]) {
    const small = await open();
    await round(small.store, { leads: 2_000, exported: 1_000 });
    await small.stop();
    const { store, stop } = await open();
    const speeds = await round(store, sizes);
    process.stdout.write(`${store.kind.padEnd(9)} ${lineOf(speeds)}\n`);
    await stop();
  }
  teardown();
}

async function openEmbedded() {
  const store = await openTestStore();
  return { store, stop: () => store.close() };
}

interface Speeds {
  readonly bareImport: number;
  readonly firstImport: number;
  readonly bareExport: number;
  readonly firstExport: number;
  /** ms. */
  readonly quiet: number;
}

function lineOf(speeds: Speeds): string {
  const pair = (name: string, ours: number, bare: number): string =>
    `first ${name} ${String(Math.round(ours)).padStart(6)}/s, bare loop ${String(Math.round(bare)).padStart(6)}/s (${(ours / bare).toFixed(2)})`;
  return [
    pair('import', speeds.firstImport, speeds.bareImport),
    pair('export', speeds.firstExport, speeds.bareExport),
    `no-change run ${Math.round(speeds.quiet)} ms`,
    `peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
  ].join('   ');
}

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

async function round(store: Store, { leads, exported }: Sizes): Promise<Speeds> {
  const clock = manualClock(START);
  const crm = createSalesforceEmulator({ clock });
  const deps = testDeps(store, clock, crm.request);
  crm.world.seed(
    Array.from({ length: leads }, (_, index) => leadOf(index)),
    'lead',
  );
  clock.advance(3_600_000);
  const settings = { enabled: true, export: { enabled: true, minimumScore: 0 }, quota: { dailyShare: 1 } };
  const credentials = { ...crm.credentials, loginUrl: HOST };
  const { id } = await createConnection(deps, { name: 'bench', crm: 'salesforce', credentials, ...settings }, 'api');
  await readBare(deps, id);
  const bareImport = leads / (await seconds(() => readBare(deps, id)));
  const firstImport = leads / (await seconds(() => syncNow(deps, id, { direction: 'toHub' })));
  await putIntoHub(deps, exported);
  const firstExport = exported / (await seconds(() => syncNow(deps, id, { direction: 'toCrm' })));
  clock.advance(3_600_000);
  await syncNow(deps, id);
  clock.advance(3_600_000);
  const quiet = 1000 * (await seconds(() => syncNow(deps, id)));
  const bareExport = exported / (await seconds(() => writeBare(deps, id, exported)));
  return { bareImport, firstImport, bareExport, firstExport, quiet };
}

const leadOf = (index: number) => ({
  email: `lead${index}@example.com`,
  first_name: 'L',
  last_name: `L${index}`,
  company: 'Acme',
  phone: '+43 1 222 333',
  city: 'Wien',
  country: 'Austria',
});

async function putIntoHub({ store, clock, ids }: EngineDeps, people: number): Promise<void> {
  for (let start = 0; start < people; start += PAGE) {
    const inputs = Array.from({ length: PAGE }, (_, index) => ({
      fields: { email: `hub${start + index}@example.com`, last_name: 'H', company: 'Acme' },
    }));
    await store.transaction((trx) =>
      saveContacts(trx, inputs, { by: 'import', at: clock.now(), newId: () => ids.next('ct'), mode: 'create' }),
    );
  }
}

async function bareConnector(deps: EngineDeps, id: string): Promise<{ connector: Connector; fields: string[] }> {
  const connection = await loadConnection(deps.store.db, id);
  const { connector } = await connect(deps, connection);
  return { connector, fields: connection.mappings.filter((line) => line.kind === 'lead').map((line) => line.crm) };
}

/** The same pages through the same connector, and plain inserts, a page a commit: what no import can be quicker than. */
async function readBare(deps: EngineDeps, id: string): Promise<void> {
  const { connector, fields } = await bareConnector(deps, id);
  const { db } = deps.store;
  await sql`create table bare (id text primary key, fields jsonb)`.execute(db);
  for (let cursor: string | null = null; ; ) {
    const page = await connector.readChanges('lead', cursor, { limit: 2_000, fields, mode: 'changes' });
    const rows = page.changed.map((record) => ({ id: record.id, fields: record.fields }));
    await sql`insert into bare select id, fields from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, fields jsonb)
              on conflict do nothing`.execute(db);
    cursor = page.next;
    if (!page.more) break;
  }
  await sql`drop table bare`.execute(db);
}

/** As many rows read, written through the same connector, and the ids that came back put beside them: the same of an export. */
async function writeBare(deps: EngineDeps, id: string, people: number): Promise<void> {
  const { connector } = await bareConnector(deps, id);
  const { db } = deps.store;
  await sql`create table bare (id text primary key, fields jsonb, crm_id text)`.execute(db);
  await sql`insert into bare select i::text, jsonb_build_object('Email', 'bare' || i || '@example.com', 'LastName', 'H', 'Company', 'Acme')
              from generate_series(1, ${people}::int) i`.execute(db);
  for (;;) {
    const rows = await sql<{ id: string; fields: RemoteWrite['fields'] }>`
      select id, fields from bare where crm_id is null limit ${PAGE}`.execute(db);
    if (rows.rows.length === 0) break;
    const outcomes = await connector.write(
      rows.rows.map((row) => ({ op: 'create', kind: 'lead', key: row.id, fields: row.fields })),
    );
    const ids = outcomes.map((outcome, index) => {
      if (outcome.kind !== 'stored') throw new Error(`the emulator did not store a row: ${outcome.kind}`);
      return { id: rows.rows[index]?.id, crm_id: outcome.id };
    });
    await sql`update bare b set crm_id = n.crm_id from jsonb_to_recordset(${JSON.stringify(ids)}::jsonb) as n(id text, crm_id text)
               where b.id = n.id`.execute(db);
  }
  await sql`drop table bare`.execute(db);
}
