import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { approveRun } from '../../src/engine/held-runs.ts';
import { goOnAfterUndo, pauseEverything, resumeConnection } from '../../src/engine/pause.ts';
import { type RunView, readRun } from '../../src/engine/runs.ts';
import { requestUndo } from '../../src/engine/undo.ts';
import { drainConnection, scheduleDue } from '../../src/engine/worker.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

describeEachDatabase('undoing a run towards the hub', (open) => {
  let clock: TestClock;
  let crm: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    crm = createHubSpotEmulator({ clock });
    deps = testDeps(open(), clock, crm.request);
    id = (
      await createConnection(
        deps,
        {
          name: 'sales',
          crm: 'hubspot',
          enabled: true,
          credentials: { method: 'token', accessToken: crm.token },
          export: { enabled: true, minimumScore: 0 },
        },
        'api',
      )
    ).id;
  });
  const run = async (direction?: 'toHub' | 'toCrm'): Promise<RunView> => {
    clock.advance(60_000);
    const [first] = await syncNow(deps, id, direction === undefined ? {} : { direction });
    if (first === undefined) throw new Error('no run');
    return first;
  };
  const work = async (runId: string): Promise<RunView> => {
    clock.advance(60_000);
    await drainConnection(deps, id, 'test');
    return readRun(deps.store.db, runId);
  };
  const plan = async (of: RunView): Promise<RunView> => work((await requestUndo(deps, of.id, 'person')).id);
  const undo = async (of: RunView): Promise<RunView> => {
    const [made] = await approveRun(deps, (await plan(of)).id);
    return work(made?.id ?? '');
  };
  const hub = (rows: readonly Record<string, unknown>[]) =>
    deps.store.transaction((trx) =>
      saveContacts(
        trx,
        rows.map((fields) => ({ fields })),
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const contact = async (email: string) =>
    (
      await sql<{
        fields: Record<string, unknown>;
        origins: unknown;
      }>`select fields, origins from contacts where email_key = ${email}`.execute(deps.store.db)
    ).rows[0];
  const record = (recordId: string | undefined) => crm.world.all().find((one) => one.id === recordId);
  const ada = 'ada@example.com';

  test('[R38] values go back to what stood there before, and neither side nor the next run repeats what was undone', async () => {
    const [adaId] = crm.world.seed([{ email: ada, phone: '111', city: 'Rome' }], 'lead');
    await run();
    crm.world.edit(adaId ?? '', { phone: '222', city: 'Oslo' });
    const wrong = await run('toHub');
    expect((await contact(ada))?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
    const seen = await plan(wrong);
    expect(seen).toMatchObject({
      dryRun: true,
      status: 'succeeded',
      counts: { updated: 1, seen: 1 },
      undo: { found: { fields: 2 } },
    });
    expect((await contact(ada))?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
    const done = await undo(wrong);
    expect(done).toMatchObject({
      dryRun: false,
      status: 'succeeded',
      counts: { updated: 1 },
      undo: { of: wrong.id, found: { fields: 2, left: {} } },
    });
    expect((await contact(ada))?.fields).toMatchObject({ phone: '111', city: 'Rome' });
    await goOnAfterUndo(deps, id);
    for (let round = 0; round < 2; round += 1) {
      await run();
      clock.advance(60_000);
      await syncNow(deps, id, { mode: 'full' });
    }
    expect((await contact(ada))?.fields).toMatchObject({ phone: '111', city: 'Rome' });
    expect(record(adaId)?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
    // Somebody changes it: what is held is over.
    crm.world.edit(adaId ?? '', { phone: '333' });
    await run();
    expect((await contact(ada))?.fields).toMatchObject({ phone: '333', city: 'Rome' });
    await hub([{ email: ada, city: 'Bern' }]);
    await run();
    expect(record(adaId)?.fields).toMatchObject({ phone: '333', city: 'Bern' });
  });

  test('[R38] what was edited since stays and is listed with why', async () => {
    const [adaId] = crm.world.seed([{ email: ada, phone: '111', city: 'Rome' }], 'lead');
    await run();
    crm.world.edit(adaId ?? '', { phone: '222', city: 'Oslo' });
    const wrong = await run('toHub');
    await hub([{ email: ada, city: 'Bern' }]);
    const done = await undo(wrong);
    expect(done).toMatchObject({
      counts: { updated: 1 },
      undo: { found: { fields: 1, left: { edited: 1 }, leftPeople: 1 } },
    });
    expect((await contact(ada))?.fields).toMatchObject({ phone: '111', city: 'Bern' });
    const items = await deps.store.db
      .selectFrom('items')
      .select(['outcome', 'reason', 'changes'])
      .where('run_id', '=', done.id)
      .orderBy('id')
      .execute();
    expect(items).toEqual([
      { outcome: 'updated', reason: null, changes: [{ field: 'phone', from: '222', to: '111', rule: 'R38' }] },
      { outcome: 'filtered', reason: 'edited', changes: [{ field: 'city', from: 'Bern', to: 'Rome', rule: 'edited' }] },
    ]);
  });

  test('[R38] people whom the run made go without a tombstone and come back when somebody changes them in the CRM', async () => {
    const [adaId] = crm.world.seed([{ email: ada, phone: '111' }], 'lead');
    const wrong = await run();
    expect(wrong.counts.created).toBe(1);
    const done = await undo(wrong);
    expect(done).toMatchObject({ counts: { created: 1 }, undo: { found: { removed: 1, fields: 0 } } });
    expect(await contact(ada)).toBeUndefined();
    expect(await deps.store.db.selectFrom('tombstones').select('id').execute()).toEqual([]);
    await goOnAfterUndo(deps, id);
    await run();
    clock.advance(60_000);
    await syncNow(deps, id, { mode: 'full' });
    expect(await contact(ada)).toBeUndefined();
    expect(record(adaId)?.fields).toMatchObject({ phone: '111' });
    crm.world.edit(adaId ?? '', { phone: '222' });
    await run();
    expect((await contact(ada))?.fields).toMatchObject({ phone: '222' });
  });

  test('[R38] the schedule waits until a person says go on', async () => {
    crm.world.seed([{ email: ada, phone: '111' }], 'lead');
    await undo(await run());
    const pause = () => deps.store.db.selectFrom('connections').select(['paused_reason']).executeTakeFirstOrThrow();
    expect(await pause()).toEqual({ paused_reason: 'undone' });
    const queued = async () =>
      (await sql`select 1 from runs where status = 'queued'`.execute(deps.store.db)).rows.length;
    clock.advance(24 * 3_600_000);
    await scheduleDue(deps);
    expect(await queued()).toBe(0);
    await goOnAfterUndo(deps, id);
    await scheduleDue(deps);
    expect(await queued()).toBe(2);
  });

  test('[R38] [R42] [R50] a pause that another one had hidden is shown when that one ends', async () => {
    crm.world.seed([{ email: ada, phone: '111' }], 'lead');
    const wrong = await run();
    await undo(wrong);
    const pause = async () =>
      (await deps.store.db.selectFrom('connections').select('paused_reason').executeTakeFirstOrThrow()).paused_reason;
    await pauseEverything(deps);
    expect(await pause()).toBe('person');
    await resumeConnection(deps, id);
    expect(await pause()).toBe('undone');
    // As a run by hand is left that stopped at what nobody had looked at.
    const guard = JSON.stringify({ reason: 'mass_deletion', count: 9, max: 5, effects: ['gone'] });
    await sql`update runs set status = 'paused', paused_reason = 'mass_deletion', guard = ${guard}::jsonb where id = ${wrong.id}`.execute(
      deps.store.db,
    );
    await goOnAfterUndo(deps, id);
    expect(await pause()).toBe('mass_deletion');
  });
});
