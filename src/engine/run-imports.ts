import { sql } from 'kysely';
import { InvalidInput } from '../core/invalid-input.ts';
import { hubFields } from '../hub/fields.ts';
import { dropParts, forgetSeen, rememberSeen, seenBefore } from '../hub/imports/file-parts.ts';
import {
  type Forecast,
  type ImportCounts,
  NO_COUNTS,
  NO_UNDO,
  type UndoCounts,
} from '../hub/imports/import-settings.ts';
import { type Import, loadImport } from '../hub/imports/import-store.ts';
import { type Row, readRows } from '../hub/imports/read-rows.ts';
import { keepRefused, type SavedRows, type SaveRowsContext, saveRows } from '../hub/imports/save-rows.ts';
import { undoRows } from '../hub/imports/undo-rows.ts';
import { isRetryable, json, type Trx } from '../store/db.ts';
import { hasLetGo } from '../store/worker-line.ts';
import type { EngineDeps } from './deps.ts';
import { whoWouldEnter } from './import-forecast.ts';

/** Rows of one transaction: the embedded database has one connection, and everybody waits. */
const BATCH = 500;
/** A worker that says nothing for so long is taken for dead; each batch renews. */
const LEASE_MS = 30_000;
const TRIES = 5;

/** The import was stopped, or another worker has it: what the batch wrote is rolled back. */
class Lost extends Error {}
/** Not an error: the transaction of a count ends by it. */
class RolledBack extends Error {}

interface Leased {
  readonly found: Import;
  readonly lease: number;
}

/**
 * Counts, imports or undoes what waits for it, one list after the other, each from where it was (R30). Many workers may
 * call it: a numbered lease, checked by every batch's own transaction, keeps them apart. @returns how many lists it worked on.
 */
export async function runImports(
  deps: EngineDeps,
  options: {
    readonly signal?: AbortSignal;
    readonly only?: string;
    /** Who works: what a dead one had (`worker-line.ts`) is taken at once. */
    readonly owner?: string;
  } = {},
): Promise<number> {
  for (let done = 0; ; done += 1) {
    const leased = options.signal?.aborted === true ? null : await takeNext(deps, options);
    if (leased === null) return done;
    try {
      await work(deps, leased, options.signal);
    } catch (error) {
      if (error instanceof Lost) continue;
      if (!(error instanceof InvalidInput)) throw error;
      await fail(deps, leased, error);
    }
  }
}

async function takeNext(
  deps: EngineDeps,
  { only, owner }: { readonly only?: string; readonly owner?: string },
): Promise<Leased | null> {
  const now = deps.clock.now();
  // A holder that lives after all loses a batch, which is rolled back, and nothing else.
  const isLeft = deps.store.kind === 'embedded' ? sql`false` : hasLetGo(sql`lease_owner`);
  const taken = await sql<{ id: string; lease_number: number }>`
    update imports set lease_number = lease_number + 1, lease_until = ${now + LEASE_MS}, lease_owner = ${owner ?? null}
     where id = (select id from imports where status in ('counting', 'running', 'undoing') and (lease_until is null or lease_until < ${now} or ${isLeft})
                    and ${only === undefined ? sql`true` : sql`id = ${only}`}
                  order by created_at limit 1 for update skip locked)
    returning id, lease_number`.execute(deps.store.db);
  const [row] = taken.rows;
  return row === undefined ? null : { found: await loadImport(deps.store.db, row.id), lease: row.lease_number };
}

async function work(deps: EngineDeps, leased: Leased, signal: AbortSignal | undefined): Promise<void> {
  if (leased.found.status === 'undoing') return undo(deps, leased, signal);
  return leased.found.status === 'counting' ? count(deps, leased, signal) : importRows(deps, leased, signal);
}

/** Saves what this batch settled, under the lease. @throws Lost */
async function settle(
  trx: Trx,
  deps: EngineDeps,
  { found, lease }: Leased,
  set: Readonly<Record<string, unknown>>,
): Promise<void> {
  const saved = await trx
    .updateTable('imports')
    .set({ lease_until: deps.clock.now() + LEASE_MS, ...set })
    .where('id', '=', found.id)
    .where('lease_number', '=', lease)
    .where('status', '=', found.status)
    .returning('id')
    .executeTakeFirst();
  if (saved === undefined) throw new Lost();
}

const letGo = (deps: EngineDeps, { found, lease }: Leased): Promise<unknown> =>
  deps.store.db
    .updateTable('imports')
    .set({ lease_until: null })
    .where('id', '=', found.id)
    .where('lease_number', '=', lease)
    .execute();

const fail = (deps: EngineDeps, leased: Leased, error: InvalidInput): Promise<void> =>
  deps.store.transaction(async (trx) => {
    const [problem] = error.problems;
    // Nothing was stored by a count: the settings can be changed.
    const status = leased.found.status === 'counting' ? 'draft' : 'failed';
    await forgetSeen(trx, leased.found.id);
    await settle(trx, deps, leased, {
      status,
      error: json({ code: problem?.code ?? 'other', params: problem?.params ?? {} }),
      lease_until: null,
      ended_at: status === 'failed' ? deps.clock.now() : null,
    });
  });

const add = (a: ImportCounts, b: ImportCounts): ImportCounts => ({
  rows: a.rows + b.rows,
  created: a.created + b.created,
  updated: a.updated + b.updated,
  unchanged: a.unchanged + b.unchanged,
  refused: a.refused + b.refused,
});

/** Rows in batches, from `skip` on. */
async function* batches(deps: EngineDeps, found: Import, skip: number): AsyncGenerator<readonly Row[]> {
  let [seen, batch]: [number, Row[]] = [0, []];
  for await (const row of readRows(deps.store.db, found.id, found.settings)) {
    seen += 1;
    if (seen <= skip) continue;
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function contextOf(deps: EngineDeps, found: Import): Promise<SaveRowsContext> {
  const fields = new Map((await hubFields(deps.store.db)).map((field) => [field.key, field]));
  return {
    importId: found.id,
    settings: found.settings,
    fields,
    at: deps.clock.now(),
    newId: () => deps.ids.next('ct'),
  };
}

/** Position, counts and what the rows wrote are one transaction: killed anywhere, nothing is lost and nothing done twice. */
async function importRows(deps: EngineDeps, leased: Leased, signal: AbortSignal | undefined): Promise<void> {
  const { found } = leased;
  let { counts, position } = found;
  for await (const rows of batches(deps, found, position)) {
    if (signal?.aborted === true) return void (await letGo(deps, leased));
    const context = await contextOf(deps, found);
    const next = await again(() =>
      deps.store.transaction(async (trx) => {
        const saved = await saveRows(trx, rows, context);
        const soFar = add(counts, saved.counts);
        await settle(trx, deps, leased, { counts: json(soFar), position: position + rows.length });
        return soFar;
      }),
    );
    [counts, position] = [next, position + rows.length];
    deps.checkpoint?.('import:after-batch');
  }
  await deps.store.transaction(async (trx) => {
    await settle(trx, deps, leased, { status: 'done', total: position, ended_at: deps.clock.now(), lease_until: null });
    await dropParts(trx, found.id);
  });
}

/**
 * R37: the same rows through the same door, each batch rolled back; so what it counts is what the import will do. What is
 * known of earlier batches stands in the database, never in memory: killed anywhere, the next worker counts on.
 */
async function count(deps: EngineDeps, leased: Leased, signal: AbortSignal | undefined): Promise<void> {
  const { found } = leased;
  let { counts, position } = found;
  let forecast = found.forecast ?? {};
  for await (const rows of batches(deps, found, position)) {
    if (signal?.aborted === true) return void (await letGo(deps, leased));
    const context = await contextOf(deps, found);
    const batch = await again(() => tryOut(deps, rows, context));
    counts = add(counts, batch.counts);
    position += rows.length;
    forecast = addForecast(forecast, batch.forecast);
    await deps.store.transaction(async (trx) => {
      await settle(trx, deps, leased, { counts: json(counts), position, forecast: json(forecast) });
      await keepRefused(trx, found.id, batch.refused);
      await rememberSeen(trx, found.id, batch.made);
    });
    deps.checkpoint?.('import:after-count');
  }
  await deps.store.transaction(async (trx) => {
    await settle(trx, deps, leased, {
      status: 'counted',
      position: 0,
      total: position,
      forecast: json(forecast),
      lease_until: null,
    });
    await forgetSeen(trx, found.id);
  });
}

const addForecast = (a: Forecast, b: Forecast): Forecast =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((id) => [
      id,
      { enter: (a[id]?.enter ?? 0) + (b[id]?.enter ?? 0), update: (a[id]?.update ?? 0) + (b[id]?.update ?? 0) },
    ]),
  );

interface Tried {
  readonly counts: ImportCounts;
  readonly forecast: Forecast;
  readonly refused: SavedRows['refused'];
  /** Addresses of people whom this batch would have made, and none before it. */
  readonly made: readonly string[];
}

async function tryOut(deps: EngineDeps, rows: readonly Row[], context: SaveRowsContext): Promise<Tried> {
  let result: Tried = { counts: NO_COUNTS, forecast: {}, refused: [], made: [] };
  try {
    await deps.store.transaction(async (trx) => {
      const saved = await saveRows(trx, rows, context);
      const created = await sql<{ id: string; email_key: string }>`
        select id, email_key from contacts where id = any(${saved.created as string[]}::text[])`.execute(trx);
      const keys = created.rows.map((row) => row.email_key);
      const before = await seenBefore(trx, context.importId, keys);
      const fresh = created.rows.filter((row) => !before.has(row.email_key));
      // The later row changes whom the earlier one made.
      const counts = {
        ...saved.counts,
        created: saved.counts.created - before.size,
        updated: saved.counts.updated + before.size,
      };
      const forecast = await whoWouldEnter(trx, { created: fresh.map((row) => row.id), updated: saved.updated });
      result = { counts, forecast, refused: saved.refused, made: fresh.map((row) => row.email_key) };
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  return result;
}

async function undo(deps: EngineDeps, leased: Leased, signal: AbortSignal | undefined): Promise<void> {
  let total = leased.found.undone ?? NO_UNDO;
  for (;;) {
    if (signal?.aborted === true) return void (await letGo(deps, leased));
    const next = await again(() =>
      deps.store.transaction(async (trx) => {
        const batch = await undoRows(trx, leased.found.id, { at: deps.clock.now(), limit: BATCH });
        const undone: UndoCounts | null =
          batch === null
            ? null
            : {
                removed: total.removed + batch.removed,
                kept: total.kept + batch.kept,
                fields: total.fields + batch.fields,
                keptFields: total.keptFields + batch.keptFields,
              };
        const end = { status: 'undone', lease_until: null, ended_at: deps.clock.now() };
        await settle(trx, deps, leased, undone === null ? end : { undone: json(undone) });
        if (undone === null) await dropParts(trx, leased.found.id);
        return undone;
      }),
    );
    if (next === null) return;
    total = next;
    deps.checkpoint?.('import:after-undo');
  }
}

/** Somebody else made the same contact at the same moment: from the reads, once more. */
async function again<T>(step: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await step();
    } catch (error) {
      if (!isRetryable(error) || failures >= TRIES) throw error;
    }
  }
}
