import { sql } from 'kysely';
import type { Trx } from '../store/db.ts';
import type { ItemEffect } from './page-effects.ts';
import type { Run } from './run-context.ts';

/** At most so many samples are kept. */
export const SAMPLES = 2_000;

/** What a run would do, kept as its items; `held` ones go when the run goes on and has items of its own. */
export async function writeSamples(
  trx: Trx,
  run: Run,
  items: readonly ItemEffect[],
  options: { readonly at: number; readonly held: boolean },
): Promise<void> {
  const rows = items
    .slice(0, SAMPLES)
    .map((item) => (options.held ? { ...item, params: { ...item.params, held: 1 } } : item));
  await writeItemRows(trx, run, rows, options.at);
}

/**
 * Items of a run that writes nothing else.
 * @param areThere the contacts exist, also those of `created` items; false: people who would be made are not there yet
 */
export async function writeItemRows(
  trx: Trx,
  run: Run,
  items: readonly ItemEffect[],
  at: number,
  areThere = false,
): Promise<void> {
  const rows = items.map((item) => ({
    ...item,
    contact_id:
      item.contactId?.startsWith('ct_') === true && (areThere || item.outcome !== 'created') ? item.contactId : null,
  }));
  await sql`
    insert into items (run_id, connection_id, contact_id, email, name, kind, crm_id, crm_url, outcome, reason, params, changes, conflicts, at)
    select ${run.id}::text, ${run.connectionId}::text, contact_id, email, name, kind, "crmId", "crmUrl", outcome, reason, params, changes, conflicts, ${at}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(contact_id text, email text, name text, kind text, "crmId" text, "crmUrl" text, outcome text, reason text, params jsonb, changes jsonb, conflicts int)`.execute(
    trx,
  );
}
