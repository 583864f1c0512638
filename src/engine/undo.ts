import { sql } from 'kysely';
import { Conflicted } from '../core/invalid-input.ts';
import type { Trigger } from '../core/model.ts';
import { NOTHING_FOUND, type UndoFound } from '../core/undo.ts';
import type { Queryable, Trx } from '../store/db.ts';
import { readInstanceSettings } from '../store/instance-settings.ts';
import { monthOf } from '../store/partitions.ts';
import { type Connection, loadConnection } from './connection.ts';
import { noCounts } from './counts.ts';
import type { EngineDeps } from './deps.ts';
import { PLAN_LIVES_MS, type RunView, readRun } from './runs.ts';

/** What an undo works on, kept with its run (R38). */
export interface UndoWork {
  /** The run that it takes back. */
  readonly of: string;
  /** A person ticked that records which the run made in the CRM are deleted there. */
  readonly deleteCreated: boolean;
  /** Items of that run at or above this id are done; null: none. */
  readonly after: number | null;
  readonly found: UndoFound;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const begun = (of: string, deleteCreated: boolean): UndoWork => ({
  of,
  deleteCreated,
  after: null,
  found: NOTHING_FOUND,
});

/**
 * Asks for the plan of an undo: what would go back, what goes, what is left alone and why; nothing is written. One that waits
 * or runs already is given back instead.
 * @throws NotFound, Conflicted: `undo_of_undo`, `undo_of_plan`, `undo_still_going`, `undo_items_gone`, `connection_restored`
 */
export async function requestUndo(deps: EngineDeps, id: string, trigger: Trigger): Promise<RunView> {
  const { db } = deps.store;
  const run = await readRun(db, id);
  if (run.undo !== null) throw new Conflicted('undo_of_undo');
  if (run.dryRun) throw new Conflicted('undo_of_plan');
  const connection = await loadConnection(db, run.connectionId);
  if (connection.pausedReason === 'restored')
    throw new Conflicted('connection_restored', { connection: connection.name });
  if (run.endedAt === null || run.guard !== null) throw new Conflicted('undo_still_going');
  if (!(await hasItems(deps, run))) throw new Conflicted('undo_items_gone');
  const planId = await deps.store.transaction(async (trx) => {
    await lockConnection(trx, connection.id);
    const open = await openUndo(trx, id);
    return open?.id ?? addRun(deps, trx, { connection, run, trigger, work: begun(id, false), dryRun: true });
  });
  deps.wake?.(connection.id);
  return readRun(db, planId);
}

/** R39: items go by whole months, with the time that the instance keeps them; a run of which one may be gone is too old. */
async function hasItems(deps: EngineDeps, run: RunView): Promise<boolean> {
  const { retention } = await readInstanceSettings(deps.store.db);
  if (run.createdAt < monthOf(deps.clock.now() - retention.runs * DAY_MS).from) return false;
  if (run.counts.created + run.counts.updated === 0) return true;
  const { rows } = await sql`select 1 as one from items where run_id = ${run.id} limit 1`.execute(deps.store.db);
  return rows.length > 0;
}

const lockConnection = (trx: Trx, id: string) =>
  trx.selectFrom('connections').select('id').where('id', '=', id).forUpdate().execute();

/** An undo of this run that waits, works, or has stopped on its way. */
async function openUndo(
  q: Queryable,
  of: string,
): Promise<{ readonly id: string; readonly dryRun: boolean } | undefined> {
  const { rows } = await sql<{ id: string; dryRun: boolean }>`
    select id, dry_run as "dryRun" from runs where undo is not null and undo ->> 'of' = ${of} and status in ('queued', 'running', 'paused')
     order by dry_run, created_at limit 1`.execute(q);
  return rows[0];
}

async function addRun(
  deps: EngineDeps,
  trx: Trx,
  one: {
    readonly connection: Connection;
    readonly run: Pick<RunView, 'direction'>;
    readonly trigger: Trigger;
    readonly work: UndoWork;
    readonly dryRun: boolean;
  },
): Promise<string> {
  const id = deps.ids.next('run');
  const at = deps.clock.now();
  await trx
    .insertInto('runs')
    .values({
      id,
      connection_id: one.connection.id,
      connection_name: one.connection.name,
      // The side that the other one wrote.
      direction: one.run.direction,
      trigger: one.trigger,
      mode: 'changes',
      dry_run: one.dryRun,
      status: 'queued',
      batch: deps.ids.next('bat'),
      counts: JSON.stringify(noCounts()),
      undo: JSON.stringify(one.work),
      created_at: at,
      expires_at: one.dryRun ? at + PLAN_LIVES_MS : null,
      settings_version: one.connection.settingsVersion,
    })
    .execute();
  return id;
}

/**
 * Carries out the plan of an undo, and lets the schedule wait until a person says go on. What was changed since the plan was
 * made is left alone, as in the plan.
 * @throws Conflicted: `connection_off`, `connection_paused`, `undo_still_going`
 */
export async function approveUndo(
  deps: EngineDeps,
  plan: RunView & { readonly undo: UndoWork },
  { deleteCreated, trigger }: { readonly deleteCreated: boolean; readonly trigger: Trigger },
): Promise<RunView> {
  const connection = await loadConnection(deps.store.db, plan.connectionId);
  const { of } = plan.undo;
  if (connection.pausedReason === 'restored')
    throw new Conflicted('connection_restored', { connection: connection.name });
  // What stands here can be put right whatever becomes of the CRM (R42).
  if (plan.direction === 'toCrm' && !connection.enabled)
    throw new Conflicted('connection_off', { connection: connection.name });
  if (plan.direction === 'toCrm' && connection.pausedReason === 'person')
    throw new Conflicted('undo_paused', { connection: connection.name });
  const id = await deps.store.transaction(async (trx) => {
    await lockConnection(trx, connection.id);
    const open = await openUndo(trx, of);
    if (open?.dryRun === false) {
      await sql`update runs set status = 'queued', paused_reason = null, ended_at = null, error = null
                 where id = ${open.id} and status = 'paused'`.execute(trx);
      return open.id;
    }
    const work = begun(of, deleteCreated);
    const made = await addRun(deps, trx, { connection, run: plan, trigger, work, dryRun: false });
    await sql`update connections set held_by_undo = ${made} where id = ${connection.id}`.execute(trx);
    await pauseForUndo(trx, connection.id, deps.clock.now());
    return made;
  });
  deps.wake?.(connection.id);
  return readRun(deps.store.db, id);
}

/**
 * R38: the schedule of a connection on which a run was undone waits, whatever other pause has ended meanwhile.
 * @param connectionId null: all of them
 */
export async function pauseForUndo(q: Queryable, connectionId: string | null, at: number): Promise<void> {
  await sql`update connections set paused_reason = 'undone', paused_at = ${at}, paused_detail = jsonb_build_object('run', held_by_undo)
             where held_by_undo is not null and paused_reason is null and disconnected_at is null
               and (${connectionId}::text is null or id = ${connectionId})`.execute(q);
}

/** Undos that stopped for the CRM's allowance go on by themselves when it is there again (R34). */
export async function wakeUndos(q: Queryable, now: number): Promise<void> {
  await sql`update runs set status = 'queued', paused_reason = null, ended_at = null, error = null
             where undo is not null and status = 'paused' and paused_reason = 'quota'
               and coalesce((error ->> 'resumesAt')::bigint, 0) <= ${now}`.execute(q);
}
