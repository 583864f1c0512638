import { sql } from 'kysely';
import type { Trx } from './db.ts';

/** Why two contacts seem to be one person. */
export type MergeWhy =
  /** The CRM made their records one. */
  | 'records_merged'
  /** The lead of one was converted into the contact of the other. */
  | 'converted'
  /** One record has the addresses of both. */
  | 'both_addresses'
  /** The record of one has taken the address of the other. */
  | 'address_taken';

/** Two contacts that a run found to be one person (R18b), in any order. */
export interface MergeFound {
  readonly contacts: readonly [string, string];
  readonly why: Exclude<MergeWhy, 'address_taken'>;
  /** The record that both lead to. */
  readonly crmId: string;
}

/** A pair is one row, whoever was found first: the smaller id stands first, byte by byte. */
export const inOrder = ([one, other]: readonly [string, string]): readonly [string, string] =>
  one < other ? [one, other] : [other, one];

/** Proposes these merges, by one statement; a pair that was declined is not proposed again. */
export async function proposeMerges(
  trx: Trx,
  found: readonly MergeFound[],
  { connectionId, at }: { readonly connectionId: string; readonly at: number },
): Promise<void> {
  if (found.length === 0) return;
  const rows = new Map(
    found.map(({ contacts, why, crmId }) => {
      const [a, b] = inOrder(contacts);
      return [`${a} ${b}`, { a, b, why, crm_id: crmId }] as const;
    }),
  );
  await sql`
    insert into merge_proposals (contact_a, contact_b, why, connection_id, crm_id, found_at)
    select a, b, why, ${connectionId}::text, crm_id, ${at}::bigint
      from jsonb_to_recordset(${JSON.stringify([...rows.values()])}::jsonb) as n(a text, b text, why text, crm_id text)
    on conflict (contact_a, contact_b) do nothing`.execute(trx);
}

/** One of the two is no other person, somebody says: the pair is not proposed again. */
export async function declineMerge(
  trx: Trx,
  pair: readonly [string, string],
  { by, at }: { readonly by: string; readonly at: number },
): Promise<void> {
  const [a, b] = inOrder(pair);
  await sql`
    insert into merge_proposals (contact_a, contact_b, why, found_at, declined_at, declined_by)
    values (${a}, ${b}, 'address_taken', ${at}, ${at}, ${by})
    on conflict (contact_a, contact_b) do update set declined_at = excluded.declined_at, declined_by = excluded.declined_by`.execute(
    trx,
  );
}

/** `from` becomes `into`: whoever seemed to be `from` is now asked about with `into`, and whoever was said not to be either is not. */
export async function moveMergeProposals(trx: Trx, from: string, into: string): Promise<void> {
  await sql`
    insert into merge_proposals (contact_a, contact_b, why, connection_id, crm_id, found_at, declined_at, declined_by)
    select least(o.other collate "C", ${into}), greatest(o.other collate "C", ${into}), why, connection_id, crm_id, found_at, declined_at, declined_by
      from merge_proposals p cross join lateral (select case when p.contact_a = ${from} then p.contact_b else p.contact_a end as other) o
     where (p.contact_a = ${from} or p.contact_b = ${from}) and o.other <> ${into}
    on conflict (contact_a, contact_b) do update set
      declined_by = case when merge_proposals.declined_at is null then excluded.declined_by else merge_proposals.declined_by end,
      declined_at = coalesce(merge_proposals.declined_at, excluded.declined_at)`.execute(trx);
}
