import { sql } from 'kysely';
import { foldLabel } from '../core/labels.ts';
import type { Trx } from '../store/db.ts';

/** A value that a CRM holds and a hub list does not have yet. */
export interface NewValue {
  readonly listId: string;
  readonly key: string;
  readonly label: string;
  /** The CRM field it came from. */
  readonly crmField: string;
}

/**
 * R21: values from a CRM enter the hub's list at its end; they appear in forms only after somebody ticked them, unless the
 * list shows new values. One statement. Whoever was first has the place; a value that a person removed stays removed.
 */
export async function addListValues(trx: Trx, values: readonly NewValue[], connectionId: string): Promise<void> {
  if (values.length === 0) return;
  const rows = values.map((value) => ({
    list_id: value.listId,
    key: value.key,
    label: value.label,
    spelling: foldLabel(value.label),
    from_field: value.crmField,
  }));
  await sql`
    insert into list_values (list_id, key, label, spelling, from_connection, from_field, in_forms, position)
    select n.list_id, n.key, n.label, n.spelling, ${connectionId}::text, n.from_field, l.show_new_values,
           coalesce((select max(v.position) from list_values v where v.list_id = n.list_id), -1) + row_number() over (partition by n.list_id order by n.spelling)
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(list_id text, key text, label text, spelling text, from_field text)
      join lists l on l.id = n.list_id
    on conflict do nothing`.execute(trx);
}
