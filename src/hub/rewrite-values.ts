import { sql } from 'kysely';
import type { Value } from '../core/model.ts';
import { unpackOrigins } from '../core/origins.ts';
import type { Store } from '../store/db.ts';
import { writeContacts } from './write-contacts.ts';

const PAGE = 1_000;

/**
 * Writes one field's values otherwise for everybody whose value has another form now, a thousand contacts at a time, each
 * with its history. The date of each value stays: to write it otherwise is not to enter it anew (R9).
 * @param next the new form of a value; the same value: nothing to do
 * @returns how many contacts were changed
 */
export async function rewriteValues(
  store: Store,
  field: string,
  next: (value: Value) => Value,
  by: { readonly source: string; readonly at: number },
): Promise<number> {
  let after = '';
  let changed = 0;
  for (;;) {
    const page = await store.transaction(async (trx) => {
      const rows = await trx
        .selectFrom('contacts')
        .select(['id', 'fields', 'origins'])
        .where(sql<boolean>`fields ? ${field}`)
        .where('id', '>', after)
        .orderBy('id')
        .limit(PAGE)
        .forUpdate()
        .execute();
      const writes = rows.flatMap((row) => {
        const present = row.fields[field] ?? null;
        const value = next(present);
        if (JSON.stringify(value) === JSON.stringify(present)) return [];
        const origin = {
          by: 'person',
          source: by.source,
          at: unpackOrigins(row.origins)[field]?.at ?? null,
          rule: 'R21',
        } as const;
        return [{ id: row.id, create: false, fields: { [field]: value }, origins: { [field]: origin } }];
      });
      await writeContacts(trx, writes, { at: by.at, reason: 'list_value' });
      return { last: rows.at(-1)?.id, count: rows.length, changed: writes.length };
    });
    changed += page.changed;
    if (page.last === undefined || page.count < PAGE) return changed;
    after = page.last;
  }
}
