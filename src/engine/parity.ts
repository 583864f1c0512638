import { sql } from 'kysely';
import type { DifferenceWhy } from '../core/difference.ts';
import { Conflicted, NotFound } from '../core/invalid-input.ts';
import type { Kind, Trigger, Value } from '../core/model.ts';
import type { Queryable } from '../store/db.ts';
import { markContactsDue, markRecordsDue } from '../store/due.ts';
import { loadConnection, manifestOf } from './connection.ts';
import { noCounts } from './counts.ts';
import type { EngineDeps } from './deps.ts';
import { type RunStatus, waitForRuns } from './runs.ts';

/** What a comparison looks at and what it found so far, as it stands on its run. */
export interface ParityFound {
  /** Only so many linked people, drawn by lot; null: all of them. */
  readonly sample: number | null;
  readonly linked: number;
  readonly compared: number;
  /** Both sides hold the same on every line. */
  readonly equal: number;
  /** People by the gravest reason of theirs. */
  readonly people: Readonly<Partial<Record<DifferenceWhy, number>>>;
  /** Differing values by reason. */
  readonly values: Readonly<Partial<Record<DifferenceWhy, number>>>;
}

/** A comparison as everybody sees it. Times ms since 1970. */
export interface Parity extends ParityFound {
  readonly id: string;
  readonly connection: string;
  readonly connectionId: string;
  readonly status: RunStatus;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly apiCalls: number;
  readonly error: Readonly<Record<string, string | number>> | null;
  /** The one number: the share of the compared people who are the same on both sides, 0 to 1; null: nobody compared. */
  readonly parity: number | null;
}

/** One person who is not the same on both sides. */
export interface Difference {
  readonly id: number;
  readonly contactId: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly kind: Kind;
  readonly crmId: string | null;
  readonly crmUrl: string | null;
  /** The gravest of its values. */
  readonly why: DifferenceWhy;
  readonly values: readonly {
    readonly field: string;
    readonly hub: Value;
    readonly crm: Value;
    readonly why: DifferenceWhy;
  }[];
}

export const nothingFound = (sample: number | null): ParityFound => ({
  sample,
  linked: 0,
  compared: 0,
  equal: 0,
  people: {},
  values: {},
});

/**
 * Asks for a comparison of both sides (R90). One that waits or runs already is given back instead.
 * @param sample how many linked people; null: all.
 * @throws NotFound, Conflicted while the instance is quiet after a restore
 */
export async function requestParity(
  deps: EngineDeps,
  idOrName: string,
  wish: { readonly sample: number | null; readonly trigger: Trigger },
): Promise<Parity> {
  const connection = await loadConnection(deps.store.db, idOrName);
  if (connection.pausedReason === 'restored')
    throw new Conflicted('connection_restored', { connection: connection.name });
  const id = await deps.store.transaction(async (trx) => {
    await trx.selectFrom('connections').select('id').where('id', '=', connection.id).forUpdate().execute();
    const waiting = await trx
      .selectFrom('runs')
      .select('id')
      .where('connection_id', '=', connection.id)
      .where('parity', 'is not', null)
      .where('status', 'in', ['queued', 'running'])
      .executeTakeFirst();
    if (waiting !== undefined) return waiting.id;
    const made = deps.ids.next('run');
    await trx
      .insertInto('runs')
      .values({
        id: made,
        connection_id: connection.id,
        connection_name: connection.name,
        direction: 'toHub',
        trigger: wish.trigger,
        mode: 'full',
        dry_run: true,
        status: 'queued',
        batch: deps.ids.next('bat'),
        counts: JSON.stringify(noCounts()),
        parity: JSON.stringify(nothingFound(wish.sample)),
        created_at: deps.clock.now(),
        settings_version: connection.settingsVersion,
      })
      .execute();
    return made;
  });
  deps.wake?.(connection.id);
  return readParity(deps.store.db, id);
}

/** @throws NotFound */
export async function readParity(q: Queryable, id: string): Promise<Parity> {
  const row = await q
    .selectFrom('runs')
    .selectAll()
    .where('id', '=', id)
    .where('parity', 'is not', null)
    .executeTakeFirst();
  if (row === undefined) throw new NotFound('comparison');
  return toParity(row);
}

/** The latest comparisons of a connection, newest first. */
export async function listParities(q: Queryable, connectionId: string, limit: number): Promise<readonly Parity[]> {
  const rows = await q
    .selectFrom('runs')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('parity', 'is not', null)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toParity);
}

/** Waits until it has ended or the time is up. @returns it as it is then. */
export async function waitForParity(deps: EngineDeps, id: string, timeoutMs: number): Promise<Parity> {
  await waitForRuns(deps, [id], timeoutMs);
  return readParity(deps.store.db, id);
}

/** Who differs, a page of them; `after` is the last id of the page before. */
export async function listDifferences(
  q: Queryable,
  id: string,
  asked: { readonly why?: DifferenceWhy | undefined; readonly limit: number; readonly after?: number | undefined },
): Promise<readonly Difference[]> {
  let rows = q.selectFrom('items').selectAll().where('run_id', '=', id);
  if (asked.why !== undefined) rows = rows.where('reason', '=', asked.why);
  if (asked.after !== undefined) rows = rows.where('id', '>', asked.after);
  const found = await rows.orderBy('id').limit(asked.limit).execute();
  return found.map((row) => ({
    id: row.id,
    contactId: row.contact_id,
    email: row.email,
    name: row.name,
    kind: row.kind as Kind,
    crmId: row.crm_id,
    crmUrl: row.crm_url,
    why: row.reason as DifferenceWhy,
    // A comparison writes what each side holds into `from` (here) and `to` (there), and the reason where the rule stands.
    values: (row.changes as { field: string; from: Value; to: Value; rule: DifferenceWhy }[]).map((one) => ({
      field: one.field,
      hub: one.from,
      crm: one.to,
      why: one.rule,
    })),
  }));
}

/**
 * Owes both sides of everybody who was found `missed` a look: the next run decides by the rules, as if the change had come
 * now. @returns how many people. @throws NotFound
 */
export async function repairMissed(deps: EngineDeps, id: string): Promise<number> {
  const found = await readParity(deps.store.db, id);
  const at = deps.clock.now();
  const people = await deps.store.transaction(async (trx) => {
    const rows = await sql<{ contact_id: string; crm_id: string; kind: string }>`
      select i.contact_id, i.crm_id, i.kind from items i join contacts c on c.id = i.contact_id
       where i.run_id = ${id} and i.reason = 'missed' and i.crm_id is not null`.execute(trx);
    await markRecordsDue(
      trx,
      found.connectionId,
      rows.rows.map((row) => ({ id: row.crm_id, kind: row.kind })),
      { reason: 'missed', at },
    );
    await markContactsDue(
      trx,
      found.connectionId,
      rows.rows.map((row) => row.contact_id),
      { reason: 'missed', at },
    );
    return rows.rows.length;
  });
  return people;
}

/** Calls that a comparison of so many people costs. */
export function parityCost(deps: EngineDeps, crm: string, people: number): number {
  return Math.ceil(people / Math.max(1, manifestOf(deps, crm).batch.readByIds.value));
}

type Row = Awaited<ReturnType<typeof anyRow>>;
const anyRow = (q: Queryable) => q.selectFrom('runs').selectAll().executeTakeFirstOrThrow();

function toParity(row: Row): Parity {
  // The column holds only what this file and parity-run.ts wrote.
  const found = row.parity as unknown as ParityFound;
  return {
    ...found,
    id: row.id,
    connection: row.connection_name,
    connectionId: row.connection_id,
    status: row.status as RunStatus,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    apiCalls: row.api_calls,
    error: row.error as Parity['error'],
    parity: found.compared === 0 ? null : found.equal / found.compared,
  };
}
