import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { approveRun, cancelRun, resumeRun } from '../../src/engine/held-runs.ts';
import { pauseEverything, resumeEverything } from '../../src/engine/pause.ts';
import { type RunRequest, type RunView, readRun, readRuns } from '../../src/engine/runs.ts';
import { drainConnection, scheduleDue } from '../../src/engine/worker.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const HOUR_MS = 60 * 60 * 1000;
const people = (count: number, from = 0, fields: Record<string, string> = {}) =>
  Array.from({ length: count }, (_, index) => ({ email: `p${from + index}@example.com`, ...fields }));

describeEachDatabase('a run that changes very much', (open) => {
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
          credentials: { method: 'token', accessToken: crm.token },
          export: { enabled: true, minimumScore: 0 },
        },
        'api',
      )
    ).id;
    // As on the screen: the preview is the approval of the first run, not the saving.
    await updateConnection(deps, id, { enabled: true }, { writtenBy: 'screen' });
  });
  const work = async (runs: readonly RunView[]): Promise<readonly RunView[]> => {
    await drainConnection(deps, id, 'test');
    return readRuns(
      deps.store.db,
      runs.map((run) => run.id),
    );
  };
  const unwatched = (request: Partial<RunRequest> = {}) => {
    clock.advance(60_000);
    return syncNow(deps, id, { trigger: 'schedule', ...request });
  };
  const watched = (request: Partial<RunRequest> = {}) => {
    clock.advance(60_000);
    return syncNow(deps, id, request);
  };
  const approve = async (run: RunView | undefined, leaveOut: Parameters<typeof approveRun>[2] = []) => {
    clock.advance(60_000);
    return work(await approveRun(deps, run?.id ?? '', leaveOut));
  };
  const hubEdit = (rows: readonly Record<string, unknown>[]) =>
    deps.store.transaction((trx) =>
      saveContacts(
        trx,
        rows.map((fields) => ({ fields })),
        { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const count = async (from: string, where = 'true'): Promise<number> =>
    (
      await sql<{ n: number }>`select count(*)::int as n from ${sql.ref(from)} where ${sql.raw(where)}`.execute(
        deps.store.db,
      )
    ).rows[0]?.n ?? 0;
  const pausedReason = async () =>
    (await deps.store.db.selectFrom('connections').select('paused_reason').executeTakeFirstOrThrow()).paused_reason;

  test('[R50] a first import by the schedule waits before anybody is made, after one page; approved it goes on', async () => {
    crm.world.seed(people(1_200), 'lead');
    const [run] = await unwatched();
    expect(run).toMatchObject({
      status: 'paused',
      pausedReason: 'breaker',
      counts: { created: 0, seen: 0 },
      guard: { reason: 'breaker', effects: ['created', 'overwritten'], count: 200, max: 50, linked: 0, waiting: 1_000 },
    });
    expect(await count('contacts')).toBe(0);
    expect(await pausedReason()).toBe('breaker');
    expect(await count('items', `params @> '{"held": 1}' and outcome = 'created'`)).toBe(200);
    const before = crm.calls();
    const [done] = await approve(run);
    expect(done).toMatchObject({ id: run?.id, status: 'succeeded', guard: null, counts: { created: 1_200 } });
    // One page is read again, not the whole feed.
    expect(crm.calls() - before).toBeLessThanOrEqual(10);
    expect(await count('contacts')).toBe(1_200);
    expect(await count('items', `params @> '{"held": 1}'`)).toBe(0);
    expect(await pausedReason()).toBe(null);
  });

  test('[R50] pages are kept back until the total is known: none of them is written when all of them are too much', async () => {
    const ids = crm.world.seed(people(700, 0, { city: 'Rome' }), 'lead');
    await watched();
    // 5 % of 700 are 35: the number 50 counts. Two pages of 200 with 30 edits each, and a third.
    for (const [index, record] of ids.slice(0, 600).entries())
      crm.world.edit(record, index % 200 < 30 ? { city: 'Oslo' } : { company: 'Acme' });
    const [run] = await unwatched();
    expect(run).toMatchObject({ status: 'paused', guard: { count: 60, max: 50, mass: { overwritten: 60 } } });
    expect(run?.guard?.fields).toEqual([{ field: 'city', overwritten: 60, blanked: 0 }]);
    expect(await count('contacts', `fields ->> 'city' = 'Oslo'`)).toBe(0);
    const [done] = await approve(run);
    expect(done?.status).toBe('succeeded');
    expect(await count('contacts', `fields ->> 'city' = 'Oslo'`)).toBe(90);
    expect(await count('contacts', `fields ->> 'company' = 'Acme'`)).toBe(510);
  });

  test('[R50] within the limits nothing waits, and no call is made twice', async () => {
    const ids = crm.world.seed(people(600, 0, { city: 'Rome' }), 'lead');
    await watched();
    await watched();
    const edit = (city: string) => {
      for (const record of ids.slice(0, 45)) crm.world.edit(record, { city });
      for (const record of ids.slice(45)) crm.world.edit(record, { company: city });
    };
    edit('Oslo');
    const [seen] = await watched({ direction: 'toHub' });
    for (const record of ids.slice(45)) crm.world.edit(record, { job_title: 'Boss' });
    for (const record of ids.slice(0, 45)) crm.world.edit(record, { city: 'Bern' });
    const [run] = await unwatched({ direction: 'toHub' });
    expect(run).toMatchObject({ status: 'succeeded', counts: { seen: 600 }, apiCalls: seen?.apiCalls });
    expect(await count('contacts', `fields ->> 'city' = 'Bern'`)).toBe(45);
  });

  test('[R50] more than twenty blanked fields wait; without them the run goes on, and they are not brought up again', async () => {
    const ids = crm.world.seed(people(40, 0, { phone: '1', city: 'Rome' }), 'lead');
    await watched();
    for (const record of ids.slice(0, 25)) crm.world.edit(record, { phone: null, city: 'Oslo' });
    const [run] = await unwatched();
    expect(run).toMatchObject({
      status: 'paused',
      guard: { effects: ['blanked', 'unlinked', 'deleted'], count: 25, max: 20 },
    });
    const [done] = await approve(run, ['blanked']);
    expect(done).toMatchObject({ status: 'succeeded', counts: { updated: 25 } });
    expect(await count('contacts', `fields ->> 'phone' = '1' and fields ->> 'city' = 'Oslo'`)).toBe(25);
    await watched({ mode: 'full' });
    expect(await count('contacts', `fields ->> 'phone' = '1'`)).toBe(40);
    crm.world.edit(ids[0] ?? '', { phone: '2' });
    await watched();
    expect(await count('contacts', `fields ->> 'phone' = '2'`)).toBe(1);
  });

  test('[R50] several limits passed at once are approved at once, and what was not over a limit stays guarded', async () => {
    const ids = crm.world.seed(people(100, 0, { phone: '1', city: 'Rome' }), 'lead');
    await watched();
    for (const record of ids.slice(0, 60)) crm.world.edit(record, { city: 'Oslo' });
    for (const record of ids.slice(60, 90)) crm.world.edit(record, { phone: null });
    const [run] = await unwatched();
    expect(run?.guard).toMatchObject({ mass: { overwritten: 60, blanked: 30 } });
    expect((await approve(run))[0]).toMatchObject({ status: 'succeeded', counts: { updated: 90 } });
    for (const record of ids.slice(0, 60)) crm.world.edit(record, { city: 'Bern' });
    const [second] = await unwatched();
    for (const record of ids.slice(0, 30)) crm.world.edit(record, { phone: null });
    expect((await approve(second))[0]).toMatchObject({
      status: 'paused',
      guard: { effects: ['blanked', 'unlinked', 'deleted'] },
    });
  });

  test('[R50] towards the CRM nothing is written either, and the other direction goes on meanwhile', async () => {
    const ids = crm.world.seed(people(80, 0, { city: 'Rome' }), 'lead');
    await watched();
    await hubEdit(people(80, 0, { city: 'Bern' }));
    const [, out] = await unwatched();
    expect(out).toMatchObject({
      status: 'paused',
      pausedReason: 'breaker',
      guard: { mass: { overwritten: 80 }, waiting: 0 },
    });
    expect(crm.world.all().filter((record) => record.fields['city'] === 'Bern')).toHaveLength(0);
    crm.world.edit(ids[0] ?? '', { phone: '2' });
    clock.advance(3 * HOUR_MS);
    await scheduleDue(deps);
    await drainConnection(deps, id, 'test');
    expect(await count('contacts', `fields ->> 'phone' = '2'`)).toBe(1);
    expect(crm.world.all().filter((record) => record.fields['city'] === 'Bern')).toHaveLength(0);
    await approve(out);
    expect(crm.world.all().filter((record) => record.fields['city'] === 'Bern')).toHaveLength(80);
    expect(await pausedReason()).toBe(null);
  });

  test('[R50] more people than one batch holds are kept back too, and are read again before they are written', async () => {
    crm.world.seed(people(1_300, 0, { city: 'Rome' }), 'lead');
    await watched();
    const changed = people(1_300, 0, {}).map((one, index) => ({
      ...one,
      ...(index % 26 === 0 ? { city: 'Bern' } : { notes: 'x' }),
    }));
    for (let start = 0; start < changed.length; start += 500) await hubEdit(changed.slice(start, start + 500));
    const [, out] = await unwatched();
    // 50 overwrites are within 5 % of 1,300.
    expect(out).toMatchObject({ status: 'succeeded' });
    expect(crm.world.all().filter((record) => record.fields['city'] === 'Bern')).toHaveLength(50);
  });

  test('[R50] a run over the API is its own approval; switched off the breaker stops nobody', async () => {
    crm.world.seed(people(60), 'lead');
    expect((await watched())[0]).toMatchObject({ status: 'succeeded', counts: { created: 60 } });
    crm.world.seed(people(60, 100), 'lead');
    await updateConnection(deps, id, { breaker: { enabled: false } }, { writtenBy: 'api' });
    expect((await unwatched())[0]).toMatchObject({ status: 'succeeded', counts: { created: 60 } });
    crm.world.seed(people(60, 200), 'lead');
    await updateConnection(deps, id, { breaker: { enabled: true, changes: 59 } }, { writtenBy: 'api' });
    expect((await unwatched())[0]).toMatchObject({ status: 'paused', guard: { count: 60, max: 59 } });
  });

  test('[R50] saving a connection that is on over the API is the approval of its first run, of that one only', async () => {
    crm.world.seed(people(60), 'lead');
    await updateConnection(deps, id, { enabled: false }, { writtenBy: 'api' });
    await updateConnection(deps, id, { enabled: true }, { writtenBy: 'api' });
    await scheduleDue(deps);
    await drainConnection(deps, id, 'test');
    expect(await count('contacts')).toBe(60);
    crm.world.seed(people(60, 100), 'lead');
    clock.advance(3 * HOUR_MS);
    await scheduleDue(deps);
    await drainConnection(deps, id, 'test');
    expect(await count('contacts')).toBe(60);
  });

  test('[R37 R50] an approved preview is carried out up to its numbers; what came since and is much more waits', async () => {
    crm.world.seed(people(60), 'lead');
    const [plan] = await watched({ dryRun: true, mode: 'full' });
    expect(plan?.plan?.mass).toMatchObject({ created: 60 });
    crm.world.seed(people(10, 100), 'lead');
    expect((await approve(plan))[0]).toMatchObject({ status: 'succeeded', trigger: 'person', counts: { created: 70 } });
    crm.world.seed(people(5, 200), 'lead');
    const [second] = await watched({ dryRun: true });
    crm.world.seed(people(60, 300), 'lead');
    const [held] = await approve(second);
    expect(held).toMatchObject({
      status: 'paused',
      guard: { reason: 'differs', effects: ['created'], count: 65, max: 25 },
    });
    expect(await count('contacts')).toBe(70);
    expect((await approve(held))[0]).toMatchObject({ status: 'succeeded' });
    expect(await count('contacts')).toBe(135);
  });

  test('[R50] dropped, nothing is lost: the next run finds it again; narrowed settings let it look again', async () => {
    crm.world.seed(people(60), 'lead');
    const [run] = await unwatched();
    expect(await cancelRun(deps, run?.id ?? '')).toMatchObject({ status: 'cancelled' });
    expect(await pausedReason()).toBe(null);
    const [again] = await unwatched();
    expect(again).toMatchObject({ status: 'paused', guard: { count: 60 } });
    await updateConnection(deps, id, { import: { leads: false } }, { writtenBy: 'screen' });
    await resumeRun(deps, again?.id ?? '');
    await drainConnection(deps, id, 'test');
    expect(await readRun(deps.store.db, again?.id ?? '')).toMatchObject({
      status: 'succeeded',
      counts: { filtered: 60 },
    });
    expect(await count('contacts')).toBe(0);
  });

  test('[R42 R50] while a run waits, pausing everything pauses its connection too, and going on brings the wait back', async () => {
    crm.world.seed(people(60), 'lead');
    const [run] = await unwatched();
    await pauseEverything(deps);
    expect(await pausedReason()).toBe('person');
    clock.advance(3 * HOUR_MS);
    await scheduleDue(deps);
    expect(await count('runs', `status = 'queued'`)).toBe(0);
    await resumeEverything(deps);
    expect(
      await deps.store.db.selectFrom('connections').select(['paused_reason', 'paused_detail']).execute(),
    ).toMatchObject([
      {
        paused_reason: 'breaker',
        paused_detail: { run: run?.id, count: 60, max: 50, what: 'created', direction: 'toHub' },
      },
    ]);
  });

  test('[R50] a run in the open ends the wait of a held one', async () => {
    crm.world.seed(people(60), 'lead');
    const [run] = await unwatched();
    await watched();
    expect(await readRun(deps.store.db, run?.id ?? '')).toMatchObject({ status: 'cancelled' });
    expect(await pausedReason()).toBe(null);
    expect(await count('contacts')).toBe(60);
  });

  test('[R40] a tenth of the linked records deleted, over several pages and whoever started the run: nobody is marked before a person agrees', async () => {
    const ids = crm.world.seed(people(900), 'lead');
    await watched();
    for (const record of ids.slice(0, 250)) crm.world.remove(record);
    const [run] = await watched();
    expect(run).toMatchObject({ status: 'paused', pausedReason: 'mass_deletion', guard: { max: 90, linked: 900 } });
    expect(await count('links', `state = 'deleted'`)).toBe(0);
    expect(await pausedReason()).toBe('mass_deletion');
    const [done] = await approve(run);
    expect(done).toMatchObject({ status: 'succeeded' });
    expect(await count('links', `state = 'deleted'`)).toBe(250);
    expect(await count('contacts')).toBe(900);
  });
});
