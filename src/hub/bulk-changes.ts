import { sql } from 'kysely';
import { Conflicted, type InputProblem, NotFound } from '../core/invalid-input.ts';
import { json, type Queryable, type Trx } from '../store/db.ts';
import type { BulkAction, ContactsChange } from './change-contacts.ts';
import { checkChange } from './change-contacts.ts';
import { hubFields } from './fields.ts';
import { type ContactQuery, contactConditions } from './read-contacts.ts';

export type BulkStatus = 'running' | 'stopped' | 'done';

/** One change of everybody who met a filter, on its way or done. */
export interface BulkChange {
  readonly id: string;
  readonly action: BulkAction;
  /** Of `set`. */
  readonly field: string | null;
  readonly value: unknown;
  readonly status: BulkStatus;
  /** How many met the filter when it began. */
  readonly total: number;
  /** How many of them it has still to reach. */
  readonly left: number;
  readonly changed: number;
  /** Contacts that stay as they are, each for a reason of its own. */
  readonly refused: number;
  readonly problem: InputProblem | null;
  readonly by: 'person' | 'api';
  readonly createdBy: string;
  readonly createdAt: number;
  readonly endedAt: number | null;
}

interface BulkRow {
  id: string;
  action: BulkAction;
  field: string | null;
  value: unknown;
  status: BulkStatus;
  total: number;
  left: number;
  changed: number;
  refused: number;
  problem: InputProblem | null;
  by_kind: 'person' | 'api';
  created_by: string;
  created_at: number;
  ended_at: number | null;
}

const read = (q: Queryable, where: ReturnType<typeof sql>) =>
  sql<BulkRow>`
    select b.*, (select count(*)::int from bulk_change_contacts c where c.change_id = b.id) as left from bulk_changes b ${where}`.execute(
    q,
  );

const toChange = ({ by_kind, created_by, created_at, ended_at, ...row }: BulkRow): BulkChange => ({
  id: row.id,
  action: row.action,
  field: row.field,
  value: row.value,
  status: row.status,
  total: row.total,
  left: row.left,
  changed: row.changed,
  refused: row.refused,
  problem: row.problem,
  by: by_kind,
  createdBy: created_by,
  createdAt: created_at,
  endedAt: ended_at,
});

/** @throws NotFound */
export async function loadBulkChange(q: Queryable, id: string): Promise<BulkChange> {
  const { rows } = await read(q, sql`where b.id = ${id}`);
  const [row] = rows;
  if (row === undefined) throw new NotFound('bulk change');
  return toChange(row);
}

/** The newest first. */
export async function listBulkChanges(q: Queryable, limit: number): Promise<readonly BulkChange[]> {
  const { rows } = await read(q, sql`order by b.created_at desc, b.id desc limit ${limit}`);
  return rows.map(toChange);
}

/** More than so many others than the person saw, and it is asked for again: as an approved plan has it. */
const mayDiffer = (expected: number): number => Math.max(20, expected * 0.05);

/**
 * Notes everybody who meets the query now, in one statement, and what is to become of them; a worker does it from there.
 * @throws InvalidInput; Conflicted when others than `expected` meet it by now
 */
export async function beginBulkChange(
  trx: Trx,
  change: ContactsChange & {
    readonly id: string;
    readonly query: Omit<ContactQuery, 'limit'>;
    readonly expected: number;
    readonly by: BulkChange['by'];
    readonly createdBy: string;
  },
  at: number,
): Promise<BulkChange> {
  checkChange(change, await hubFields(trx));
  const { id, action, field, value, by, createdBy, expected } = change;
  await sql`insert into bulk_changes (id, action, field, value, status, total, by_kind, created_by, created_at)
    values (${id}, ${action}, ${action === 'set' ? (field ?? null) : null}, ${action === 'set' ? json(value ?? null) : null}::jsonb, 'running', 0, ${by}, ${createdBy}, ${at})`.execute(
    trx,
  );
  const noted = await sql<{ count: number }>`
    with noted as (
      insert into bulk_change_contacts (change_id, contact_id)
      select ${id}, id from contacts where ${sql.join(contactConditions(change.query), sql` and `)} returning 1
    ), counted as (select count(*)::int as count from noted)
    update bulk_changes set total = counted.count from counted where id = ${id} returning counted.count`.execute(trx);
  const now = noted.rows[0]?.count ?? 0;
  if (Math.abs(now - expected) > mayDiffer(expected)) throw new Conflicted('bulk_moved', { expected, now });
  return loadBulkChange(trx, id);
}

/** Ends it at once: the piece under way is not kept, whoever is left stays noted. @throws Conflicted, NotFound */
export const stopBulkChange = (trx: Trx, id: string, at: number): Promise<BulkChange> =>
  turn(trx, id, { from: 'running', to: 'stopped', at });

/** Goes on with whoever is left. @throws Conflicted, NotFound */
export const resumeBulkChange = (trx: Trx, id: string): Promise<BulkChange> =>
  turn(trx, id, { from: 'stopped', to: 'running', at: null });

async function turn(
  trx: Trx,
  id: string,
  turning: { readonly from: BulkStatus; readonly to: BulkStatus; readonly at: number | null },
): Promise<BulkChange> {
  const found = await loadBulkChange(trx, id);
  const turned = await sql`
    update bulk_changes set status = ${turning.to}, ended_at = ${turning.at}::bigint, lease_until = null, lease_number = lease_number + 1
     where id = ${id} and status = ${turning.from} returning id`.execute(trx);
  if (turned.rows.length === 0) throw new Conflicted('bulk_status');
  return { ...found, status: turning.to, endedAt: turning.at };
}
