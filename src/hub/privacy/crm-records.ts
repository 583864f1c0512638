import { sql } from 'kysely';
import type { Kind } from '../../core/model.ts';
import type { Queryable } from '../../store/db.ts';

/** A record of a person in a CRM, as whoever erases decides about it. */
export interface CrmRecord {
  readonly connectionId: string;
  readonly kind: Kind;
  /** null: it is being made at the moment, and the CRM has not said its id yet. */
  readonly crmId: string | null;
  readonly crmUrl: string | null;
  /** As the CRM calls them, where it was read. */
  readonly name: string | null;
  /** `duplicate`: a second record with their address, which may be somebody else's. */
  readonly role: 'primary' | 'duplicate';
  /** The CRM has said that it is gone. */
  readonly isGone: boolean;
}

/** A record of the person; `crmId` null: the one that is being made in this CRM at the moment. */
export interface RecordRef {
  readonly connectionId: string;
  readonly crmId: string | null;
}

/** Which of the person's records shall go from their CRMs, too, and who asked for it. */
export interface DeletionWish {
  readonly records: readonly RecordRef[];
  /** `person:<id>`, `key:<id>` or `restore`. */
  readonly by: string;
}

/** Every record of the person that a CRM has or is about to have: linked ones, duplicates, those being made (R18c). Merged losers are none any more. */
export async function crmRecordsOf(q: Queryable, contactId: string): Promise<readonly CrmRecord[]> {
  const { rows } = await sql<{
    connection_id: string;
    kind: Kind;
    crm_id: string | null;
    crm_url: string | null;
    name: string | null;
    role: string;
    is_gone: boolean;
  }>`
    select l.connection_id, l.kind, l.crm_id, l.crm_url, d.name, l.role, l.state = 'deleted' as is_gone
      from links l left join directory d on d.connection_id = l.connection_id and d.crm_id = l.crm_id
     where l.contact_id = ${contactId} and l.role <> 'merged_away'
    union all
    select i.connection_id, i.kind, null, null, null, 'primary', false
      from intents i where i.contact_id = ${contactId} and i.op = 'create'
       and not exists (select 1 from links l where l.connection_id = i.connection_id and l.contact_id = i.contact_id and l.role = 'primary')
     order by 1, 6 desc, 3`.execute(q);
  return rows.map((row) => ({
    connectionId: row.connection_id,
    kind: row.kind,
    crmId: row.crm_id,
    crmUrl: row.crm_url,
    name: row.name === '' ? null : row.name,
    role: row.role === 'duplicate' ? 'duplicate' : 'primary',
    isGone: row.is_gone,
  }));
}
