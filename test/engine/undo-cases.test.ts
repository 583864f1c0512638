import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { approveRun } from '../../src/engine/held-runs.ts';
import { heldByRun, heldOf, releaseHeld, releaseRun } from '../../src/engine/held-values.ts';
import { LeaseLost } from '../../src/engine/interruptions.ts';
import { goOnAfterUndo } from '../../src/engine/pause.ts';
import { requestRuns } from '../../src/engine/runs.ts';
import { requestUndo } from '../../src/engine/undo.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { eraseContact } from '../../src/hub/privacy/erase-contact.ts';
import { ensurePartitions } from '../../src/store/partitions.ts';
import { describeEachDatabase } from '../support/database.ts';
import { openUndoBench, type UndoBench } from '../support/undo.ts';

const [ada, bob, eve] = ['ada@example.com', 'bob@example.com', 'eve@example.com'];

describeEachDatabase('what an undo leaves alone, and lets go', (open) => {
  let bench: UndoBench;
  beforeEach(async () => {
    bench = await openUndoBench(open(), 'hubspot');
  });
  const count = async (what: string) =>
    (await sql<{ n: number }>`select count(*)::int as n from ${sql.ref(what)}`.execute(bench.deps.store.db)).rows[0]?.n;

  test('[R38] [R8] people stay whom the run made, where somebody touched them, they did something or opted out', async () => {
    bench.world.seed(
      [
        { email: ada, city: 'Rome' },
        { email: bob, city: 'Rome' },
        { email: eve, city: 'Rome' },
        { email: 'nobody@example.com', city: 'Rome' },
      ],
      'lead',
    );
    const wrong = await bench.run({ direction: 'toHub' });
    await bench.hub([
      { email: ada, city: 'Oslo' },
      { email: eve, opt_out: true },
    ]);
    await ensurePartitions(bench.deps.store.db, 'events', [bench.clock.now()]);
    await bench.deps.store.transaction((trx) =>
      sql`insert into events (id, contact_id, type, at, received_at) select 'evt_1', id, 'visit', ${bench.clock.now()}, ${bench.clock.now()} from contacts where email_key = ${bob}`.execute(
        trx,
      ),
    );
    const done = await bench.undo(wrong);
    expect(done).toMatchObject({
      counts: { seen: 4, created: 1, filtered: 3 },
      undo: { found: { removed: 1, left: { touched: 1, used: 1, opted_out: 1 }, leftPeople: 3 } },
    });
    expect((await bench.contact(ada))?.fields).toMatchObject({ city: 'Oslo' });
    expect((await bench.contact(eve))?.fields).toMatchObject({ opt_out: true });
    expect(await bench.contact('nobody@example.com')).toBeUndefined();
  });

  test('[R38] [R8] an opt-out that the run brought stays; the rest of the person goes back', async () => {
    bench = await openUndoBench(open(), 'zoho');
    const [id = ''] = bench.world.seed([{ email: ada, last_name: 'Lovelace', company: 'Acme', city: 'Rome' }], 'lead');
    await bench.run();
    bench.world.edit(id, { city: 'Oslo', opt_out: true });
    const done = await bench.undo(await bench.run({ direction: 'toHub' }));
    expect(done.undo?.found).toMatchObject({ fields: 1, left: { opt_out: 1 } });
    expect((await bench.contact(ada))?.fields).toMatchObject({ city: 'Rome', opt_out: true });
  });

  test('[R38] an address goes back only while nobody else has it', async () => {
    const [first = '', second = ''] = bench.world.seed([{ email: ada }, { email: bob }], 'lead');
    await bench.run();
    bench.world.edit(first, { email: 'ada2@example.com' });
    bench.world.edit(second, { email: 'bob2@example.com' });
    const wrong = await bench.run({ direction: 'toHub' });
    expect(wrong.counts.updated).toBe(2);
    await bench.hub([{ email: ada, city: 'Rome' }]);
    const done = await bench.undo(wrong);
    expect(done.undo?.found).toMatchObject({ fields: 1, left: { address_taken: 1 } });
    expect(await bench.contact(bob)).toBeDefined();
    expect(await bench.contact('ada2@example.com')).toBeDefined();
  });

  test('[R38] an address that changed hands in the run goes back to nobody who would take it from somebody', async () => {
    const [first = '', second = ''] = bench.world.seed([{ email: ada }, { email: bob }], 'lead');
    await bench.run();
    bench.world.edit(first, { email: 'ada2@example.com' });
    bench.world.edit(second, { email: ada });
    const wrong = await bench.run({ direction: 'toHub' });
    expect(wrong.counts.updated).toBe(2);
    const done = await bench.undo(wrong);
    expect(done).toMatchObject({ status: 'succeeded', undo: { found: { fields: 1, left: { address_taken: 1 } } } });
    expect(await bench.contact(bob)).toBeDefined();
  });

  test('[R38] an address that somebody has kept beside the new one does not go back to them from who has it as the main one', async () => {
    const [first = ''] = bench.world.seed([{ email: ada }], 'lead');
    await bench.run();
    bench.world.edit(first, { email: 'ada2@example.com' });
    const wrong = await bench.run({ direction: 'toHub' });
    await bench.hub([{ email: ada, city: 'Rome' }]);
    const kept = (await bench.contact('ada2@example.com'))?.id ?? '';
    await sql`insert into contact_emails (contact_id, email_key) values (${kept}, ${ada}) on conflict do nothing`.execute(
      bench.deps.store.db,
    );
    const done = await bench.undo(wrong);
    expect(done).toMatchObject({ status: 'succeeded', undo: { found: { fields: 0, left: { address_taken: 1 } } } });
    expect((await bench.contact('ada2@example.com'))?.id).toBe(kept);
  });

  test('[R38] released with the side that counts: one line of a person, or all that the undo holds', async () => {
    const ids = bench.world.seed(
      [ada, bob].map((email) => ({ email, city: 'Rome' })),
      'lead',
    );
    await bench.run();
    for (const id of ids) bench.world.edit(id, { city: 'Oslo' });
    bench.world.seed([{ email: eve, city: 'Oslo' }], 'lead');
    const done = await bench.undo(await bench.run({ direction: 'toHub' }));
    await goOnAfterUndo(bench.deps, bench.id);
    expect(await heldByRun(bench.deps.store.db, done.id)).toEqual({ fields: 2, people: 1 });
    const person = (await bench.contact(ada))?.id ?? '';
    const [held] = await heldOf(bench.deps.store.db, person);
    expect(held).toMatchObject({ hubField: 'city', hub: 'Rome', crmValue: 'Oslo', run: done.id });
    const wish = { link: held?.link ?? '', line: held?.line ?? '', counts: 'hub' } as const;
    await releaseHeld(bench.deps, person, wish);
    await expect(releaseHeld(bench.deps, person, wish)).rejects.toMatchObject({ code: 'not_held' });
    await bench.run();
    expect(bench.record(ada)?.fields).toMatchObject({ city: 'Rome' });
    expect(await releaseRun(bench.deps, done.id, 'crm')).toEqual({ fields: 1, people: 1 });
    await bench.run();
    expect((await bench.contact(bob))?.fields).toMatchObject({ city: 'Oslo' });
    expect((await bench.contact(eve))?.fields).toMatchObject({ city: 'Oslo' });
    expect(await heldByRun(bench.deps.store.db, done.id)).toEqual({ fields: 0, people: 0 });
  });

  test('[R38] an empty value that is released clears the other side', async () => {
    const [id = ''] = bench.world.seed([{ email: ada }], 'lead');
    await bench.run();
    bench.world.edit(id, { city: 'Oslo' });
    const done = await bench.undo(await bench.run({ direction: 'toHub' }));
    expect((await bench.contact(ada))?.fields['city']).toBeUndefined();
    await releaseRun(bench.deps, done.id, 'hub');
    await bench.run();
    expect(bench.record(ada)?.fields['city'] ?? null).toBeNull();
  });

  test('[R38] refused where it cannot be: still going, a preview, an undo, items that are not kept any more', async () => {
    bench.world.seed([{ email: ada }], 'lead');
    const [going] = await requestRuns(bench.deps, bench.id, { mode: 'changes', trigger: 'api' });
    await expect(requestUndo(bench.deps, going?.id ?? '', 'person')).rejects.toMatchObject({
      code: 'undo_still_going',
    });
    const run = await bench.work(going?.id ?? '');
    const preview = await bench.run({ dryRun: true });
    await expect(requestUndo(bench.deps, preview.id, 'person')).rejects.toMatchObject({ code: 'undo_of_plan' });
    bench.clock.advance(440 * 24 * 3_600_000);
    await expect(requestUndo(bench.deps, run.id, 'person')).rejects.toMatchObject({ code: 'undo_items_gone' });
  });

  test('[R38] erased people are nobody to it, and it names none of their values', async () => {
    const [id = ''] = bench.world.seed([{ email: ada, city: 'Rome' }], 'lead');
    await bench.run();
    bench.world.edit(id, { city: 'Oslo' });
    const wrong = await bench.run({ direction: 'toHub' });
    const { id: person = '' } = (await bench.contact(ada)) ?? {};
    await bench.deps.store.transaction((trx) => eraseContact(trx, person, bench.clock.now()));
    const done = await bench.undo(wrong);
    expect(done).toMatchObject({ status: 'succeeded', counts: { updated: 0, created: 0 } });
    expect(JSON.stringify(await bench.items(done))).not.toContain('Oslo');
    expect(await count('contacts')).toBe(0);
  });
});

describeEachDatabase('an undo that is cut off', (open) => {
  test('[R38] goes on where it was, and counts nobody twice', async () => {
    let dies = -1;
    const bench = await openUndoBench(open(), 'hubspot', {
      deps: {
        checkpoint: (place) => {
          if (place !== 'undo:before-commit' || dies < 0) return;
          dies -= 1;
          if (dies < 0) throw new LeaseLost();
        },
      },
    });
    const people = Array.from({ length: 1_200 }, (_, index) => ({ email: `p${index}@example.com`, city: 'Rome' }));
    bench.world.seed(people, 'lead');
    const wrong = await bench.run({ direction: 'toHub' });
    const [made] = await approveRun(bench.deps, (await bench.plan(wrong)).id);
    dies = 1;
    await drainConnection(bench.deps, bench.id, 'test');
    const left = await sql<{ n: number }>`select count(*)::int as n from contacts`.execute(bench.deps.store.db);
    expect(left.rows[0]?.n).toBe(700);
    await sql`update connections set lease_owner = null`.execute(bench.deps.store.db);
    const done = await bench.work(made?.id ?? '');
    expect(done).toMatchObject({
      status: 'succeeded',
      counts: { seen: 1_200, created: 1_200 },
      undo: { found: { removed: 1_200 } },
    });
    expect(await bench.deps.store.db.selectFrom('contacts').select('id').execute()).toEqual([]);
  });
});
