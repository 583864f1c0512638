import { sql } from 'kysely';
import { type BulkChange, loadBulkChange } from '../hub/bulk-changes.ts';
import { type Changed, changeContacts } from '../hub/change-contacts.ts';
import { isRetryable, json, type Trx } from '../store/db.ts';
import { hasLetGo } from '../store/worker-line.ts';
import type { EngineDeps } from './deps.ts';

/** Contacts of one transaction: the embedded database has one connection, and everybody waits. */
const PIECE = 500;
/** A worker that says nothing for so long is taken for dead; each piece renews. */
const LEASE_MS = 30_000;
const TRIES = 5;

/** It was stopped, or another worker has it: what the piece wrote is rolled back. */
class Lost extends Error {}

interface Leased {
  readonly found: BulkChange;
  readonly lease: number;
}

/**
 * Carries on with every change of many contacts that waits, one after the other, in pieces: what a piece changed, whom it
 * reached and the counts are one transaction under a numbered lease (R30), so killed anywhere, nobody is missed and nobody
 * changed twice. @returns how many changes it worked on.
 */
export async function runBulkChanges(
  deps: EngineDeps,
  options: { readonly signal?: AbortSignal; readonly owner?: string } = {},
): Promise<number> {
  for (let done = 0; ; done += 1) {
    const leased = options.signal?.aborted === true ? null : await takeNext(deps, options.owner);
    if (leased === null) return done;
    try {
      while (await piece(deps, leased)) {
        deps.checkpoint?.('bulk:after-piece');
        if (options.signal?.aborted === true) {
          await letGo(deps, leased);
          break;
        }
      }
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
    }
  }
}

async function takeNext(deps: EngineDeps, owner: string | undefined): Promise<Leased | null> {
  const now = deps.clock.now();
  // A holder that lives after all loses a piece, which is rolled back, and nothing else.
  const isLeft = deps.store.kind === 'embedded' ? sql`false` : hasLetGo(sql`lease_owner`);
  const taken = await sql<{ id: string; lease_number: number }>`
    update bulk_changes set lease_number = lease_number + 1, lease_until = ${now + LEASE_MS}, lease_owner = ${owner ?? null}
     where id = (select id from bulk_changes where status = 'running' and (lease_until is null or lease_until < ${now} or ${isLeft})
                  order by created_at limit 1 for update skip locked)
    returning id, lease_number`.execute(deps.store.db);
  const [row] = taken.rows;
  return row === undefined ? null : { found: await loadBulkChange(deps.store.db, row.id), lease: row.lease_number };
}

/** The next contacts, or the end. @returns whether somebody is left @throws Lost */
async function piece(deps: EngineDeps, leased: Leased): Promise<boolean> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await deps.store.transaction((trx) => changePiece(trx, deps, leased));
    } catch (error) {
      // Somebody else wrote to the same people at the same moment: once more.
      if (!isRetryable(error) || failures >= TRIES) throw error;
    }
  }
}

async function changePiece(trx: Trx, deps: EngineDeps, { found, lease }: Leased): Promise<boolean> {
  const at = deps.clock.now();
  const taken = await sql<{ contact_id: string }>`
    delete from bulk_change_contacts where change_id = ${found.id} and contact_id in (
      select contact_id from bulk_change_contacts where change_id = ${found.id} order by contact_id limit ${PIECE})
    returning contact_id`.execute(trx);
  const ids = taken.rows.map((row) => row.contact_id).sort();
  const isOver = ids.length < PIECE;
  const result: Changed =
    ids.length === 0
      ? { changed: 0, refused: 0, problem: null }
      : await changeContacts(
          trx,
          ids,
          { action: found.action, field: found.field ?? undefined, value: found.value },
          {
            by: found.by,
            source: found.createdBy,
            at,
          },
        );
  const saved = await sql`
    update bulk_changes
       set changed = changed + ${result.changed}, refused = refused + ${result.refused},
           problem = coalesce(problem, ${result.problem === null ? null : json(result.problem)}::jsonb),
           status = ${isOver ? 'done' : 'running'}, ended_at = ${isOver ? at : null}::bigint,
           lease_until = ${isOver ? null : at + LEASE_MS}::bigint, value = case when ${isOver} then null else value end
     where id = ${found.id} and lease_number = ${lease} and status = 'running' returning id`.execute(trx);
  if (saved.rows.length === 0) throw new Lost();
  return !isOver;
}

const letGo = (deps: EngineDeps, { found, lease }: Leased): Promise<unknown> =>
  sql`update bulk_changes set lease_until = null where id = ${found.id} and lease_number = ${lease}`.execute(
    deps.store.db,
  );
