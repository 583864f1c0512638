import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { type EmulatedCrm, fetchOf, openCrm } from '../support/crms.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

describeEachDatabase('a record that one run meets twice', (open) => {
  let clock: TestClock;
  let crm: EmulatedCrm;
  let deps: EngineDeps;
  let id: string;
  /** Happens once, as soon as a page of the run is written. */
  let meanwhile: (() => void) | null;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = openCrm('salesforce', { clock });
    meanwhile = null;
    const checkpoint = (name: string): void => {
      if (name !== 'page:after-commit') return;
      const act = meanwhile;
      meanwhile = null;
      act?.();
    };
    deps = testDeps(open(), clock, fetchOf([crm]), { checkpoint });
    const input = { name: 'sf', crm: 'salesforce', enabled: true, ...crm.settings };
    id = (await createConnection(deps, input, 'api')).id;
  });
  const seed = (fields: Record<string, string>): string =>
    crm.emulator.world.seed([{ last_name: 'M', company: 'Acme', ...fields }], 'lead')[0] ?? '';
  /** One run towards the hub that looks at the record by its id after the feeds. */
  const runTwice = async (record: string, request = {}) => {
    clock.advance(600_000);
    await open()
      .db.insertInto('due')
      .values({ connection_id: id, side: 'hub', subject: record, kind: 'lead', reason: 'webhook', created_at: 0 })
      .execute();
    const [run] = await syncNow(deps, id, { direction: 'toHub', ...request });
    const items = await sql<{ outcome: string; reason: string | null; changes: { field: string }[] }>`
      select outcome, reason, changes from items where run_id = ${run?.id ?? ''} order by id`.execute(open().db);
    return { run, items: items.rows };
  };

  test('[R43] [R39] made, and edited before it is read again: created, once, with what it has at last', async () => {
    const ada = seed({ email: 'ada@example.com', city: 'London' });
    meanwhile = () => crm.emulator.world.edit(ada, { city: 'Paris' });
    const { run, items } = await runTwice(ada);
    expect(run).toMatchObject({ status: 'succeeded', counts: { seen: 1, created: 1, updated: 0, unchanged: 0 } });
    expect(items).toMatchObject([{ outcome: 'created', reason: null }]);
    expect(items[0]?.changes).toContainEqual({ field: 'city', from: null, to: 'Paris', rule: 'R7' });
    expect(items[0]?.changes).toContainEqual({ field: 'email', from: null, to: 'ada@example.com', rule: 'R10' });
  });

  test('[R43] as it was, and edited before it is read again: updated, and no longer counted as unchanged', async () => {
    const ada = seed({ email: 'ada@example.com', city: 'London' });
    await runTwice(ada);
    meanwhile = () => crm.emulator.world.edit(ada, { city: 'Paris' });
    const { run, items } = await runTwice(ada, { mode: 'full' });
    expect(run).toMatchObject({ status: 'succeeded', counts: { seen: 1, updated: 1, unchanged: 0 } });
    expect(items).toMatchObject([{ outcome: 'updated', changes: [{ field: 'city', from: 'London', to: 'Paris' }] }]);
  });

  test('[R43] [R39] edited twice: one update, from what it was to what it is; what was put back is no change', async () => {
    const ada = seed({ email: 'ada@example.com', city: 'London', phone: '+44 1' });
    await runTwice(ada);
    crm.emulator.world.edit(ada, { city: 'Paris', phone: '+33 1' });
    meanwhile = () => crm.emulator.world.edit(ada, { city: 'London', phone: '+39 1' });
    const { run, items } = await runTwice(ada);
    expect(run).toMatchObject({ status: 'succeeded', counts: { seen: 1, updated: 1 } });
    expect(items).toMatchObject([{ outcome: 'updated', changes: [{ field: 'phone', from: '+44 1', to: '+39 1' }] }]);
    expect(items[0]?.changes).toHaveLength(1);
  });

  test('[R43] refused, and mended before it is read again: created, and no longer counted as rejected', async () => {
    const ada = seed({ city: 'London' });
    meanwhile = () => crm.emulator.world.edit(ada, { email: 'ada@example.com' });
    const { run, items } = await runTwice(ada);
    expect(run).toMatchObject({ status: 'succeeded', counts: { seen: 1, created: 1, rejected: 0 } });
    expect(items).toMatchObject([{ outcome: 'created' }]);
    const still = open().db.selectFrom('rejections').select('reason').where('resolved_at', 'is', null);
    expect(await still.execute()).toEqual([]);
  });

  test('[R43] edited, and deleted before the list of deletions is read: one update, and the contact is marked', async () => {
    const ada = seed({ email: 'ada@example.com', city: 'London' });
    await runTwice(ada);
    crm.emulator.world.edit(ada, { city: 'Paris' });
    meanwhile = () => crm.emulator.world.remove(ada);
    const { run, items } = await runTwice(ada);
    expect(run).toMatchObject({ status: 'succeeded', counts: { seen: 1, updated: 1 } });
    expect(items).toMatchObject([{ outcome: 'updated', reason: 'deleted_in_crm', changes: [{ field: 'city' }] }]);
  });

  test('[R43] the next run counts it anew', async () => {
    const ada = seed({ email: 'ada@example.com' });
    await runTwice(ada);
    const { run } = await runTwice(ada, { mode: 'full' });
    expect(run).toMatchObject({ status: 'succeeded', counts: { seen: 1, unchanged: 1 } });
  });
});
