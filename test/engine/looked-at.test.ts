import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createC4cEmulator, EMULATED_TENANT } from '../../src/connectors/sap-c4c/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { keepDue, leaveDue, markContactsDue, takeDue, unkeepDue } from '../../src/store/due.ts';
import { ensurePartitions } from '../../src/store/partitions.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, testDeps } from '../support/engine.ts';

const CONNECTION = 'con_1';
const DAY_MS = 86_400_000;

describeEachDatabase('whom a run towards the CRM has looked at', (open) => {
  beforeEach(() => emptyStore(open()));
  const owe = (...ids: readonly string[]) =>
    open().transaction((trx) => markContactsDue(trx, CONNECTION, ids, { reason: 'edit', at: START }));
  const take = async (
    wanted: { readonly unseenBy?: string; readonly keptBy?: string; readonly limit?: number },
    connectionId = CONNECTION,
  ) => takeDue(open().db, { connectionId, side: 'crm', now: START + DAY_MS, limit: 1_000, ...wanted });
  const subjects = async (...wanted: Parameters<typeof take>) =>
    (await take(...wanted)).map((mark) => mark.subject).toSorted();

  test('[R43] a debt that was looked at is no longer this run’s; a newer one is, and the next run has them all', async () => {
    await owe('ct_1', 'ct_2', 'ct_3');
    const marks = await take({ unseenBy: 'lk_1' });
    await leaveDue(open().db, CONNECTION, 'lk_1', marks.slice(0, 2));
    expect(await subjects({ unseenBy: 'lk_1' })).toEqual([marks[2]?.subject]);
    const again = marks[0]?.subject ?? '';
    await owe(again);
    expect(await subjects({ unseenBy: 'lk_1' })).toEqual([again, marks[2]?.subject ?? ''].toSorted());
    expect(await subjects({ unseenBy: 'lk_2' })).toEqual(['ct_1', 'ct_2', 'ct_3']);
    // What was looked at is an old version by now: the newer debt stays to be looked at.
    await leaveDue(open().db, CONNECTION, 'lk_1', marks);
    expect(await subjects({ unseenBy: 'lk_1' })).toEqual([again]);
  });

  test('[R43] [R50] who waits for the run’s end is met then and not before, whatever is owed meanwhile; a run that begins anew meets them again', async () => {
    await owe('ct_1', 'ct_2', 'ct_3');
    await keepDue(open().db, CONNECTION, 'lk_1', ['ct_1', 'ct_2']);
    await owe('ct_1');
    expect(await subjects({ unseenBy: 'lk_1' })).toEqual(['ct_3']);
    expect(await subjects({ keptBy: 'lk_1' })).toEqual(['ct_1', 'ct_2']);
    expect(await subjects({ keptBy: 'lk_2' })).toEqual([]);
    const [first] = await take({ keptBy: 'lk_1', limit: 1 });
    await owe(first?.subject ?? '');
    // Met once, though somebody changed them since.
    await leaveDue(open().db, CONNECTION, 'lk_1', first === undefined ? [] : [first]);
    expect(await subjects({ keptBy: 'lk_1' })).toHaveLength(1);
    await unkeepDue(open().db, CONNECTION, 'lk_1');
    expect(await subjects({ keptBy: 'lk_1' })).toEqual([]);
    expect(await subjects({ unseenBy: 'lk_1' })).toEqual(['ct_1', 'ct_2', 'ct_3']);
  });

  test('[R30b] [R43] whoever stays owed at once is counted once by a run, stands in nobody’s way, and is looked at by the next', async () => {
    const clock = manualClock(START);
    const crm = createC4cEmulator({ clock });
    let touched: readonly string[] = [];
    // A rep saves these records just before our write gets there: it is stale, and owed at once.
    const request: EngineDeps['fetch'] = (url, init) => {
      if (String(init.body).includes('PATCH LeadCollection'))
        for (const lead of touched) crm.world.edit(lead, { job_title: `Boss ${clock.now()}` });
      return crm.request(url, init);
    };
    const deps = testDeps(open(), clock, request);
    const input = { name: 'sap', crm: 'sap-c4c', enabled: true, export: { enabled: true, minimumScore: 0 } };
    const credentials = { ...crm.credentials, tenantUrl: EMULATED_TENANT };
    const { id } = await createConnection(deps, { ...input, credentials }, 'api');
    const all = Array.from({ length: 12 }, (_, index) => ({ email: `p${index}@example.com`, last_name: 'P' }));
    const leads = crm.world.seed(all, 'lead');
    const sync = async () => {
      clock.advance(600_000);
      return (await syncNow(deps, id, { direction: 'toCrm' }))[0];
    };
    clock.advance(600_000);
    await syncNow(deps, id);
    await sync();
    await deps.store.transaction((trx) =>
      saveContacts(
        trx,
        all.map(({ email }) => ({ fields: { email, city: 'Oslo' } })),
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
    touched = leads.slice(0, 4);
    expect(await sync()).toMatchObject({ status: 'succeeded', counts: { seen: 12, updated: 8, deferred: 4 } });
    expect(await subjects({}, id)).toHaveLength(4);
    touched = [];
    expect(await sync()).toMatchObject({ counts: { seen: 4, updated: 4, deferred: 0 } });
    expect(crm.world.all().map((record) => record.fields['city'])).toEqual(all.map(() => 'Oslo'));
    expect(await subjects({}, id)).toEqual([]);
  });

  test('[R39] the earlier item of a record that is met again is found by an index, however many items there are', async () => {
    const { db } = open();
    await ensurePartitions(db, 'items', [START]);
    await sql`
      insert into items (run_id, connection_id, kind, crm_id, outcome, at)
      select 'run_1', ${CONNECTION}, 'lead', n::text, 'created', ${START}::bigint + n from generate_series(1, 20000) n`.execute(
      db,
    );
    await sql`analyze items`.execute(db);
    const ids = Array.from({ length: 100 }, (_, index) => String(index * 150));
    const plan = await sql<Record<string, string>>`
      explain delete from items where run_id = 'run_1' and crm_id = any(${ids}::text[]) returning crm_id`.execute(db);
    const lines = plan.rows.map((row) => Object.values(row)[0] ?? '').filter((line) => line.includes(' on items_'));
    expect(lines.some((line) => /Index .*run_id_crm_id_idx/.test(line))).toBe(true);
  });
});
