import { sql } from 'kysely';
import type { Company } from '../connectors/kit/companies.ts';
import { foldLabel } from '../core/labels.ts';
import type { Queryable, Trx } from '../store/db.ts';

/** `Acme`, `ACME ` and `acme` are one company (R25). */
export const companyKey = foldLabel;

/**
 * Remembers companies by their id, with the name that they have now. One statement. `revives`: whoever told of them knows
 * that they are there, also those that we took for gone; a person's record may go on naming one that is not.
 */
export async function keepCompanies(
  trx: Trx,
  connectionId: string,
  companies: readonly Company[],
  { at, revives }: { readonly at: number; readonly revives: boolean },
): Promise<void> {
  if (companies.length === 0) return;
  const rows = [...new Map(companies.map((one) => [one.id, one])).values()].map(({ id, name }) => ({
    id,
    name,
    key: companyKey(name),
  }));
  await sql`
    insert into companies (connection_id, crm_id, name, name_key, seen_at)
    select ${connectionId}::text, id, name, key, ${at}::bigint from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, name text, key text)
    on conflict (connection_id, crm_id) do update set name = excluded.name, name_key = excluded.name_key, seen_at = excluded.seen_at,
      gone_at = case when ${revives} then null else companies.gone_at end
      where companies.name <> excluded.name or (${revives} and companies.gone_at is not null)`.execute(trx);
}

/**
 * They are no companies any more (deleted, merged away, put out of use): who needs one of that name next has it looked for
 * anew, and whoever belonged to one is looked at. Ids that we do not know are nobody's business. One statement.
 */
export async function forgetCompanies(
  trx: Trx,
  connectionId: string,
  ids: readonly string[],
  at: number,
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    with known as (
      select crm_id from companies where connection_id = ${connectionId} and crm_id = any(${ids as string[]}::text[]) and gone_at is null),
    forgotten as (
      update companies set gone_at = ${at} where connection_id = ${connectionId} and crm_id = any(${ids as string[]}::text[]))
    insert into due (connection_id, side, subject, reason, created_at)
    select ${connectionId}::text, 'hub', d.crm_id, 'company', ${at}::bigint
      from known
      join directory d on d.connection_id = ${connectionId} and d.company_id = known.crm_id and d.gone_at is null
      join links l on l.connection_id = ${connectionId} and l.crm_id = d.crm_id and l.role = 'primary' and l.state = 'active'
    on conflict (connection_id, side, subject) do update set version = due.version + 1, reason = excluded.reason, not_before = 0`.execute(
    trx,
  );
}

/** Which of these ended a moment ago, after `since`: an index that is behind may still find them. */
export async function endedSince(
  db: Queryable,
  connectionId: string,
  ids: readonly string[],
  since: number,
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql<{ crm_id: string }>`
    select crm_id from companies where connection_id = ${connectionId} and crm_id = any(${ids as string[]}::text[]) and gone_at > ${since}`.execute(
    db,
  );
  return new Set(rows.rows.map((row) => row.crm_id));
}

/**
 * R25: a company that was renamed in the CRM concerns everybody who belongs to it: their records are read again in this
 * very run. Companies that nobody here belongs to are nobody's business.
 */
export async function followCompanies(
  trx: Trx,
  connectionId: string,
  companies: readonly Company[],
  at: number,
): Promise<void> {
  if (companies.length === 0) return;
  const rows = [...new Map(companies.map((one) => [one.id, one])).values()];
  await sql`
    insert into due (connection_id, side, subject, reason, created_at)
    select ${connectionId}::text, 'hub', d.crm_id, 'company', ${at}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, name text)
      join directory d on d.connection_id = ${connectionId} and d.company_id = n.id and d.gone_at is null
      join links l on l.connection_id = ${connectionId} and l.crm_id = d.crm_id and l.role = 'primary' and l.state = 'active'
     where not exists (select 1 from companies c where c.connection_id = ${connectionId} and c.crm_id = n.id and c.name = n.name)
    on conflict (connection_id, side, subject) do update set version = due.version + 1, reason = excluded.reason, not_before = 0`.execute(
    trx,
  );
  const ids = rows.map((row) => row.id);
  const kept = await sql<{ id: string }>`
    select crm_id as id from companies where connection_id = ${connectionId} and crm_id = any(${ids}::text[])
    union select company_id from directory where connection_id = ${connectionId} and company_id = any(${ids}::text[])`.execute(
    trx,
  );
  const concerned = new Set(kept.rows.map((row) => row.id));
  await keepCompanies(
    trx,
    connectionId,
    rows.filter((row) => concerned.has(row.id)),
    { at, revives: true },
  );
}
