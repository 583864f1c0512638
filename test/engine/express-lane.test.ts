import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createHubSpotEmulator, type HubSpotEmulator } from '../../src/connectors/hubspot/emulator/emulator.ts';
import { manifest } from '../../src/connectors/hubspot/manifest.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { requestRuns } from '../../src/engine/runs.ts';
import { sendSoon } from '../../src/engine/submissions.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { saveContact, saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

describeEachDatabase('the express lane', (open) => {
  let clock: TestClock;
  let hubspot: HubSpotEmulator;
  let deps: EngineDeps;
  let id: string;
  /** Called before each call to the CRM, with its path. */
  let before: (path: string) => Promise<void>;
  beforeEach(async () => {
    await emptyStore(open());
    clock = manualClock(START);
    hubspot = createHubSpotEmulator({ clock });
    before = async () => undefined;
    deps = testDeps(open(), clock, async (url, init) => {
      await before(new URL(url).pathname);
      return hubspot.request(url, init);
    });
    id = (
      await createConnection(
        deps,
        {
          name: 'sales',
          crm: 'hubspot',
          enabled: true,
          credentials: { method: 'token', accessToken: hubspot.token },
          export: { enabled: true, minimumScore: 0 },
        },
        'api',
      )
    ).id;
    await syncNow(deps, id);
  });
  const save = async (email: string, fields: object = {}): Promise<string> => {
    // Ids and times tell the order of runs.
    clock.advance(1_000);
    return (
      await open().transaction((trx) =>
        saveContact(
          trx,
          { fields: { email, ...fields } },
          { by: 'form', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
        ),
      )
    ).id;
  };
  const backfill = (count: number) =>
    open().transaction((trx) =>
      saveContacts(
        trx,
        Array.from({ length: count }, (_, index) => ({ fields: { email: `old${index}@example.com` } })),
        { by: 'import', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' },
      ),
    );
  const inCrm = (email: string) => hubspot.world.find(email, 5).filter((record) => !record.deleted);
  const runs = async () =>
    (
      await sql<{ trigger: string; status: string; counts: { created: number } }>`
        select trigger, status, counts from runs order by created_at, id`.execute(open().db)
    ).rows.map((run) => [run.trigger, run.status, run.counts.created]);

  test('[R35] who submits a form is in the CRM at once, as a line of its own; everybody else waits for their run', async () => {
    await backfill(3);
    const ada = await save('ada@example.com');
    await sendSoon(deps, [ada], 'form');
    await drainConnection(deps, id, 'test');
    expect(inCrm('ada@example.com')).toHaveLength(1);
    expect(inCrm('old0@example.com')).toEqual([]);
    expect((await runs()).at(-1)).toEqual(['form', 'succeeded', 1]);
  });

  test('[R35] a running export serves the express lane before its next call, and nobody is there twice', async () => {
    const { create } = manifest.batch;
    const underWay = manifest.inFlight.value;
    // Twice as many batches as are under way at once.
    const people = create.value * underWay * 2;
    await backfill(people);
    const order: string[] = [];
    let submitted: Promise<unknown> | null = null;
    // In the midst of a page: one person who is new, and one who stands in this very page.
    const submit = async () => {
      await sendSoon(deps, [await save('ada@example.com')], 'form');
      await sendSoon(deps, [await save('old399@example.com', { city: 'Wien' })], 'form');
    };
    before = async (path) => {
      if (!path.endsWith('/batch/create')) return;
      order.push(inCrm('ada@example.com').length > 0 ? 'after Ada' : 'create');
      submitted ??= submit();
      await submitted;
    };
    await requestRuns(deps, id, { mode: 'changes', trigger: 'person', direction: 'toCrm' });
    await drainConnection(deps, id, 'test');
    // The ordinary run's first creates, all under way already, then Ada's own, and only then the ordinary run's others.
    expect(order.slice(0, underWay + 1)).toEqual(Array.from({ length: underWay + 1 }, () => 'create'));
    expect(new Set(order.slice(underWay + 1))).toEqual(new Set(['after Ada']));
    clock.advance(60_000);
    await syncNow(deps, id);
    expect(inCrm('ada@example.com')).toHaveLength(1);
    expect(inCrm('old399@example.com')).toMatchObject([{ fields: { city: 'Wien' } }]);
    expect(hubspot.world.all().filter((record) => !record.deleted)).toHaveLength(people + 1);
    expect(await open().db.selectFrom('intents').select('id').execute()).toEqual([]);
    expect(await open().db.selectFrom('due').select('subject').execute()).toEqual([]);
  });

  test("[R34] when the ordinary share of the day's calls is used up, forms still have theirs", async () => {
    await sql`update connections set paused_reason = 'quota', paused_detail = ${JSON.stringify({ resumesAt: clock.now() + 3_600_000 })}::jsonb`.execute(
      open().db,
    );
    await sendSoon(deps, [await save('ada@example.com')], 'form');
    await drainConnection(deps, id, 'test');
    expect(inCrm('ada@example.com')).toHaveLength(1);
    const row = await open().db.selectFrom('connections').select('paused_reason').executeTakeFirst();
    // One person's success does not give the others their share back.
    expect(row).toEqual({ paused_reason: 'quota' });
  });

  test('[R42] a connection that is off, or paused by a person, sends nobody, and forgets nobody', async () => {
    await sql`update connections set paused_reason = 'person'`.execute(open().db);
    await sendSoon(deps, [await save('ada@example.com')], 'form');
    await drainConnection(deps, id, 'test');
    expect(inCrm('ada@example.com')).toEqual([]);
    await sql`update connections set paused_reason = null`.execute(open().db);
    await drainConnection(deps, id, 'test');
    expect(inCrm('ada@example.com')).toHaveLength(1);
  });

  test('[R35] a failure of the CRM puts the people off, and they go out when it is back', async () => {
    hubspot.faults.add({ kind: 'error', times: 40 });
    await sendSoon(deps, [await save('ada@example.com')], 'form');
    await drainConnection(deps, id, 'test');
    expect((await runs()).at(-1)?.slice(0, 2)).toEqual(['form', 'failed']);
    hubspot.faults.clear();
    await drainConnection(deps, id, 'test');
    expect(inCrm('ada@example.com')).toEqual([]);
    clock.advance(60_000);
    await drainConnection(deps, id, 'test');
    expect(inCrm('ada@example.com')).toHaveLength(1);
  });

  test('[R35] a line of the express lane whose worker died ends, and its people are served again', async () => {
    let dies = true;
    const dying: EngineDeps = {
      ...deps,
      checkpoint: (place) => {
        if (!dies || place !== 'export:written') return;
        dies = false;
        throw new Error('killed');
      },
    };
    await sendSoon(deps, [await save('ada@example.com')], 'form');
    await drainConnection(dying, id, 'test');
    clock.advance(120_000);
    await syncNow(deps, id);
    clock.advance(120_000);
    await syncNow(deps, id);
    expect(inCrm('ada@example.com')).toHaveLength(1);
    expect(await open().db.selectFrom('due').select('subject').execute()).toEqual([]);
  });
});
