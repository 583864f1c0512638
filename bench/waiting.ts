import { sql } from 'kysely';
import { manifests } from '../src/connectors/index.ts';
import { createConnection } from '../src/engine/connections.ts';
import { saveContacts } from '../src/hub/save-contacts.ts';
import { manualClock } from '../src/platform/clock.ts';
import { CRMS, openCrm } from '../test/support/crms.ts';
import { openTestStore } from '../test/support/database.ts';
import { START, syncNow, testDeps } from '../test/support/engine.ts';
import { setup, teardown } from '../test/support/prepared.ts';

/** What a call takes on its way and at the vendor's, as people see it in practice. */
const LATENCY_MS = 300;
/** People in one statement of the hub. */
const PAGE = 1_000;

/**
 * A first export, and one of a change to everybody, to each CRM when every call takes 300 ms: seconds, calls, and how much of
 * the calls' time had to be waited for (1: one call after the other). CRMs that take one record a call get a tenth of the people.
 */
export async function measureWaiting(people: number): Promise<void> {
  await setup();
  for (const crm of CRMS) await measure(crm, people);
  teardown();
}

async function measure(id: string, people: number): Promise<void> {
  const manifest = manifests.get(id);
  const isSingle = manifest?.batch.create.value === 1;
  const count = isSingle ? Math.ceil(people / 10) : people;
  const store = await openTestStore();
  const clock = manualClock(START);
  const { emulator, settings } = openCrm(id, { clock });
  let calls = 0;
  const request = async (url: string, init: RequestInit): Promise<Response> => {
    calls += 1;
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
    return emulator.request(url, init);
  };
  const deps = testDeps(store, clock, request);
  const options = { enabled: true, export: { enabled: true, minimumScore: 0 }, quota: { dailyShare: 1 } };
  const connection = await createConnection(deps, { name: 'bench', crm: id, ...settings, ...options }, 'api');
  await syncNow(deps, connection.id);
  const run = async (what: string): Promise<string> => {
    calls = 0;
    const started = performance.now();
    await syncNow(deps, connection.id, { direction: 'toCrm' });
    const seconds = (performance.now() - started) / 1000;
    const share = (seconds * 1000) / (calls * LATENCY_MS);
    return `${what} ${seconds.toFixed(1).padStart(6)} s, ${calls} calls, waited for ${share.toFixed(2)}`;
  };
  for (let start = 0; start < count; start += PAGE) {
    const inputs = Array.from({ length: Math.min(PAGE, count - start) }, (_, index) => ({
      fields: { email: `hub${start + index}@example.com`, last_name: 'H', company: 'Acme' },
    }));
    await store.transaction((trx) =>
      saveContacts(trx, inputs, { by: 'import', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' }),
    );
  }
  const first = await run('first export');
  clock.advance(3_600_000);
  await syncNow(deps, connection.id);
  const { rows } = await sql<{ email: string }>`select email from contacts`.execute(store.db);
  for (let start = 0; start < rows.length; start += PAGE) {
    const inputs = rows.slice(start, start + PAGE).map(({ email }) => ({ fields: { email, last_name: 'Changed' } }));
    await store.transaction((trx) =>
      saveContacts(trx, inputs, { by: 'import', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' }),
    );
  }
  const second = await run('all changed');
  process.stdout.write(`${id.padEnd(13)} ${String(count).padStart(6)} people   ${first}   ${second}\n`);
  await store.close();
}
