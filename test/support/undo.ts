import { sql } from 'kysely';
import type { Fields } from '../../src/core/model.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { approveRun } from '../../src/engine/held-runs.ts';
import { type RunRequest, type RunView, readRun } from '../../src/engine/runs.ts';
import { requestUndo } from '../../src/engine/undo.ts';
import { drainConnection } from '../../src/engine/worker.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { manualClock } from '../../src/platform/clock.ts';
import type { Store } from '../../src/store/db.ts';
import { type EmulatedCrm, fetchOf, openCrm } from './crms.ts';
import { emptyStore } from './database.ts';
import { START, syncNow, type TestClock, testDeps } from './engine.ts';

/** What a test of undoing does with one connection to one emulated CRM. */
export interface UndoBench {
  readonly deps: EngineDeps;
  readonly clock: TestClock;
  readonly world: EmulatedCrm['emulator']['world'];
  readonly faults: EmulatedCrm['emulator']['faults'];
  readonly calls: () => number;
  readonly id: string;
  readonly run: (request?: Partial<RunRequest>) => Promise<RunView>;
  readonly plan: (of: RunView) => Promise<RunView>;
  readonly undo: (of: RunView, deleteCreated?: boolean) => Promise<RunView>;
  /** Carries out what waits. */
  readonly work: (runId: string) => Promise<RunView>;
  readonly hub: (rows: readonly Record<string, unknown>[]) => Promise<unknown>;
  readonly contact: (email: string) => Promise<{ readonly id: string; readonly fields: Fields } | undefined>;
  /** The living record of this address. */
  readonly record: (email: string) => { readonly id: string; readonly fields: Fields } | undefined;
  readonly items: (
    run: RunView,
  ) => Promise<readonly { readonly outcome: string; readonly reason: string | null; readonly changes: unknown }[]>;
}

export async function openUndoBench(
  store: Store,
  crmId: string,
  more: { readonly deps?: Partial<EngineDeps>; readonly settings?: Record<string, unknown> } = {},
): Promise<UndoBench> {
  await emptyStore(store);
  const clock = manualClock(START);
  const crm = openCrm(crmId, { clock });
  const { world, faults } = crm.emulator;
  const deps = testDeps(store, clock, fetchOf([crm]), more.deps);
  const { id } = await createConnection(
    deps,
    {
      name: 'sales',
      crm: crmId,
      enabled: true,
      export: { enabled: true, minimumScore: 0 },
      ...crm.settings,
      ...more.settings,
    },
    'api',
  );
  const work = async (runId: string): Promise<RunView> => {
    clock.advance(60_000);
    await drainConnection(deps, id, 'test');
    return readRun(deps.store.db, runId);
  };
  const plan = async (of: RunView): Promise<RunView> => work((await requestUndo(deps, of.id, 'person')).id);
  return {
    deps,
    clock,
    world,
    faults,
    calls: crm.emulator.calls,
    id,
    work,
    plan,
    run: async (request = {}) => {
      clock.advance(60_000);
      const [first] = await syncNow(deps, id, request);
      if (first === undefined) throw new Error('no run was made');
      return first;
    },
    undo: async (of, deleteCreated = false) => {
      const [made] = await approveRun(deps, (await plan(of)).id, [], { deleteCreated });
      return work(made?.id ?? '');
    },
    hub: (rows) => {
      clock.advance(60_000);
      return store.transaction((trx) =>
        saveContacts(
          trx,
          rows.map((fields) => ({ fields })),
          { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'upsert' },
        ),
      );
    },
    contact: async (email) =>
      (
        await sql<{ id: string; fields: Fields }>`select id, fields from contacts where email_key = ${email}`.execute(
          store.db,
        )
      ).rows[0],
    record: (email) => world.all().find((one) => !one.deleted && one.fields['email'] === email),
    items: (run) =>
      store.db
        .selectFrom('items')
        .select(['outcome', 'reason', 'changes'])
        .where('run_id', '=', run.id)
        .orderBy('id')
        .execute(),
  };
}
