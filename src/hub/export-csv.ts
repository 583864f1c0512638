import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { Value } from '../core/model.ts';
import type { Store } from '../store/db.ts';
import { protectFormula } from './csv-formulas.ts';
import { hubFields } from './fields.ts';
import { type ContactQuery, type ContactView, listContacts, type Page } from './read-contacts.ts';

const PAGE = 500;

const cell = (value: Value | undefined): string => {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return protectFormula(value);
  return Array.isArray(value) ? protectFormula(value.join(';')) : String(value);
};

/**
 * Writes contacts as CSV (UTF-8, one heading line: hub field keys, then `updated_at`), all of them unless `meant` says whom.
 * Memory flat. @returns how many.
 */
export async function exportCsv(
  store: Store,
  target: Writable,
  baseUrl: string,
  meant: Pick<ContactQuery, 'filter' | 'fields' | 'search' | 'ids'> = {},
): Promise<number> {
  const keys = (await hubFields(store.db)).map((field) => field.key);
  let count = 0;
  async function* rows(): AsyncGenerator<string[]> {
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: ContactQuery = { ...meant, limit: PAGE, cursor, sort: 'created', descending: false };
      const page: Page<ContactView> = await listContacts(store.db, query, baseUrl);
      for (const contact of page.items) {
        count += 1;
        yield [...keys.map((key) => cell(contact.fields[key])), new Date(contact.updatedAt).toISOString()];
      }
      cursor = page.next;
    }
  }
  await pipeline(rows, stringify({ header: true, columns: [...keys, 'updated_at'], bom: false }), target);
  return count;
}
