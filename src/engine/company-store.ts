import { sql } from 'kysely';
import type { Company } from '../connectors/kit/connector.ts';
import { foldLabel } from '../core/labels.ts';
import type { Trx } from '../store/db.ts';

/** `Acme`, `ACME ` and `acme` are one company (R25). */
export const companyKey = foldLabel;

/** Remembers companies by their id, with the name that they have now. One statement. */
export async function keepCompanies(
  trx: Trx,
  connectionId: string,
  companies: readonly Company[],
  at: number,
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
    on conflict (connection_id, crm_id) do update set name = excluded.name, name_key = excluded.name_key, gone_at = null, seen_at = excluded.seen_at
      where companies.name <> excluded.name or companies.gone_at is not null`.execute(trx);
}

/** The CRM does not take them for a person any more (deleted, merged): who needs that name next has it looked for anew. */
export async function forgetCompanies(
  trx: Trx,
  connectionId: string,
  ids: readonly string[],
  at: number,
): Promise<void> {
  if (ids.length === 0) return;
  await sql`update companies set gone_at = ${at} where connection_id = ${connectionId} and crm_id = any(${ids as string[]}::text[])`.execute(
    trx,
  );
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
    at,
  );
}
