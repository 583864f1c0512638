import type { Queryable } from '../../store/db.ts';
import { personKeys } from './person.ts';
import { PLACES } from './places.ts';

/** Everything that is stored about one person, table by table, as it is stored. */
export interface PersonExport {
  readonly contactId: string;
  readonly emails: readonly string[];
  readonly places: readonly { readonly table: string; readonly holds: string; readonly rows: readonly object[] }[];
}

/** @throws NotFound */
export async function exportPerson(q: Queryable, contactId: string): Promise<PersonExport> {
  const person = await personKeys(q, contactId);
  const places = [];
  for (const { table, holds, rows } of PLACES) {
    if (rows === undefined || holds === null) continue;
    const found = await rows(person).execute(q);
    // `to_jsonb` of a row is an object.
    places.push({ table, holds, rows: found.rows.map((one) => one.row as object) });
  }
  return { contactId, emails: person.emailKeys, places };
}
