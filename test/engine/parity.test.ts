import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { DIFFERENCES_KEPT } from '../../src/core/difference.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { approveRun } from '../../src/engine/held-runs.ts';
import { listDifferences, readParity, repairMissed, requestParity } from '../../src/engine/parity.ts';
import { listRuns } from '../../src/engine/runs.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const HOUR_MS = 3_600_000;
const line = (hub: string, crm: string, more: object = {}) => ({ kind: 'lead', hub, crm, direction: 'both', ...more });
const LINES = [line('email', 'email'), line('phone', 'phone'), line('city', 'city'), line('job_title', 'jobtitle')];

describeEachDatabase('are both sides the same?', (open) => {
  let clock: TestClock;
  let crm: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createHubSpotEmulator({ clock });
    deps = testDeps(open(), clock, crm.request);
    const made = await createConnection(
      deps,
      {
        name: 'sales',
        crm: 'hubspot',
        enabled: true,
        credentials: { method: 'token', accessToken: crm.token },
        export: { enabled: true, minimumScore: 50 },
        mappings: LINES,
      },
      'api',
    );
    id = made.id;
  });
  const sync = async (request = {}) => {
    clock.advance(HOUR_MS);
    return syncNow(deps, id, request);
  };
  const compare = async (sample: number | null = null) => {
    const asked = await requestParity(deps, id, { sample, trigger: 'person' });
    await drainConnection(deps, id, 'test');
    return readParity(open().db, asked.id);
  };
  const seed = (count: number) =>
    crm.world.seed(
      Array.from({ length: count }, (_, index) => ({
        email: `p${index}@example.com`,
        phone: '+43 1 234',
        city: 'Wien',
        jobtitle: 'CEO',
      })),
      'lead',
    );
  const hubEdit = (email: string, fields: Record<string, unknown>) =>
    open().transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const crmId = (email: string): string => crm.state.holderOf(email)?.id ?? '';

  test('[R90] after a synchronisation everybody is the same on both sides, for as many calls as the batches make necessary, and nothing is written', async () => {
    seed(230);
    await sync();
    const writes = crm.state.holderOf('p7@example.com')?.updatedAt;
    const found = await compare();
    expect(found).toMatchObject({ status: 'succeeded', linked: 230, compared: 230, equal: 230, parity: 1, people: {} });
    expect(found.apiCalls).toBe(3);
    expect(crm.state.holderOf('p7@example.com')?.updatedAt).toBe(writes);
    expect(await open().db.selectFrom('due').selectAll().where('side', '=', 'crm').execute()).toEqual([]);
  });

  test('[R90] what waits for the next run is told from what was missed; missed ones are mended by the next run once a person asks', async () => {
    seed(6);
    await sync();
    await sync();
    clock.advance(HOUR_MS);
    await hubEdit('p0@example.com', { phone: '+43 9 999' });
    crm.world.edit(crmId('p1@example.com'), { city: 'Graz' });
    // As if a change had been lost: the record says that it has not changed for long.
    await open()
      .db.updateTable('contacts')
      .set({ fields: JSON.stringify({ phone: '+43 1 234', city: 'Linz', job_title: 'CEO' }) })
      .where('email_key', '=', 'p2@example.com')
      .execute();
    const found = await compare();
    expect(found).toMatchObject({
      compared: 6,
      equal: 3,
      people: { waits: 2, missed: 1 },
      values: { waits: 2, missed: 1 },
    });
    const [missed, ...more] = await listDifferences(open().db, found.id, { why: 'missed', limit: 10 });
    expect(more).toEqual([]);
    expect(missed).toMatchObject({
      email: 'p2@example.com',
      crmId: crmId('p2@example.com'),
      values: [{ field: 'city', hub: 'Linz', crm: 'Wien', why: 'missed' }],
    });
    expect(await repairMissed(deps, found.id)).toBe(1);
    await sync();
    await sync();
    expect(crm.state.holderOf('p2@example.com')?.properties['city']).toBe('Linz');
    expect(await compare()).toMatchObject({ compared: 6, equal: 6, parity: 1 });
  });

  test('[R90] a record that is gone, and a change on the wrong side of a one-way line, are told by name', async () => {
    seed(4);
    await sync();
    await updateConnection(
      deps,
      id,
      { mappings: [LINES[0], LINES[1], line('city', 'city', { direction: 'toHub' }), LINES[3]] },
      { writtenBy: 'api' },
    );
    await sync();
    await sync();
    await hubEdit('p0@example.com', { city: 'Linz' });
    await sync();
    crm.world.remove(crmId('p1@example.com'));
    const found = await compare();
    expect(found).toMatchObject({ compared: 4, equal: 2, people: { one_way: 1, gone: 1 }, values: { one_way: 1 } });
  });

  test('[R90] whoever was missed is named and mended, however many differ for a reason', async () => {
    await updateConnection(
      deps,
      id,
      { mappings: [LINES[0], LINES[1], line('city', 'city', { direction: 'toHub' })] },
      { writtenBy: 'api' },
    );
    seed(DIFFERENCES_KEPT + 1);
    await sync();
    await sync();
    const { db } = open();
    await sql`update contacts set fields = fields || '{"city":"Linz"}'`.execute(db);
    await sql`update contacts set fields = fields || '{"phone":"+43 9 999"}'
               where id = (select contact_id from links order by id desc limit 1)`.execute(db);
    const found = await compare();
    expect(found.people).toEqual({ one_way: DIFFERENCES_KEPT, missed: 1 });
    expect(await listDifferences(db, found.id, { why: 'missed', limit: 10 })).toHaveLength(1);
    expect(await repairMissed(deps, found.id)).toBe(1);
  }, 60_000);

  test('[R90] a sample is drawn by lot, costs its own calls only, and every line of it is a linked person', async () => {
    seed(300);
    await sync();
    const found = await compare(40);
    expect(found).toMatchObject({ sample: 40, linked: 300, compared: 40, equal: 40, apiCalls: 1 });
  });

  test('[R90] a comparison that waits already is not doubled; it stands in no history, is no plan, and can be made while the connection is off', async () => {
    seed(2);
    await sync();
    await updateConnection(deps, id, { enabled: false }, { writtenBy: 'api' });
    const one = await requestParity(deps, id, { sample: null, trigger: 'person' });
    const two = await requestParity(deps, id, { sample: null, trigger: 'person' });
    expect(two.id).toBe(one.id);
    const found = await compare();
    expect(found).toMatchObject({ id: one.id, status: 'succeeded', compared: 2, equal: 2 });
    const known = [
      ...(await listRuns(open().db, { limit: 50 })),
      ...(await listRuns(open().db, { limit: 50, dryRun: true })),
    ];
    expect(known.map((run) => run.id)).not.toContain(one.id);
    await expect(approveRun(deps, one.id)).rejects.toMatchObject({ code: 'not_a_plan' });
  });
});
