import { sql } from 'kysely';
import type { Queryable, Trx } from './db.ts';

/** Work owed to one side of one person (R30b). */
export interface DueMark {
  /** Side crm: a contact's id; side hub: a CRM id. */
  readonly subject: string;
  readonly version: number;
  readonly reason: string;
  readonly express: boolean;
  readonly tries: number;
  /** Side hub: of a record that is not linked yet, where its vendor told. */
  readonly kind?: string | null;
  /** A change of settings made it (R36); null: an ordinary debt. */
  readonly backlog?: string | null;
}

/** What is owed now, express first. The caller holds the connection's lease, so nobody else takes the same. */
export async function takeDue(
  q: Queryable,
  wanted: {
    readonly connectionId: string;
    readonly side: 'hub' | 'crm';
    readonly now: number;
    readonly limit: number;
    readonly only?: readonly string[] | undefined;
    /** Leaves out whom this run has looked at already: at this version, or to wait for its end (`leaveDue`, `keepDue`). */
    readonly unseenBy?: string;
    /** Those only that wait for the end of this run (`keepDue`). */
    readonly keptBy?: string;
    /** Leaves out contacts of whom a write is announced and not settled: a page is of those who can be worked on (R31). */
    readonly withoutIntents?: boolean;
  },
): Promise<readonly DueMark[]> {
  let rows = q
    .selectFrom('due')
    .select(['subject', 'version', 'reason', 'express', 'tries', 'kind', 'backlog'])
    .where('connection_id', '=', wanted.connectionId)
    .where('side', '=', wanted.side)
    .where('not_before', '<=', wanted.now);
  if (wanted.only !== undefined) rows = rows.where(sql<boolean>`subject = any(${wanted.only as string[]}::text[])`);
  if (wanted.unseenBy !== undefined)
    rows = rows.where(sql<boolean>`(seen_by is distinct from ${wanted.unseenBy} or seen_version <> version)`);
  if (wanted.keptBy !== undefined) rows = rows.where(sql<boolean>`seen_by = ${wanted.keptBy} and seen_version is null`);
  if (wanted.withoutIntents === true)
    rows = rows.where(
      sql<boolean>`not exists (select 1 from intents i where i.connection_id = due.connection_id and i.contact_id = due.subject)`,
    );
  return rows.orderBy('express', 'desc').orderBy('not_before').orderBy('created_at').limit(wanted.limit).execute();
}

/** Removes marks whose version is still the one that was settled; newer debts stay. */
export async function settleDue(
  trx: Trx,
  connectionId: string,
  side: 'hub' | 'crm',
  marks: readonly { readonly subject: string; readonly version: number }[],
): Promise<void> {
  if (marks.length === 0) return;
  await sql`delete from due d using jsonb_to_recordset(${JSON.stringify(marks)}::jsonb) as n(subject text, version bigint)
             where d.connection_id = ${connectionId} and d.side = ${side} and d.subject = n.subject and d.version = n.version`.execute(
    trx,
  );
}

/** Puts marks off: unknown, throttled, stale, later. */
export async function postponeDue(
  trx: Trx,
  connectionId: string,
  side: 'hub' | 'crm',
  marks: readonly { readonly subject: string; readonly notBefore: number; readonly reason: string }[],
): Promise<void> {
  if (marks.length === 0) return;
  await sql`update due d set not_before = n."notBefore", reason = n.reason, tries = tries + 1
              from jsonb_to_recordset(${JSON.stringify(marks)}::jsonb) as n(subject text, "notBefore" bigint, reason text)
             where d.connection_id = ${connectionId} and d.side = ${side} and d.subject = n.subject`.execute(trx);
}

/**
 * R43: what of these marks is still owed was looked at by this run, and is the next one's. A newer debt is looked at again,
 * unless the person has been waiting for the run's end.
 */
export async function leaveDue(
  q: Queryable,
  connectionId: string,
  by: string,
  marks: readonly { readonly subject: string; readonly version: number }[],
): Promise<void> {
  if (marks.length === 0) return;
  const rows = JSON.stringify(marks.map(({ subject, version }) => ({ subject, version })));
  await sql`update due d set seen_by = ${by}, seen_version = n.version
              from jsonb_to_recordset(${rows}::jsonb) as n(subject text, version bigint)
             where d.connection_id = ${connectionId} and d.side = 'crm' and d.subject = n.subject
               and (d.version = n.version or (d.seen_by = ${by} and d.seen_version is null))`.execute(q);
}

/** R50: these people wait for the end of this run, whatever they are owed by then. */
export async function keepDue(
  q: Queryable,
  connectionId: string,
  by: string,
  contactIds: readonly string[],
): Promise<void> {
  if (contactIds.length === 0) return;
  await sql`update due set seen_by = ${by}, seen_version = null
             where connection_id = ${connectionId} and side = 'crm' and subject = any(${contactIds as string[]}::text[])`.execute(
    q,
  );
}

/** Nobody waits for the end of this run any more: it goes on from the beginning (R36). */
export async function unkeepDue(q: Queryable, connectionId: string, by: string): Promise<void> {
  await sql`update due set seen_by = null
             where connection_id = ${connectionId} and side = 'crm' and seen_by = ${by} and seen_version is null`.execute(
    q,
  );
}

/** Owes everybody whom a full run towards the CRM concerns: the linked, and those who may be created (R36). */
export async function markAllDue(trx: Trx, connectionId: string, minimumScore: number, at: number): Promise<void> {
  await sql`
    insert into due (connection_id, side, subject, reason, created_at)
    select ${connectionId}::text, 'crm', c.id, 'full', ${at}::bigint from contacts c
     where c.archived_at is null
       and (exists (select 1 from links l where l.connection_id = ${connectionId} and l.contact_id = c.id and l.role = 'primary' and l.state = 'active')
            or (c.score >= ${minimumScore} and not exists (select 1 from links l where l.connection_id = ${connectionId} and l.contact_id = c.id)))
    on conflict (connection_id, side, subject) do update set version = due.version + 1, not_before = 0`.execute(trx);
}

export async function markContactsDue(
  trx: Trx,
  connectionId: string,
  contactIds: readonly string[],
  mark: { readonly reason: string; readonly at: number },
): Promise<void> {
  await sql`
    insert into due (connection_id, side, subject, reason, created_at)
    select ${connectionId}::text, 'crm', s.id, ${mark.reason}::text, ${mark.at}::bigint from unnest(${contactIds as string[]}::text[]) as s(id)
    on conflict (connection_id, side, subject) do update set version = due.version + 1, not_before = 0`.execute(trx);
}

/** Owes the hub a look at these records of the CRM (a webhook spoke of them). */
export async function markRecordsDue(
  trx: Trx,
  connectionId: string,
  records: readonly { readonly id: string; readonly kind: string | null }[],
  mark: { readonly reason: string; readonly at: number },
): Promise<void> {
  if (records.length === 0) return;
  await sql`
    insert into due (connection_id, side, subject, reason, kind, created_at)
    select ${connectionId}::text, 'hub', n.id, ${mark.reason}::text, n.kind, ${mark.at}::bigint
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as n(id text, kind text)
    on conflict (connection_id, side, subject) do update
      set version = due.version + 1, not_before = 0, kind = coalesce(excluded.kind, due.kind)`.execute(trx);
}
