import { beforeEach, expect, test } from 'vitest';
import { pauseConnection } from '../../src/engine/connection.ts';
import { heldByRun, releaseRun } from '../../src/engine/held-values.ts';
import { goOnAfterUndo } from '../../src/engine/pause.ts';
import { connectionsWithExpress, markExpress } from '../../src/store/express.ts';
import { describeEachDatabase } from '../support/database.ts';
import { openUndoBench, type UndoBench } from '../support/undo.ts';

const ada = 'ada@example.com';

describeEachDatabase('undoing a run towards the CRM', (open) => {
  let bench: UndoBench;
  /** Ada on both sides, with a phone and a city; the hub changes both and a run carries them over. */
  const wrongRun = async () => {
    bench.world.seed([{ email: ada, phone: '111', city: 'Rome' }], 'lead');
    await bench.run();
    await bench.hub([{ email: ada, phone: '222', city: 'Oslo' }]);
    const wrong = await bench.run({ direction: 'toCrm' });
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
    return wrong;
  };

  beforeEach(async () => {
    bench = await openUndoBench(open(), 'hubspot');
  });

  test('[R38] records get back what stood there before, and neither side nor the next runs repeat what was undone', async () => {
    const wrong = await wrongRun();
    const seen = await bench.plan(wrong);
    expect(seen).toMatchObject({ status: 'succeeded', counts: { updated: 1 }, undo: { found: { left: {} } } });
    expect(seen.plan?.calls).toBeGreaterThan(0);
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
    const done = await bench.undo(wrong);
    expect(done).toMatchObject({
      status: 'succeeded',
      counts: { seen: 1, updated: 1, deferred: 0 },
      undo: { of: wrong.id, found: { left: {} } },
    });
    expect(done.undo?.found.fields).toBeGreaterThanOrEqual(2);
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '111', city: 'Rome' });
    await goOnAfterUndo(bench.deps, bench.id);
    for (const mode of ['changes', 'full', 'changes'] as const) await bench.run({ mode });
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '111', city: 'Rome' });
    expect((await bench.contact(ada))?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
    await bench.hub([{ email: ada, phone: '333' }]);
    await bench.run();
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '333', city: 'Rome' });
  });

  test('[R38] what a rep edited since, and what is newer here, is left alone and listed', async () => {
    const wrong = await wrongRun();
    bench.world.edit(bench.record(ada)?.id ?? '', { city: 'Bern' });
    const done = await bench.undo(wrong);
    expect(done).toMatchObject({ counts: { updated: 1 }, undo: { found: { left: { edited: 1 }, leftPeople: 1 } } });
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '111', city: 'Bern' });
    expect(await bench.items(done)).toContainEqual({
      outcome: 'filtered',
      reason: 'edited',
      changes: [{ field: 'city', from: 'Bern', to: 'Rome', rule: 'edited' }],
    });
  });

  test('[R38] what was changed here since, and is on its way, is not taken back under it', async () => {
    const wrong = await wrongRun();
    await bench.hub([{ email: ada, phone: '333' }]);
    const done = await bench.undo(wrong);
    expect(done.undo?.found.left).toEqual({ edited: 1 });
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '222', city: 'Rome' });
    await bench.run();
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '333', city: 'Rome' });
  });

  test('[R38] undone twice, the second time finds nothing to take back; an undo itself cannot be undone', async () => {
    const wrong = await wrongRun();
    const first = await bench.undo(wrong);
    expect(await bench.undo(wrong)).toMatchObject({ counts: { updated: 0 }, undo: { found: { fields: 0 } } });
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '111', city: 'Rome' });
    await expect(bench.plan(first)).rejects.toMatchObject({ code: 'undo_of_undo' });
  });

  test('[R38] a write whose answer never came is found by the next run, and is not repeated by any side', async () => {
    const wrong = await wrongRun();
    const seen = await bench.plan(wrong);
    expect(seen.counts.updated).toBe(1);
    bench.faults.add({ kind: 'drop', times: 1, path: '/batch/update' });
    const done = await bench.undo(wrong);
    expect(done).toMatchObject({ status: 'succeeded', counts: { deferred: 1, updated: 0 } });
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '111', city: 'Rome' });
    await goOnAfterUndo(bench.deps, bench.id);
    bench.clock.advance(600_000);
    for (let round = 0; round < 3; round += 1) await bench.run();
    expect(await bench.deps.store.db.selectFrom('intents').selectAll().execute()).toEqual([]);
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '111', city: 'Rome' });
    expect((await bench.contact(ada))?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
    // The undo knows of it, though it was another run that heard the answer.
    const held = { fields: seen.undo?.found.fields, people: 0 };
    expect(held.fields).toBeGreaterThanOrEqual(2);
    expect(await heldByRun(bench.deps.store.db, done.id)).toEqual(held);
    expect(await releaseRun(bench.deps, done.id, 'hub')).toEqual(held);
    await bench.run();
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '222', city: 'Oslo' });
  });

  test("[R38] a form waits until a person says go on, also when the day's calls have run out meanwhile", async () => {
    const done = await bench.undo(await wrongRun());
    const { store } = bench.deps;
    const at = bench.clock.now();
    await pauseConnection(store.db, bench.id, { reason: 'quota', detail: { resumesAt: at + 86_400_000 }, at });
    await bench.hub([{ email: ada, city: 'Paris' }]);
    const id = (await bench.contact(ada))?.id ?? '';
    await store.transaction((trx) => markExpress(trx, [id], { reason: 'form', at }));
    expect(await connectionsWithExpress(store.db, at)).toEqual([]);
    await bench.work(done.id);
    expect(bench.record(ada)?.fields).toMatchObject({ city: 'Rome' });
    await goOnAfterUndo(bench.deps, bench.id);
    await bench.work(done.id);
    expect(bench.record(ada)?.fields).toMatchObject({ city: 'Paris' });
  });
});

describeEachDatabase('undoing a run that made records in the CRM', (open) => {
  let bench: UndoBench;
  beforeEach(async () => {
    bench = await openUndoBench(open(), 'salesforce');
  });
  const makes = async () => {
    await bench.hub([{ email: ada, last_name: 'Lovelace', company: 'Acme', phone: '111' }]);
    await bench.run({ direction: 'toHub' });
    const wrong = await bench.run({ direction: 'toCrm' });
    expect(wrong.counts.created).toBe(1);
    return wrong;
  };

  test('[R38] they are deleted where a person ticked it, and made again only when the contact is changed', async () => {
    const wrong = await makes();
    expect((await bench.plan(wrong)).undo?.found).toMatchObject({ removed: 1 });
    const kept = await bench.undo(wrong);
    expect(kept.undo?.found).toMatchObject({ removed: 0, left: { not_ticked: 1 } });
    expect(bench.record(ada)).toBeDefined();
    const done = await bench.undo(wrong, true);
    expect(done).toMatchObject({
      status: 'succeeded',
      counts: { created: 1 },
      undo: { found: { removed: 1, left: {} } },
    });
    expect(bench.record(ada)).toBeUndefined();
    await goOnAfterUndo(bench.deps, bench.id);
    for (const mode of ['changes', 'full', 'changes'] as const) await bench.run({ mode });
    expect(bench.record(ada)).toBeUndefined();
    await bench.hub([{ email: ada, phone: '222' }]);
    await bench.run();
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '222' });
    await bench.run();
    expect(bench.world.all().filter((one) => !one.deleted)).toHaveLength(1);
  });

  test('[R38] one that a rep has touched since stays', async () => {
    const wrong = await makes();
    bench.clock.advance(60_000);
    bench.world.edit(bench.record(ada)?.id ?? '', { city: 'Bern' });
    const done = await bench.undo(wrong, true);
    expect(done.undo?.found).toMatchObject({ removed: 0, left: { touched: 1 } });
    expect(bench.record(ada)).toBeDefined();
  });

  test('[R38] one that a rep brings back out of the bin is in step again', async () => {
    await bench.undo(await makes(), true);
    const [gone] = bench.world.deletion?.bin() ?? [];
    bench.clock.advance(60_000);
    expect(bench.world.deletion?.restore(gone?.id ?? '')).toBe(true);
    await bench.run();
    await bench.hub([{ email: ada, phone: '222' }]);
    await bench.run();
    expect(bench.record(ada)?.fields).toMatchObject({ phone: '222' });
    expect(bench.world.all().filter((one) => !one.deleted)).toHaveLength(1);
  });
});
