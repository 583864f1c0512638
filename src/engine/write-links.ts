import { sql } from 'kysely';
import type { Trx } from '../store/db.ts';
import type { LinkState } from './page-state.ts';

/** What a link's row holds of its state; the same names in the statements and in what is sent. Nothing is sent of what is null. */
const toRow = (link: LinkState) => ({
  id: link.id,
  contact_id: link.contactId,
  kind: link.kind,
  crm_id: link.crmId,
  former_ids: link.formerIds,
  role: link.role,
  state: link.state,
  state_since: link.stateSince ?? undefined,
  state_why: link.stateWhy ?? undefined,
  shadow: link.shadow,
  holds: link.holds,
  crm_version: link.crmVersion ?? undefined,
  crm_modified_at: link.crmModifiedAt ?? undefined,
  crm_url: link.crmUrl ?? undefined,
  owner: link.owner ?? undefined,
  calculated_sent_at: link.calculatedSentAt ?? undefined,
});

const columns = sql`contact_id, kind, crm_id, former_ids, role, state, state_since, state_why, shadow, holds, crm_version, crm_modified_at, crm_url, owner, calculated_sent_at`;

const recordset = (rows: readonly ReturnType<typeof toRow>[]) =>
  sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, contact_id text, kind text, crm_id text, former_ids text[], role text, state text,
      state_since bigint, state_why text, shadow jsonb, holds jsonb, crm_version text, crm_modified_at bigint, crm_url text, owner text, calculated_sent_at bigint)`;

/** Links that were made or changed. Once the statement has run each stands as it is in the database. */
export function prepareLinks(
  links: readonly LinkState[],
  { connectionId, at }: { readonly connectionId: string; readonly at: number },
): (trx: Trx) => Promise<void> {
  // Changed ones go first, demoted ones before all: at most one primary per contact and connection, checked row by row.
  const changed = links.filter((link) => !link.isNew).map(toRow);
  changed.sort((a, b) => Number(a.role === 'primary') - Number(b.role === 'primary'));
  const made = links.filter((link) => link.isNew).map(toRow);
  const insert = (rows: readonly ReturnType<typeof toRow>[]) => sql`
    insert into links (id, connection_id, ${columns}, last_synced_at, created_at, updated_at)
    select id, ${connectionId}::text, ${columns}, ${at}::bigint, ${at}::bigint, ${at}::bigint from ${recordset(rows)}`;
  const update = sql`${insert(changed)}
    on conflict (id) do update set contact_id = excluded.contact_id, kind = excluded.kind, crm_id = excluded.crm_id, former_ids = excluded.former_ids,
      role = excluded.role, state = excluded.state, state_since = excluded.state_since, state_why = excluded.state_why, shadow = excluded.shadow,
      shadow_version = links.shadow_version + 1, holds = excluded.holds, crm_version = excluded.crm_version, crm_modified_at = excluded.crm_modified_at,
      crm_url = excluded.crm_url, owner = excluded.owner, calculated_sent_at = coalesce(excluded.calculated_sent_at, links.calculated_sent_at),
      last_synced_at = excluded.last_synced_at, updated_at = excluded.updated_at`;
  const create = insert(made);
  return async (trx) => {
    if (changed.length > 0) await update.execute(trx);
    if (made.length > 0) await create.execute(trx);
    // A run towards the CRM writes the same link again after its call.
    for (const link of links) {
      if (!link.isNew) link.shadowVersion += 1;
      link.isNew = false;
      link.base = { shadow: link.shadow, holds: link.holds };
    }
  };
}
