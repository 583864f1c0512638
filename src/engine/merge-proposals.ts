import { sql } from 'kysely';
import type { Fields, Value } from '../core/model.ts';
import { type MergePlan, planMerge } from '../hub/merge-plan.ts';
import type { Queryable } from '../store/db.ts';
import type { MergeWhy } from '../store/merge-proposals.ts';

/** How many open rejections are looked at for pairs, the newest first. */
const REJECTIONS_MAX = 1_000;

export interface ProposalQuery {
  readonly connectionId?: string | undefined;
  /** Of this contact only. */
  readonly contactId?: string | undefined;
  readonly limit: number;
  readonly before?: { readonly at: number; readonly id: string } | undefined;
}

/** One of the two, and what becomes of the other's values if this one stays. */
export interface ProposalSide extends MergePlan {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** 0 to 50. */
  readonly score: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Connections where it has a record that is in step. */
  readonly connections: readonly { readonly connection: string; readonly crm: string }[];
}

/** Two contacts that seem to be one person. */
export interface MergeProposal {
  readonly id: string;
  readonly why: MergeWhy;
  readonly connection: string | null;
  readonly crm: string | null;
  /** The record that both lead to. */
  readonly crmId: string | null;
  readonly crmUrl: string | null;
  readonly foundAt: number;
  readonly sides: readonly [ProposalSide, ProposalSide];
  /** The one that would stay if nobody says otherwise. */
  readonly keep: string;
}

interface PairRow {
  id: string;
  a: string;
  b: string;
  why: MergeWhy;
  connection: string | null;
  crm: string | null;
  crm_id: string | null;
  crm_url: string | null;
  at: number;
}

interface SideRow {
  id: string;
  email: string;
  fields: Fields;
  score: number;
  created_at: number;
  updated_at: number;
  connections: readonly { readonly connection: string; readonly crm: string }[];
}

/**
 * Who has the address that `r` (a row of `rejections`) was refused for: the contact that the fault names, by its present id;
 * else the one that the named record belongs to; else the one whose record has the address. null: nobody who is known.
 */
export const addressHolder = sql<string>`coalesce(
  (select c.id from contacts c where c.id = coalesce((select m.to_id from merged_contacts m where m.from_id = r.params ->> 'otherId'), r.params ->> 'otherId')),
  (select l.contact_id from links l where l.connection_id = r.connection_id and l.crm_id = r.params ->> 'otherId'),
  (select l.contact_id from directory d join links l on l.connection_id = d.connection_id and l.crm_id = d.crm_id
    where r.direction = 'toCrm' and d.connection_id = r.connection_id and d.gone_at is null and l.contact_id <> r.contact_id
      and (d.emails[1] = any(array(select c.email_key from contacts c where c.id = r.contact_id))
           or (cardinality(d.emails) > 1 and d.emails && array(select c.email_key from contacts c where c.id = r.contact_id)))
    order by l.role = 'primary' desc, l.id limit 1))`;

/** An address refused to this contact, or because of it. */
const concerns = (contactId: string) => sql`(r.contact_id = ${contactId} or r.params ->> 'otherId' = ${contactId}
  or r.params ->> 'otherId' in (select m.from_id from merged_contacts m where m.to_id = ${contactId}
                                union all select l.crm_id from links l where l.contact_id = ${contactId})
  or r.contact_id in (select c.id from links l join directory d on d.connection_id = l.connection_id and d.crm_id = l.crm_id
                        join contacts c on c.email_key = any(d.emails) where l.contact_id = ${contactId}))`;

/**
 * Pairs that a run found (R18b), and those whom an address that one has and the other's record wants makes a pair: they are
 * read from the open rejections, so that a corrected address ends the question by itself. Newest first; three statements.
 */
export async function listMergeProposals(q: Queryable, query: ProposalQuery): Promise<readonly MergeProposal[]> {
  const { contactId = null, connectionId = null, before } = query;
  const pairs = await sql<PairRow>`
    with refused as (
      select * from rejections r where r.reason = 'address_taken' and r.resolved_at is null and r.contact_id is not null
         and (${connectionId}::text is null or r.connection_id = ${connectionId}) and ${contactId === null ? sql`true` : concerns(contactId)}
       order by r.last_at desc limit ${REJECTIONS_MAX}
    ), wanted as materialized (
      select r.contact_id, r.connection_id, r.crm_id, r.first_at, ${addressHolder} as holder from refused r
    ), pairs as (
      select contact_a as a, contact_b as b, why, connection_id, crm_id, found_at as at from merge_proposals
       where declined_at is null and (${connectionId}::text is null or connection_id = ${connectionId})
      union all
      (select distinct on (least(contact_id collate "C", holder), greatest(contact_id collate "C", holder))
             least(contact_id collate "C", holder), greatest(contact_id collate "C", holder), 'address_taken', w.connection_id, w.crm_id, w.first_at
        from wanted w where holder <> contact_id and exists (select 1 from contacts c where c.id = w.contact_id)
         and not exists (select 1 from merge_proposals p where p.contact_a = least(w.contact_id collate "C", holder)
                            and p.contact_b = greatest(w.contact_id collate "C", holder))
       order by 1, 2, w.first_at desc)
    )
    select p.a || '~' || p.b as id, p.a, p.b, p.why, c.name as connection, c.crm, p.crm_id, l.crm_url, p.at
      from pairs p left join connections c on c.id = p.connection_id
      left join links l on l.connection_id = p.connection_id and l.crm_id = p.crm_id
     where (${contactId}::text is null or ${contactId} in (p.a, p.b))
       and (${before?.at ?? null}::bigint is null or (p.at, p.a || '~' || p.b) < (${before?.at ?? 0}::bigint, ${before?.id ?? ''}))
     order by p.at desc, id desc limit ${query.limit}`.execute(q);
  const sides = await readSides(q, [...new Set(pairs.rows.flatMap((pair) => [pair.a, pair.b]))]);
  return pairs.rows.flatMap((pair) => {
    const [a, b] = [sides.get(pair.a), sides.get(pair.b)];
    return a === undefined || b === undefined ? [] : [toProposal(pair, a, b)];
  });
}

function toProposal(pair: PairRow, a: SideRow, b: SideRow): MergeProposal {
  const { id, why, connection, crm, at: foundAt } = pair;
  const both = [sideOf(a, b), sideOf(b, a)] as const;
  return {
    id,
    why,
    connection,
    crm,
    crmId: pair.crm_id,
    crmUrl: pair.crm_url,
    foundAt,
    sides: both,
    keep: better(a, b).id,
  };
}

/** Whoever is in step with more CRMs stays, then the higher score, then the older one. */
function better(a: SideRow, b: SideRow): SideRow {
  const order = b.connections.length - a.connections.length || b.score - a.score || a.created_at - b.created_at;
  return order > 0 ? b : a;
}

const nameOf = ({ fields }: SideRow): string =>
  [fields['first_name'], fields['last_name']].filter((part): part is string => typeof part === 'string').join(' ');

const sideOf = (side: SideRow, other: SideRow): ProposalSide => ({
  id: side.id,
  email: side.email,
  name: nameOf(side),
  score: side.score,
  createdAt: side.created_at,
  updatedAt: side.updated_at,
  connections: side.connections,
  ...planMerge(side.fields, other.fields),
});

async function readSides(q: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, SideRow>> {
  if (ids.length === 0) return new Map();
  const rows = await sql<SideRow>`
    select k.id, k.email, k.fields, k.score, k.created_at, k.updated_at,
           coalesce((select jsonb_agg(jsonb_build_object('connection', c.name, 'crm', c.crm) order by c.name)
                       from links l join connections c on c.id = l.connection_id
                      where l.contact_id = k.id and l.role = 'primary' and l.state in ('active', 'frozen')), '[]') as connections
      from contacts k where k.id = any(${ids as string[]}::text[])`.execute(q);
  return new Map(rows.rows.map((row) => [row.id, row]));
}

/** Pairs that a run found; those of refused addresses are counted as rejections. */
export async function countMergeProposals(q: Queryable): Promise<number> {
  const row = await sql<{ count: number }>`
    select count(*)::int as count from merge_proposals where declined_at is null`.execute(q);
  return row.rows[0]?.count ?? 0;
}

/** A contact that is meant by a rejection, as far as it is named. */
export interface OtherContact {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** Rejection → the contact that has the address it was refused for, in one statement. */
export async function addressHolders(
  q: Queryable,
  rejectionIds: readonly string[],
): Promise<ReadonlyMap<string, OtherContact>> {
  if (rejectionIds.length === 0) return new Map();
  const rows = await sql<{ rejection: string; id: string; email: string; first: Value; last: Value }>`
    select r.id as rejection, c.id, c.email, c.fields ->> 'first_name' as first, c.fields ->> 'last_name' as last
      from rejections r join contacts c on c.id = ${addressHolder}
     where r.id = any(${rejectionIds as string[]}::text[]) and c.id is distinct from r.contact_id`.execute(q);
  return new Map(
    rows.rows.map(({ rejection, id, email, first, last }) => [
      rejection,
      { id, email, name: [first, last].filter((part) => part !== null).join(' ') },
    ]),
  );
}
