import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { goOnAfterUndo, pauseEverything, resumeConnection } from '../../src/engine/pause.ts';
import { scheduleDue } from '../../src/engine/worker.ts';
import { describeEachDatabase } from '../support/database.ts';
import { syncNow, type TestClock } from '../support/engine.ts';
import { openUndoBench, type UndoBench } from '../support/undo.ts';

describeEachDatabase('undoing a run towards the hub', (open) => {
  let bench: UndoBench;
  let deps: EngineDeps;
  let clock: TestClock;
  let id: string;
  beforeEach(async () => {
    bench = await openUndoBench(open(), 'hubspot');
    ({ deps, clock, id } = bench);
  });
  const run = (direction?: 'toHub' | 'toCrm') => bench.run(direction === undefined ? {} : { direction });
  const record = (recordId: string | undefined) => bench.world.all().find((one) => one.id === recordId);
  const ada = 'ada@example.com';

  test('[R38] values go back to what stood there before, and neither side nor the next run repeats what was undone', async () => {
    const [adaId] = bench.world.seed([{ email: ada, phone: '111', city: 'Rome' }], 'lead');
    await run();
    bench.world.edit(adaId ?? '', { phone: '222', city: 'Oslo' });
    const wrong = await run('toHub');
    expect((await bench.contact(ada))?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
    const seen = await bench.plan(wrong);
    expect(seen).toMatchObject({
      dryRun: true,
      status: 'succeeded',
      counts: { updated: 1, seen: 1 },
      undo: { found: { fields: 2 } },
    });
    expect((await bench.contact(ada))?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
    const done = await bench.undo(wrong);
    expect(done).toMatchObject({
      dryRun: false,
      status: 'succeeded',
      counts: { updated: 1 },
      undo: { of: wrong.id, found: { fields: 2, left: {} } },
    });
    expect((await bench.contact(ada))?.fields).toMatchObject({ phone: '111', city: 'Rome' });
    await goOnAfterUndo(deps, id);
    for (let round = 0; round < 2; round += 1) {
      await run();
      clock.advance(60_000);
      await syncNow(deps, id, { mode: 'full' });
    }
    expect((await bench.contact(ada))?.fields).toMatchObject({ phone: '111', city: 'Rome' });
    expect(record(adaId)?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
    // Somebody changes it: what is held is over.
    bench.world.edit(adaId ?? '', { phone: '333' });
    await run();
    expect((await bench.contact(ada))?.fields).toMatchObject({ phone: '333', city: 'Rome' });
    await bench.hub([{ email: ada, city: 'Bern' }]);
    await run();
    expect(record(adaId)?.fields).toMatchObject({ phone: '333', city: 'Bern' });
  });

  test('[R38] what was edited since stays and is listed with why', async () => {
    const [adaId] = bench.world.seed([{ email: ada, phone: '111', city: 'Rome' }], 'lead');
    await run();
    bench.world.edit(adaId ?? '', { phone: '222', city: 'Oslo' });
    const wrong = await run('toHub');
    await bench.hub([{ email: ada, city: 'Bern' }]);
    const done = await bench.undo(wrong);
    expect(done).toMatchObject({
      counts: { updated: 1 },
      undo: { found: { fields: 1, left: { edited: 1 }, leftPeople: 1 } },
    });
    expect((await bench.contact(ada))?.fields).toMatchObject({ phone: '111', city: 'Bern' });
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
    const [adaId] = bench.world.seed([{ email: ada, phone: '111' }], 'lead');
    const wrong = await run();
    expect(wrong.counts.created).toBe(1);
    const done = await bench.undo(wrong);
    expect(done).toMatchObject({ counts: { created: 1 }, undo: { found: { removed: 1, fields: 0 } } });
    expect(await bench.contact(ada)).toBeUndefined();
    expect(await deps.store.db.selectFrom('tombstones').select('id').execute()).toEqual([]);
    await goOnAfterUndo(deps, id);
    await run();
    clock.advance(60_000);
    await syncNow(deps, id, { mode: 'full' });
    expect(await bench.contact(ada)).toBeUndefined();
    expect(record(adaId)?.fields).toMatchObject({ phone: '111' });
    bench.world.edit(adaId ?? '', { phone: '222' });
    await run();
    expect((await bench.contact(ada))?.fields).toMatchObject({ phone: '222' });
  });

  test('[R38] the schedule waits until a person says go on', async () => {
    bench.world.seed([{ email: ada, phone: '111' }], 'lead');
    await bench.undo(await run());
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
    bench.world.seed([{ email: ada, phone: '111' }], 'lead');
    const wrong = await run();
    await bench.undo(wrong);
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
