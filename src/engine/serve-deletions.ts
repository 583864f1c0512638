import type { Connector, Manifest } from '../connectors/kit/connector.ts';
import type { DeleteOutcome } from '../connectors/kit/deletion.ts';
import { type Failure, failureOf, RemoteError } from '../connectors/kit/errors.ts';
import type { Fault } from '../core/model.ts';
import { contactUrl } from '../hub/read-contacts.ts';
import {
  areOwed,
  connectionsWithDeletions,
  type DeletionEnd,
  settleDeletions,
  type TakenDeletion,
  takeDeletions,
} from '../store/crm-deletions.ts';
import type { Trx } from '../store/db.ts';
import { connect } from './connect.ts';
import { type Connection, loadConnection, manifestOf, pauseConnection } from './connection.ts';
import { judgeMoved, readMoved } from './deletions-that-moved.ts';
import type { EngineDeps } from './deps.ts';
import { LeaseLost } from './interruptions.ts';
import type { Lane } from './lane.ts';
import type { RunLease } from './run-context.ts';
import { noteFailure } from './run-sync.ts';

/** Taken and settled together where the vendor's call takes fewer: whoever has submitted a form waits for no more than that. */
const PIECE = 20;
/** More batches than anybody owes at once: the rest waits for the worker's next look. */
const ROUNDS_MAX = 1_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;
/** A record that was being made may be missing from look-ups for so long, ms, whatever the vendor's index says. */
const PATIENCE_MS = 60_000;

/** Longer each time; the person's request is not forgotten, however long the CRM is away. */
const pauseAfter = (tries: number): number => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 10));

/** Never before a second from now, so that no batch is taken twice in one go. */
const whenAgain = (row: TakenDeletion, now: number, retryAt: number | null): number =>
  Math.max(retryAt ?? now + pauseAfter(row.tries), now + 1_000);

/** What one batch is worked on with. */
interface Work {
  readonly deps: EngineDeps;
  readonly connection: Connection;
  readonly manifest: Manifest;
  readonly leaseNumber: number;
}

/**
 * R18: deletes in the CRM what erasures have asked for, a vendor's batch at a time, between the runs of the connection and
 * under the same lease: no run is writing to a record that goes. Each row announces its call; without an answer it is asked
 * for again. Whatever goes wrong waits in its rows: runs go on. The express lane goes between batches and never within one: it
 * could link a record to somebody who has come back while its deletion is on its way.
 * @throws LeaseLost only.
 */
export async function serveDeletions(
  deps: EngineDeps,
  connectionId: string,
  worker: RunLease & { readonly lane?: Lane | undefined },
): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if ((await connectionsWithDeletions(deps.store.db, deps.clock.now(), connectionId)).length === 0) return;
    const connection = await loadConnection(deps.store.db, connectionId);
    const manifest = manifestOf(deps, connection.crm);
    const work: Work = { deps, connection, manifest, leaseNumber: worker.leaseNumber };
    const limit = Math.max(PIECE, manifest.deletion?.perCall.value ?? 0);
    const taken = await deps.store.transaction(async (trx) => {
      await checkHolder(trx, work);
      return takeDeletions(trx, connectionId, { now: deps.clock.now(), limit });
    });
    if (taken.length === 0) return;
    await carryOut(work, taken, worker);
    await worker.lane?.serve();
  }
}

async function checkHolder(trx: Trx, { connection, leaseNumber }: Work): Promise<void> {
  const row = await trx
    .selectFrom('connections')
    .select('lease_number')
    .where('id', '=', connection.id)
    .forShare()
    .executeTakeFirst();
  if (row?.lease_number !== leaseNumber) throw new LeaseLost();
}

async function carryOut(work: Work, taken: readonly TakenDeletion[], worker: RunLease): Promise<void> {
  const { deps, connection } = work;
  const told = taken.flatMap((row) => tellAtOnce(work, row) ?? []);
  const settled = new Set(told.map((end) => end.id));
  const open = taken.filter((row) => !settled.has(row.id));
  if (told.length > 0) await settle(work, taken, async () => told);
  if (open.length === 0) return;
  try {
    const { beforeCall } = worker;
    const { connector } = await connect(deps, connection, beforeCall === undefined ? {} : { beforeCall });
    const found = await findThoseBeingMade(work, connector, open);
    if (found.length > 0) await settle(work, open, (trx) => withoutTwice(trx, connection.id, found));
    await deleteNamed(
      work,
      connector,
      open.filter((row) => row.crm_id !== null),
    );
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    await postpone(work, open, error);
  }
}

/** What is not to be asked of this CRM, now or ever. */
function tellAtOnce({ connection, manifest }: Work, row: TakenDeletion): DeletionEnd | null {
  const tell = (why: 'came_back' | 'other_account' | 'no_way'): DeletionEnd => ({
    id: row.id,
    end: 'told',
    why,
    answer: null,
  });
  // The same number is somebody else in another account (R40).
  if (row.account_id !== null && row.account_id !== connection.accountId) return tell('other_account');
  if (row.is_linked) return tell('came_back');
  return manifest.deletion === undefined ? tell('no_way') : null;
}

/**
 * A record that was being made when its person was erased carries our link back: it is sought by that, and goes with the
 * next batch. That there is none is believed only when look-ups can no longer lag (R31).
 */
async function findThoseBeingMade(
  { deps, manifest }: Work,
  connector: Connector,
  open: readonly TakenDeletion[],
): Promise<readonly DeletionEnd[]> {
  const sought = open.filter((row) => row.crm_id === null);
  if (sought.length === 0) return [];
  const keys = sought.map((row) => ({ linkBack: contactUrl(deps.baseUrl, row.made_for ?? '') }));
  const found = await connector.findByKeys(keys, []);
  return sought.map((row, index): DeletionEnd => {
    const [record] = found[index]?.records ?? [];
    if (record !== undefined) {
      const now = { kind: record.kind, crmId: record.id, crmUrl: record.url };
      return { id: row.id, end: 'later', notBefore: 0, answer: null, now };
    }
    const until = row.asked_at + Math.max(manifest.lookupLagMs, PATIENCE_MS);
    return until <= deps.clock.now()
      ? { id: row.id, end: 'done' }
      : { id: row.id, end: 'later', notBefore: until, answer: null };
  });
}

/** One that is owed by its id already is not owed twice. */
async function withoutTwice(
  trx: Trx,
  connectionId: string,
  found: readonly DeletionEnd[],
): Promise<readonly DeletionEnd[]> {
  const idOf = (end: DeletionEnd): string | undefined => (end.end === 'later' ? end.now?.crmId : undefined);
  const owed = await areOwed(
    trx,
    connectionId,
    found.flatMap((end) => idOf(end) ?? []),
  );
  return found.map((end) => (owed.has(idOf(end) ?? '') ? { id: end.id, end: 'done' } : end));
}

async function deleteNamed(work: Work, connector: Connector, rows: readonly TakenDeletion[]): Promise<void> {
  const { deps, manifest } = work;
  if (rows.length === 0) return;
  const records = rows.map((row) => ({ kind: row.kind, id: row.crm_id ?? '' }));
  deps.checkpoint?.('deletions:announced');
  // Past the bin where the vendor has such a way; everywhere with what the CRM keeps of the same person beside the record.
  const outcomes = (await connector.deletion?.delete(records, 'forever')) ?? [];
  deps.checkpoint?.('deletions:called');
  const answered = rows.map((row, index) => ({ row, outcome: outcomes[index] ?? UNKNOWN }));
  const winners = await readMoved(
    connector,
    manifest,
    answered.flatMap(({ row, outcome }) =>
      outcome.kind === 'moved' && outcome.to !== null
        ? [{ id: row.id, from: row.kind, to: outcome.to, why: outcome.why }]
        : [],
    ),
  );
  await settle(work, rows, async (trx) => {
    const moved = await judgeMoved(trx, work.connection.id, { rows, winners, at: deps.clock.now() });
    deps.checkpoint?.('deletions:before-settle');
    return answered.map(({ row, outcome }) => moved.get(row.id) ?? endOf(work, row, outcome));
  });
  deps.checkpoint?.('deletions:settled');
}

const UNKNOWN: DeleteOutcome = { kind: 'unknown' };

function endOf({ deps }: Work, row: TakenDeletion, outcome: DeleteOutcome): DeletionEnd {
  const now = deps.clock.now();
  const { id } = row;
  switch (outcome.kind) {
    case 'deleted':
      return { id, end: 'done' };
    case 'refused':
      return { id, end: 'told', why: 'refused', answer: withoutWords(outcome.faults[0]) };
    case 'moved':
      return { id, end: 'told', why: 'moved', answer: null };
    case 'throttled':
      return { id, end: 'later', notBefore: whenAgain(row, now, outcome.retryAt), answer: { kind: 'throttled' } };
    case 'unknown':
      return { id, end: 'later', notBefore: whenAgain(row, now, null), answer: { kind: 'unavailable' } };
  }
}

/** The vendor's sentences may name the person: its code stays, they do not. */
const withoutWords = (fault: Fault | undefined): object => {
  const { why, code } = fault?.params ?? {};
  return {
    reason: fault?.reason ?? 'rejected_by_crm',
    ...(why === undefined ? {} : { why }),
    ...(code === undefined ? {} : { code }),
  };
};

/** The call as a whole failed. A sign-in that has run out stops the connection, as it stops a run; what is owed waits for it. */
async function postpone(work: Work, rows: readonly TakenDeletion[], error: unknown): Promise<void> {
  const { deps, connection } = work;
  const now = deps.clock.now();
  const said: Failure = error instanceof RemoteError ? failureOf(error) : { kind: 'internal' };
  deps.log.warn(
    { connection: connection.id, kind: said['kind'], err: error },
    'records could not be deleted in the CRM',
  );
  if (error instanceof RemoteError && error.kind === 'auth') {
    const detail = await noteFailure(deps, connection.id, said);
    await pauseConnection(deps.store.db, connection.id, { reason: 'auth', detail, at: now });
  }
  const { message: _english, ...answer } = said;
  await settle(work, rows, async () =>
    rows.map((row): DeletionEnd => {
      if (error instanceof RemoteError && error.kind === 'forbidden')
        return { id: row.id, end: 'told', why: 'no_right', answer };
      // Once somebody has signed in again, it goes on at once: until then the connection is paused.
      const retryAt = error instanceof RemoteError ? (error.kind === 'auth' ? now : (error.retryAt ?? null)) : null;
      return { id: row.id, end: 'later', notBefore: whenAgain(row, now, retryAt), answer };
    }),
  );
}

/** One transaction: the rows, and a line of the audit log for each that has come to an end. */
async function settle(
  work: Work,
  rows: readonly TakenDeletion[],
  ends: (trx: Trx) => Promise<readonly DeletionEnd[]>,
): Promise<void> {
  const { deps, connection } = work;
  const byId = new Map(rows.map((row) => [row.id, row]));
  await deps.store.transaction(async (trx) => {
    await checkHolder(trx, work);
    const all = await ends(trx);
    await settleDeletions(trx, all);
    const lines = all.flatMap((end) => {
      const row = byId.get(end.id);
      if (row === undefined || end.end === 'later') return [];
      const what = end.end === 'done' ? 'deleted' : end.why;
      return [
        {
          at: deps.clock.now(),
          actor: row.asked_by,
          action: `delete ${row.kind} in ${connection.name}: ${what}`,
          detail: JSON.stringify({ address: null }),
        },
      ];
    });
    if (lines.length > 0) await trx.insertInto('audit').values(lines).execute();
  });
}
