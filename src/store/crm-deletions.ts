import { sql } from 'kysely';
import type { Kind } from '../core/model.ts';
import type { Queryable, Trx } from './db.ts';

/** Why a person has to decide about a record that was to be deleted in its CRM. */
export const TOLD_WHY = [
  'refused', // the CRM does not delete it
  'no_right', // our sign-in may not delete
  'moved', // it was merged or converted into a record that is not certainly this person's
  'kept', // it was merged into a record of theirs that was to stay
  'came_back', // it belongs to somebody who is a contact here (again)
  'disconnected', // the connection was removed
  'other_account', // the connection is signed in to another account
  'no_way', // this version knows no way to delete there
] as const;
export type ToldWhy = (typeof TOLD_WHY)[number];

/** A record that shall go from its CRM because its person was erased (R18). */
export interface OwedDeletion {
  readonly connectionId: string;
  readonly kind: Kind;
  /** null: a record that was being made when its person was erased; found by the contact's id in its link back. */
  readonly crmId: string | null;
  readonly crmUrl: string | null;
  readonly madeFor: string | null;
}

/** Owes these deletions, by one statement; what was owed already is asked for anew. Whose ids they are is noted with them (R40). */
export async function oweDeletions(
  trx: Trx,
  owed: readonly OwedDeletion[],
  asked: { readonly by: string; readonly at: number; readonly hashes: readonly string[] },
): Promise<void> {
  if (owed.length === 0) return;
  const rows = sql`jsonb_to_recordset(${JSON.stringify(owed)}::jsonb)
    as n("connectionId" text, kind text, "crmId" text, "crmUrl" text, "madeFor" text)`;
  await sql`
    delete from crm_deletions d using ${rows}
     where d.connection_id = n."connectionId" and (d.crm_id = n."crmId" or (d.crm_id is null and d.made_for = n."madeFor"))`.execute(
    trx,
  );
  await sql`
    insert into crm_deletions (connection_id, account_id, kind, crm_id, crm_url, made_for, hashes, asked_by, asked_at)
    select c.id, c.account_id, n.kind, n."crmId", n."crmUrl", n."madeFor", ${asked.hashes as string[]}::text[], ${asked.by}::text, ${asked.at}::bigint
      from ${rows} join connections c on c.id = n."connectionId"`.execute(trx);
}

/** Pauses under which what a person has asked for goes on: a run that waits for somebody (R50) or was undone (R38) is another matter. */
const GOES_ON = ['breaker', 'mass_deletion', 'undone'];

/** Connections that have something to delete now; those that are off or paused let it wait. `only`: is it one of them? */
export async function connectionsWithDeletions(q: Queryable, now: number, only?: string): Promise<readonly string[]> {
  const rows = await sql<{ id: string }>`
    select c.id from connections c
     where c.enabled and c.disconnected_at is null and (c.paused_reason is null or c.paused_reason = any(${GOES_ON}))
       and ${only === undefined ? sql`true` : sql`c.id = ${only}`}
       and exists (select 1 from crm_deletions d where d.connection_id = c.id and d.state = 'owed' and d.not_before <= ${now})`.execute(
    q,
  );
  return rows.rows.map((row) => row.id);
}

/** A deletion that is about to be asked for. */
export interface TakenDeletion {
  readonly id: number;
  readonly kind: Kind;
  readonly crm_id: string | null;
  readonly made_for: string | null;
  readonly account_id: string | null;
  readonly hashes: readonly string[];
  readonly asked_by: string;
  readonly asked_at: number;
  /** This time included. */
  readonly tries: number;
  /** A contact here has this record now. */
  readonly is_linked: boolean;
}

/**
 * Takes what is owed, the oldest first: the row itself is what announces the call (R31), so that one whose answer never came
 * is asked for again.
 */
export async function takeDeletions(
  trx: Trx,
  connectionId: string,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<readonly TakenDeletion[]> {
  const rows = await sql<TakenDeletion>`
    with next as (
      select d.id from crm_deletions d join connections c on c.id = d.connection_id
       where d.connection_id = ${connectionId} and d.state = 'owed' and d.not_before <= ${now}
         and c.enabled and c.disconnected_at is null and (c.paused_reason is null or c.paused_reason = any(${GOES_ON}))
       order by d.asked_at, d.id limit ${limit} for update of d
    )
    update crm_deletions d set tries = d.tries + 1, last_at = ${now} from next where d.id = next.id
    returning d.id, d.kind, d.crm_id, d.made_for, d.account_id, d.hashes, d.asked_by, d.asked_at, d.tries,
      exists (select 1 from links l where l.connection_id = d.connection_id and l.crm_id = d.crm_id and l.contact_id is not null) as is_linked`.execute(
    trx,
  );
  return [...rows.rows].sort((a, b) => a.asked_at - b.asked_at || a.id - b.id);
}

/** What became of one deletion. */
export type DeletionEnd =
  | { readonly id: number; readonly end: 'done' }
  | {
      readonly id: number;
      readonly end: 'later';
      readonly notBefore: number;
      readonly answer: object | null;
      /** It is another record by now, which is theirs, too. */
      readonly now?: { readonly kind: Kind; readonly crmId: string; readonly crmUrl: string | null } | undefined;
    }
  | {
      readonly id: number;
      readonly end: 'told';
      readonly why: ToldWhy;
      readonly answer: object | null;
      /** Where a person opens what it has become. */
      readonly url?: string | undefined;
    };

/** Settles them: of what is done nothing stays here; three statements at most. */
export async function settleDeletions(trx: Trx, ends: readonly DeletionEnd[]): Promise<void> {
  const ids = (end: DeletionEnd['end']): number[] => ends.flatMap((one) => (one.end === end ? [one.id] : []));
  const done = ids('done');
  if (done.length > 0) await trx.deleteFrom('crm_deletions').where('id', 'in', done).execute();
  const kept = ends.flatMap((one) =>
    one.end === 'done'
      ? []
      : [
          {
            id: one.id,
            answer: one.answer,
            state: one.end === 'told' ? 'told' : 'owed',
            why: one.end === 'told' ? one.why : null,
            not_before: one.end === 'later' ? one.notBefore : 0,
            kind: one.end === 'later' ? (one.now?.kind ?? null) : null,
            crm_id: one.end === 'later' ? (one.now?.crmId ?? null) : null,
            crm_url: one.end === 'later' ? (one.now?.crmUrl ?? null) : (one.url ?? null),
          },
        ],
  );
  if (kept.length === 0) return;
  await sql`
    update crm_deletions d set state = n.state, why = n.why, answer = n.answer, not_before = n.not_before,
           kind = coalesce(n.kind, d.kind), crm_id = coalesce(n.crm_id, d.crm_id), crm_url = coalesce(n.crm_url, d.crm_url)
      from jsonb_to_recordset(${JSON.stringify(kept)}::jsonb)
        as n(id bigint, state text, why text, answer jsonb, not_before bigint, kind text, crm_id text, crm_url text)
     where d.id = n.id`.execute(trx);
}

/** R42: a connection that is removed deletes nothing any more: what was owed is told to a person. */
export async function tellDisconnected(trx: Trx, connectionId: string): Promise<void> {
  await sql`update crm_deletions set state = 'told', why = 'disconnected', answer = null where connection_id = ${connectionId}`.execute(
    trx,
  );
}

/** Which of these records are owed to this connection. */
export async function areOwed(
  q: Queryable,
  connectionId: string,
  crmIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ crm_id: string }>`
    select crm_id from crm_deletions where connection_id = ${connectionId} and crm_id = any(${crmIds as string[]}::text[])`.execute(
    q,
  );
  return new Set(rows.rows.map((row) => row.crm_id));
}
