import { sql } from 'kysely';
import { Conflicted, NotFound } from '../core/invalid-input.ts';
import type { Kind, PausedReason } from '../core/model.ts';
import type { ToldWhy } from '../store/crm-deletions.ts';
import type { Queryable } from '../store/db.ts';
import type { EngineDeps } from './deps.ts';

/** A record that is still to go from its CRM, as an administrator sees it (R18). */
export interface OwedView {
  readonly id: number;
  readonly connection: string;
  readonly connectionId: string;
  readonly crm: string;
  readonly kind: Kind;
  readonly crmId: string | null;
  readonly crmUrl: string | null;
  readonly askedAt: number;
  /** null: the CRM is still asked by itself. */
  readonly why: ToldWhy | null;
  /** The last answer that was not "deleted". */
  readonly answer: Readonly<Record<string, string | number>> | null;
  /** What the connection waits for; null: it goes on. */
  readonly waits: 'off' | PausedReason | null;
  readonly isConnected: boolean;
  readonly notBefore: number;
  readonly tries: number;
}

/** Those that a person has to decide about first, then the others, the oldest first. */
export async function listOwed(
  q: Queryable,
  {
    connectionId,
    limit,
    offset,
  }: { readonly connectionId?: string | undefined; readonly limit: number; readonly offset: number },
): Promise<readonly OwedView[]> {
  const rows = await q
    .selectFrom('crm_deletions as d')
    .innerJoin('connections as c', 'c.id', 'd.connection_id')
    .selectAll('d')
    .select(['c.name as connection', 'c.crm as crm', 'c.enabled as enabled'])
    .select(['c.paused_reason as paused', 'c.disconnected_at as disconnected'])
    .$if(connectionId !== undefined, (rows_) => rows_.where('d.connection_id', '=', connectionId ?? ''))
    .orderBy('d.state', 'desc')
    .orderBy('d.id')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    connection: row.disconnected === null ? row.connection : row.connection.replace(/-\d+$/, ''),
    connectionId: row.connection_id,
    crm: row.crm,
    kind: row.kind as Kind,
    crmId: row.crm_id,
    crmUrl: row.crm_url,
    askedAt: row.asked_at,
    // These columns hold only what `settleDeletions` wrote.
    why: row.state === 'told' ? (row.why as ToldWhy) : null,
    answer: row.answer,
    waits: waitsFor(row.enabled, row.paused as PausedReason | null),
    isConnected: row.disconnected === null,
    notBefore: row.not_before,
    tries: row.tries,
  }));
}

/** What keeps a connection from deleting; a run that waits for a person does not. */
export const waitsFor = (enabled: boolean, paused: PausedReason | null): 'off' | PausedReason | null => {
  if (!enabled) return 'off';
  return paused === 'breaker' || paused === 'mass_deletion' ? null : paused;
};

/** How many the CRM is asked for, and how many a person has to decide about. */
export async function countOwed(q: Queryable): Promise<{ readonly waiting: number; readonly told: number }> {
  const rows = await sql<{ told: boolean; count: number }>`
    select state = 'told' as told, count(*)::int as count from crm_deletions group by 1`.execute(q);
  const of = (told: boolean): number => rows.rows.find((row) => row.told === told)?.count ?? 0;
  return { waiting: of(false), told: of(true) };
}

/** Asks the CRM again, at once. @throws NotFound; Conflicted when its connection was removed. */
export async function retryDeletion(deps: EngineDeps, id: string): Promise<void> {
  const owed = await findOwed(deps.store.db, id);
  if (owed.disconnected_at !== null) throw new Conflicted('deletion_disconnected');
  await sql`update crm_deletions set state = 'owed', why = null, answer = null, not_before = 0, tries = 0 where id = ${owed.id}`.execute(
    deps.store.db,
  );
  deps.wake?.(owed.connection_id);
}

/** Somebody has done it there, or decided otherwise: nothing of it stays here. @throws NotFound */
export async function putDeletionAway(deps: EngineDeps, id: string): Promise<void> {
  const owed = await findOwed(deps.store.db, id);
  await deps.store.db.deleteFrom('crm_deletions').where('id', '=', owed.id).execute();
}

async function findOwed(q: Queryable, id: string) {
  const row = /^\d{1,15}$/.test(id)
    ? await q
        .selectFrom('crm_deletions as d')
        .innerJoin('connections as c', 'c.id', 'd.connection_id')
        .select(['d.id', 'd.connection_id', 'c.disconnected_at'])
        .where('d.id', '=', Number(id))
        .executeTakeFirst()
    : undefined;
  if (row === undefined) throw new NotFound('deletion');
  return row;
}
