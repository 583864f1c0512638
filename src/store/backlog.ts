import { sql } from 'kysely';
import type { LineKey, LineShadow } from '../core/model.ts';
import type { Queryable, Trx } from './db.ts';

/** How a debt that a change of settings made is to be met: `calculated` writes score, status and link back, too. */
export type BacklogKind = 'plain' | 'calculated';

/** Why the other side is owed something by a look that a change of settings asked for: its debt belongs to the same backlog. */
export const owedBecause = (backlog: string | null | undefined): string =>
  backlog == null ? 'other_side' : `settings_${backlog}`;

/** A reason as it is stored. */
export const debtOf = (reason: string): { readonly reason: string; readonly backlog: BacklogKind | null } =>
  reason === 'settings_plain' || reason === 'settings_calculated'
    ? { reason: 'settings', backlog: reason === 'settings_plain' ? 'plain' : 'calculated' }
    : { reason, backlog: null };

/** A changed line, as the statements below see it. */
export interface MarkedLine {
  readonly key: LineKey;
  readonly kind: string;
  readonly hub: string;
  readonly optOut: boolean;
}

interface Marking {
  readonly connectionId: string;
  readonly how: BacklogKind;
  readonly at: number;
}

const onConflict = sql`on conflict (connection_id, side, subject) do update
  set version = due.version + 1, not_before = 0, tries = 0,
      backlog = case when due.backlog = 'calculated' then due.backlog else excluded.backlog end`;

/** Values that every contact has, wherever they are stored. */
const ALWAYS = ['email', 'score', 'url'];

const linesOf = (lines: readonly MarkedLine[]) =>
  sql`jsonb_to_recordset(${JSON.stringify(lines.map((line) => ({ ...line, always: ALWAYS.includes(line.hub) })))}::jsonb)
      as n(key text, kind text, hub text, "optOut" boolean, always boolean)`;

/** R36: the records whose values may come into the hub otherwise by these lines: the linked ones. One statement. */
export async function markRecordsOfLines(trx: Trx, lines: readonly MarkedLine[], marking: Marking): Promise<void> {
  if (lines.length === 0) return;
  await sql`
    insert into due (connection_id, side, subject, kind, reason, backlog, created_at)
    select distinct ${marking.connectionId}::text, 'hub', l.crm_id, l.kind, 'settings', ${marking.how}::text, ${marking.at}::bigint
      from links l join ${linesOf(lines)} on n.kind = l.kind
     where l.connection_id = ${marking.connectionId} and l.role = 'primary' and l.contact_id is not null
       and (l.state = 'active' or (l.state = 'frozen' and n."optOut"))
    ${onConflict}`.execute(trx);
}

/** R36: the people whose values may go to the CRM otherwise by these lines: linked, and with something to say. One statement. */
export async function markPeopleOfLines(trx: Trx, lines: readonly MarkedLine[], marking: Marking): Promise<void> {
  if (lines.length === 0) return;
  await sql`
    insert into due (connection_id, side, subject, reason, backlog, created_at)
    select distinct ${marking.connectionId}::text, 'crm', l.contact_id, 'settings', ${marking.how}::text, ${marking.at}::bigint
      from links l join contacts c on c.id = l.contact_id join ${linesOf(lines)} on n.kind = l.kind
     where l.connection_id = ${marking.connectionId} and l.role = 'primary'
       and (l.state = 'active' or (l.state = 'frozen' and n."optOut"))
       and (n.always or l.shadow ? n.key or coalesce(c.fields -> n.hub, 'null') <> 'null')
    ${onConflict}`.execute(trx);
}

/** Who was refused on these lines, or as a whole, and may get through now. One statement a side. */
export async function markRefused(
  trx: Trx,
  lines: readonly MarkedLine[],
  side: 'hub' | 'crm',
  marking: Marking,
): Promise<void> {
  if (lines.length === 0) return;
  const subject = side === 'crm' ? sql`r.contact_id` : sql`r.crm_id`;
  await sql`
    insert into due (connection_id, side, subject, reason, backlog, created_at)
    select distinct ${marking.connectionId}::text, ${side}::text, ${subject}, 'settings', ${marking.how}::text, ${marking.at}::bigint
      from rejections r
     where r.connection_id = ${marking.connectionId} and r.resolved_at is null and r.direction = ${side === 'crm' ? 'toCrm' : 'toHub'}
       and (r.line = '' or r.line = any(${lines.map((line) => line.key)}::text[])) and ${subject} is not null
    ${onConflict}`.execute(trx);
}

/** R13: people who are in no record yet and pass the gate now that did not before. @param below they passed already from here on; null: nobody did. */
export async function markPassing(
  trx: Trx,
  gate: { readonly minimumScore: number; readonly below: number | null },
  marking: Marking,
): Promise<void> {
  await sql`
    insert into due (connection_id, side, subject, reason, backlog, created_at)
    select ${marking.connectionId}::text, 'crm', c.id, 'settings', ${marking.how}::text, ${marking.at}::bigint from contacts c
     where c.archived_at is null and c.score >= ${gate.minimumScore} and (${gate.below}::int is null or c.score < ${gate.below})
       and not exists (select 1 from links l where l.connection_id = ${marking.connectionId} and l.contact_id = c.id)
    ${onConflict}`.execute(trx);
}

/** R11, R19: records of these kinds may take part now, or not any more: the linked, and those that were filtered. */
export async function markKinds(trx: Trx, kinds: readonly string[], marking: Marking): Promise<void> {
  await sql`
    insert into due (connection_id, side, subject, kind, reason, backlog, created_at)
    select ${marking.connectionId}::text, 'hub', d.crm_id, d.kind, 'settings', ${marking.how}::text, ${marking.at}::bigint from directory d
     where d.connection_id = ${marking.connectionId} and d.kind = any(${kinds as string[]}::text[]) and d.gone_at is null
       and (d.filtered is not null or exists (
         select 1 from links l where l.connection_id = d.connection_id and l.crm_id = d.crm_id and l.role = 'primary' and l.state in ('active', 'frozen')))
    ${onConflict}`.execute(trx);
}

/** R24: whose record holds a link that does not begin with this address. @param lines of the contact's address. */
export async function markStaleLinks(
  trx: Trx,
  stale: { readonly lines: readonly MarkedLine[]; readonly address: string },
  marking: Marking,
): Promise<void> {
  if (stale.lines.length === 0) return;
  await sql`
    insert into due (connection_id, side, subject, reason, backlog, created_at)
    select distinct ${marking.connectionId}::text, 'crm', l.contact_id, 'settings', ${marking.how}::text, ${marking.at}::bigint
      from links l join ${linesOf(stale.lines)} on n.kind = l.kind
     where ${isStale(marking.connectionId, stale.address)}
    ${onConflict}`.execute(trx);
}

const isStale = (connectionId: string, address: string) =>
  sql<boolean>`l.connection_id = ${connectionId} and l.role = 'primary' and l.state = 'active' and l.contact_id is not null
       and l.shadow -> n.key ->> 'hub' is not null and not starts_with(l.shadow -> n.key ->> 'hub', ${`${address}/contacts/`})`;

/** R24: how many records hold a link to another address, and which one most of them hold. */
export async function countStaleLinks(
  q: Queryable,
  connectionId: string,
  stale: { readonly lines: readonly MarkedLine[]; readonly address: string },
): Promise<{ readonly count: number; readonly from: string } | null> {
  if (stale.lines.length === 0) return null;
  const found = await sql<{ base: string; count: number }>`
    select split_part(l.shadow -> n.key ->> 'hub', '/contacts/', 1) as base, count(*)::int as count
      from links l join ${linesOf(stale.lines)} on n.kind = l.kind
     where ${isStale(connectionId, stale.address)} group by 1 order by 2 desc, 1`.execute(q);
  const [first] = found.rows;
  if (first === undefined) return null;
  return { count: found.rows.reduce((sum, row) => sum + row.count, 0), from: first.base };
}

/** What is left of the debts that changes of settings made, by the side that is owed. */
export async function countBacklog(
  q: Queryable,
  connectionId: string,
): Promise<{ readonly hub: number; readonly crm: number }> {
  const rows = await sql<{ side: string; count: number }>`
    select side, count(*)::int as count from due where connection_id = ${connectionId} and backlog is not null group by side`.execute(
    q,
  );
  const of = (side: string): number => rows.rows.find((row) => row.side === side)?.count ?? 0;
  return { hub: of('hub'), crm: of('crm') };
}

/** The debts stay; nobody counts them any more. */
export async function forgetBacklog(trx: Trx, connectionId: string): Promise<void> {
  await sql`update due set backlog = null where connection_id = ${connectionId} and backlog is not null`.execute(trx);
  await sql`update connections set backlog = null where id = ${connectionId}`.execute(trx);
}

/** The different pairs of values on which a line's sides agreed last; each stands for all links that hold it. */
export async function agreedPairs(
  q: Queryable,
  connectionId: string,
  line: { readonly key: LineKey; readonly limit: number },
): Promise<readonly LineShadow[]> {
  const rows = await sql<{ pair: LineShadow }>`
    select distinct shadow -> ${line.key}::text as pair from links where connection_id = ${connectionId} and shadow ? ${line.key} limit ${line.limit}`.execute(
    q,
  );
  return rows.rows.map((row) => row.pair);
}

/**
 * R36: these agreements were made under another translation. The side that the line's value comes from counts as changed,
 * so that it is translated anew; a person's change of either side meanwhile is what it would be anyway (R1, R4). Whoever
 * holds them is owed a look: at the record where its values may come in, else towards the CRM. One statement.
 */
export async function reopenAgreements(
  trx: Trx,
  line: {
    readonly key: LineKey;
    readonly hub: string;
    readonly source: 'hub' | 'crm';
    readonly side: 'hub' | 'crm';
    readonly pairs: readonly LineShadow[];
  },
  marking: Marking,
): Promise<void> {
  const owed = line.side === 'hub' ? sql`crm_id` : sql`contact_id`;
  await sql`
    with opened as (
      update links l set shadow = jsonb_set(l.shadow, array[${line.key}::text, ${line.source}::text], 'null'), shadow_version = l.shadow_version + 1
        from contacts c
       where c.id = l.contact_id and l.connection_id = ${marking.connectionId} and l.role = 'primary' and l.state = 'active' and l.shadow ? ${line.key}
         and l.shadow -> ${line.key}::text in (select p from jsonb_array_elements(${JSON.stringify(line.pairs)}::jsonb) as p)
         and c.fields -> ${line.hub}::text = l.shadow -> ${line.key}::text -> 'hub'
      returning l.crm_id, l.contact_id, l.kind
    )
    insert into due (connection_id, side, subject, kind, reason, backlog, created_at)
    select ${marking.connectionId}::text, ${line.side}::text, ${owed}, kind, 'settings', ${marking.how}::text, ${marking.at}::bigint from opened
    ${onConflict}`.execute(trx);
}
