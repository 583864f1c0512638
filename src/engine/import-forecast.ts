import { sql } from 'kysely';
import type { Forecast } from '../hub/imports/import-settings.ts';
import type { Queryable, Trx } from '../store/db.ts';
import { listConnections, manifestOf } from './connection.ts';
import type { EngineDeps } from './deps.ts';

/** Of these contacts: who has the score for each exporting CRM and is not there yet, and whose record there changes. */
export async function whoWouldEnter(
  trx: Trx,
  ids: { readonly created: readonly string[]; readonly updated: readonly string[] },
): Promise<Forecast> {
  const all = [...ids.created, ...ids.updated];
  if (all.length === 0) return {};
  const rows = await sql<{ id: string; enter: number; update: number }>`
    select k.id,
           count(*) filter (where l.id is null and c.archived_at is null and c.score >= coalesce((k.settings -> 'export' ->> 'minimumScore')::int, 51))::int as enter,
           count(*) filter (where l.state = 'active')::int as update
      from connections k cross join contacts c
      left join links l on l.connection_id = k.id and l.contact_id = c.id and l.role = 'primary'
     where k.disconnected_at is null and (k.settings -> 'export' ->> 'enabled')::boolean and c.id = any(${all}::text[])
     group by k.id`.execute(trx);
  return Object.fromEntries(rows.rows.map(({ id, enter, update }) => [id, { enter, update }]));
}

export interface CrmForecast {
  readonly connection: string;
  readonly crm: string;
  readonly enter: number;
  readonly update: number;
  readonly calls: number;
  /** Share of the vendor's daily allowance; null: the manifest states none. */
  readonly ofDailyQuota: number | null;
}

const pages = (count: number, size: number): number => Math.ceil(count / Math.max(1, size));

/** What a list would cost in each CRM, from the vendor's batch sizes; CRMs that nobody would enter or change are left out. */
export async function costOf(deps: EngineDeps, q: Queryable, forecast: Forecast): Promise<readonly CrmForecast[]> {
  const connections = await listConnections(q);
  return connections.flatMap((connection) => {
    const { enter = 0, update = 0 } = forecast[connection.id] ?? {};
    if (enter + update === 0) return [];
    const { batch, kinds, capabilities, limits } = manifestOf(deps, connection.crm);
    const readBack = capabilities.answersCarryRecord ? 0 : pages(enter + update, batch.readByIds.value);
    const calls =
      (enter === 0 ? 0 : pages(enter, batch.find.value) * kinds.length + pages(enter, batch.create.value)) +
      pages(update, batch.readByIds.value) +
      pages(update, batch.update.value) +
      readBack;
    const daily = limits.find((limit) => limit.name.startsWith('daily'))?.limit.value;
    return [
      {
        connection: connection.name,
        crm: connection.crm,
        enter,
        update,
        calls,
        ofDailyQuota: daily === undefined ? null : calls / daily,
      },
    ];
  });
}
