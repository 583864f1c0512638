import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEmulator } from '../../src/cli/emulate.ts';
import { manifests } from '../../src/connectors/index.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { timelineState, writeEarlier } from '../../src/engine/timeline-state.ts';
import { recordEvents } from '../../src/hub/record-events.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock, systemClock } from '../../src/platform/clock.ts';
import { loadKeyFile } from '../../src/platform/crypto.ts';
import { openStore, type Store } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createSecrets } from '../../src/store/secrets.ts';
import { CRMS, type EmulatedCrm, fetchOf, openCrm } from '../support/crms.ts';
import { preparedDataFolder } from '../support/data-folder.ts';
import { describeEachDatabase, emptyStore, openTestStore } from '../support/database.ts';
import { START, syncNow, type TestClock, testDeps } from '../support/engine.ts';

const WRITING = CRMS.filter((name) => manifests.get(name)?.timeline !== undefined);
const ON = { enabled: true, minimumScore: 0, timeline: { enabled: true } };

interface World {
  readonly clock: TestClock;
  readonly crm: EmulatedCrm;
  readonly deps: EngineDeps;
  readonly id: string;
}

async function openWorld(
  store: Store,
  name: string,
  { people = 3, out = ON, extra = {} }: { people?: number; out?: object; extra?: Partial<EngineDeps> } = {},
): Promise<World> {
  const clock = manualClock(START);
  const crm = openCrm(name, { clock });
  const deps = testDeps(store, clock, fetchOf([crm]), extra);
  crm.emulator.world.seed(
    Array.from({ length: people }, (_, index) => ({ email: `p${index}@example.com`, last_name: 'L', company: 'Acme' })),
    'lead',
  );
  const settings = { name, crm: name, enabled: true, export: out, quota: { dailyShare: 1 }, ...crm.settings };
  const { id } = await createConnection(deps, settings, 'api');
  clock.advance(60_000);
  await syncNow(deps, id);
  return { clock, crm, deps, id };
}

let nextEvent = 0;
/** Somebody sends a form or downloads a file. */
async function happens(
  { deps, clock }: Pick<World, 'deps' | 'clock'>,
  email: string,
  type: 'form' | 'download',
  at = clock.now(),
) {
  nextEvent += 1;
  const event = {
    id: `evt_${nextEvent}`,
    type,
    email,
    at,
    data: { name: `${type} ${nextEvent}`, page: 'https://x.test/p' },
  };
  await deps.store.transaction((trx) => recordEvents(trx, [event], clock.now()));
}

const standing = ({ crm }: World): readonly string[] =>
  (crm.emulator.world.timeline?.all() ?? []).map((entry) => /(form|download) \d+/.exec(entry.text)?.[0] ?? '');
const counts = ({ crm }: World): readonly number[] => [...(crm.emulator.world.timeline?.keys().values() ?? [])];
const stateOf = async ({ deps, id }: World) => timelineState(deps, await loadConnection(deps.store.db, id));

describe('what people did, on their records in every CRM', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(() => store.close());
  beforeEach(() => emptyStore(store));

  test.each(WRITING)(
    '[R80] %s: answers are lost and the process dies around the call, and each form and download stands once',
    async (name) => {
      let crashAt = '';
      const checkpoint = (place: string): void => {
        if (place !== crashAt) return;
        crashAt = '';
        throw new Error(`the process died at ${place}`);
      };
      const world = await openWorld(store, name, { extra: { checkpoint } });
      const { crm, clock, deps, id } = world;
      const all: string[] = [];
      const round = async (trouble: () => void): Promise<void> => {
        for (const index of [0, 1, 2]) {
          await happens(world, `p${index}@example.com`, index === 1 ? 'download' : 'form');
          all.push(`${index === 1 ? 'download' : 'form'} ${nextEvent}`);
        }
        trouble();
        await syncNow(deps, id);
        clock.advance(120_000);
        await syncNow(deps, id);
      };
      await round(() => undefined);
      await round(() => crm.emulator.faults.add({ kind: 'drop', method: 'POST', body: 'tandem:tl' }));
      await round(() => void (crashAt = 'timeline:announced'));
      await round(() => void (crashAt = 'timeline:written'));
      await round(() => crm.emulator.faults.add({ kind: 'throttle', method: 'POST', times: 9, body: 'tandem:tl' }));
      crm.emulator.faults.clear();
      clock.advance(3_600_000);
      await syncNow(deps, id);
      expect([...standing(world)].sort()).toEqual([...all].sort());
      expect(new Set(counts(world))).toEqual(new Set([1]));
      expect(await stateOf(world)).toMatchObject({ stored: 15, waiting: 0, open: 0, refused: 0, problem: null });
    },
  );

  test('[R80] nothing is written before it is switched on, and what happened before only when somebody asks', async () => {
    const world = await openWorld(store, 'hubspot', { out: { enabled: true, minimumScore: 0 } });
    const { deps, id, clock } = world;
    await happens(world, 'p0@example.com', 'form');
    await syncNow(deps, id);
    expect(standing(world)).toEqual([]);
    await expect(writeEarlier(deps, id, 0)).rejects.toMatchObject({ code: 'timeline_off' });
    clock.advance(1_000);
    await updateConnection(deps, id, { export: { timeline: { enabled: true } } }, { writtenBy: 'api' });
    await happens(world, 'p1@example.com', 'download');
    await syncNow(deps, id);
    expect(standing(world)).toEqual([`download ${nextEvent}`]);
    expect(await stateOf(world)).toMatchObject({ stored: 1, earlier: 1 });
    expect(await writeEarlier(deps, id, 0)).toBe(1);
    await syncNow(deps, id);
    expect(standing(world)).toEqual([`download ${nextEvent}`, `form ${nextEvent - 1}`]);
    expect(await stateOf(world)).toMatchObject({ stored: 2, earlier: 0 });
  });

  test('[R80] entries wait for people who are not linked, and what is owed is forgotten when it is switched off', async () => {
    const world = await openWorld(store, 'hubspot', {
      out: { enabled: true, minimumScore: 50, timeline: { enabled: true } },
    });
    const { deps, id, clock } = world;
    await store.transaction((trx) =>
      saveContacts(trx, [{ fields: { email: 'new@example.com' } }], {
        by: 'person',
        at: clock.now(),
        newId: () => deps.ids.next('ct'),
        mode: 'create',
      }),
    );
    await happens(world, 'new@example.com', 'form');
    await syncNow(deps, id);
    expect(standing(world)).toEqual([]);
    expect(await stateOf(world)).toMatchObject({ waitingForLink: 1 });
    await updateConnection(deps, id, { export: { minimumScore: 0 } }, { writtenBy: 'api' });
    await syncNow(deps, id);
    expect(standing(world)).toEqual([`form ${nextEvent}`]);
    await happens(world, 'p0@example.com', 'form');
    await updateConnection(deps, id, { export: { timeline: { enabled: false } } }, { writtenBy: 'api' });
    await updateConnection(deps, id, { export: { timeline: { enabled: true } } }, { writtenBy: 'api' });
    await syncNow(deps, id);
    expect(standing(world)).toHaveLength(1);
  });

  test('[R80] the oldest go first, so many a day and no more', async () => {
    const world = await openWorld(store, 'hubspot', {
      out: { enabled: true, minimumScore: 0, timeline: { enabled: true, dailyCap: 3 } },
    });
    const { deps, id, clock } = world;
    const first = nextEvent;
    for (let count = 0; count < 5; count += 1) await happens(world, 'p0@example.com', 'form', clock.now() + 5 - count);
    await syncNow(deps, id);
    await syncNow(deps, id);
    expect([...standing(world)].sort()).toEqual([3, 4, 5].map((n) => `form ${first + n}`).sort());
    expect(await stateOf(world)).toMatchObject({ dailyCap: 3, capIsSet: true, today: 3, waiting: 2 });
    clock.advance(24 * 3_600_000);
    await syncNow(deps, id);
    expect(standing(world)).toHaveLength(5);
  });

  test('[R80] [R33] a hundred entries are one call where the CRM takes a hundred', async () => {
    const world = await openWorld(store, 'hubspot', { people: 100 });
    const { deps, id, crm } = world;
    await syncNow(deps, id);
    const idle = crm.emulator.calls();
    await syncNow(deps, id);
    const calls = crm.emulator.calls() - idle;
    for (let index = 0; index < 100; index += 1) await happens(world, `p${index}@example.com`, 'download');
    // What the downloads do to the score is another matter (R23).
    await store.db.deleteFrom('due').execute();
    const before = crm.emulator.calls();
    await syncNow(deps, id);
    expect(standing(world)).toHaveLength(100);
    expect(crm.emulator.calls() - before - calls).toBe(1);
  });

  test('[R80] a missing right stops the entries and nothing else', async () => {
    const world = await openWorld(store, 'hubspot');
    const { deps, id, crm } = world;
    const refusing = testDeps(store, world.clock, async (url, init) =>
      url.includes('/notes/batch/create')
        ? Response.json({ category: 'MISSING_SCOPES', message: 'not allowed' }, { status: 403 })
        : fetchOf([crm])(url, init),
    );
    await happens(world, 'p0@example.com', 'form');
    const runs = await syncNow({ ...refusing, secrets: deps.secrets }, id);
    expect(runs.map((run) => run.status)).toEqual(['succeeded', 'succeeded']);
    expect(await stateOf(world)).toMatchObject({ stored: 0, problem: { kind: 'forbidden' } });
    world.clock.advance(3_600_000);
    await syncNow(deps, id);
    expect(await stateOf(world)).toMatchObject({ stored: 1, problem: null });
    expect(counts(world)).toEqual([1]);
  });

  test('[R80] a CRM without it refuses the option and says why', async () => {
    const crm = openCrm('sap-c4c', { clock: manualClock(START) });
    const deps = testDeps(store, manualClock(START), fetchOf([crm]));
    await expect(
      createConnection(deps, { name: 'c4c', crm: 'sap-c4c', export: ON, ...crm.settings }, 'api'),
    ).rejects.toMatchObject({ problems: [{ path: 'export.timeline.enabled', code: 'no_timeline_here' }] });
  });

  test('[R80] [R18b] a merge in the CRM between call and answer does not write the entry again', async () => {
    const world = await openWorld(store, 'salesforce', { people: 2 });
    const { deps, id, crm, clock } = world;
    await happens(world, 'p0@example.com', 'form');
    crm.emulator.faults.add({ kind: 'drop', method: 'POST', body: 'tandem:tl' });
    await syncNow(deps, id);
    const [first, second] = crm.emulator.world.all();
    crm.emulator.world.merge(first?.id ?? '', second?.id ?? '');
    for (let run = 0; run < 3; run += 1) {
      clock.advance(120_000);
      await syncNow(deps, id);
    }
    expect(counts(world)).toEqual([1]);
  });
});

describeEachDatabase('entries of timelines', (open) => {
  test('[R80] are owed, announced and settled by the same statements on both databases', async () => {
    const world = await openWorld(open(), 'hubspot', { people: 1 });
    await happens(world, 'p0@example.com', 'form');
    world.clock.advance(1);
    await happens(world, 'p0@example.com', 'download');
    await syncNow(world.deps, world.id);
    expect(standing(world)).toEqual([`form ${nextEvent - 1}`, `download ${nextEvent}`]);
    expect(counts(world)).toEqual([1, 1]);
  });
});

test('[R80] [R31] killed with SIGKILL after the call and before its answer is settled, each entry stands once', {
  timeout: 240_000,
}, async () => {
  const folder = preparedDataFolder('timeline');
  const crm = await startEmulator('hubspot', 0);
  crm.emulator.world.seed(
    Array.from({ length: 20 }, (_, index) => ({ email: `p${index}@example.com` })),
    'lead',
  );
  const store = await openStore({ dataDir: folder });
  await migrate(store);
  const clock = manualClock(Date.now());
  const deps = { ...testDeps(store, clock, fetch), clock: systemClock, secrets: createSecrets(loadKeyFile(folder)) };
  const { id } = await createConnection(
    deps,
    { name: 'hs', ...crm.settings, enabled: true, export: ON, quota: { dailyShare: 1 } },
    'api',
  );
  await syncNow(deps, id);
  for (let index = 0; index < 20; index += 1)
    await happens({ deps, clock: manualClock(Date.now()) }, `p${index}@example.com`, 'download', Date.now());
  await store.close();
  expect(await live(folder, 'timeline:written')).toBe('SIGKILL');
  expect(crm.emulator.world.timeline?.keys().size).toBe(20);
  expect(await live(folder, '')).toBe(0);
  expect([...(crm.emulator.world.timeline?.keys().values() ?? [])]).toEqual(Array.from({ length: 20 }, () => 1));
  const after = await openStore({ dataDir: folder });
  const rows = await after.db.selectFrom('timeline_entries').select('state').execute();
  expect(rows.map((row) => row.state)).toEqual(Array.from({ length: 20 }, () => 'stored'));
  await after.close();
  await crm.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One life of the worker; killed at a place, or left to finish. @returns its exit code or signal. */
function live(folder: string, killAt: string): Promise<number | string | null> {
  return new Promise((resolve) => {
    const child = fork(join(import.meta.dirname, 'kill-child.ts'), [folder, '', killAt], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
}
