import type { InputProblem } from '../../core/invalid-input.ts';
import { optionBook, readable } from '../../core/labels.ts';
import type { Queryable } from '../../store/db.ts';
import { hubFields } from '../fields.ts';
import { parseFields } from '../save-contacts.ts';
import type { Import } from './import-store.ts';
import { firstRows } from './read-rows.ts';
import { toInput } from './save-rows.ts';

export interface PreviewRow {
  readonly line: number;
  /** By column, as they will be read, those of a column that is left out as they stand; null: empty. */
  readonly values: readonly (string | null)[];
  readonly problems: readonly InputProblem[];
}

/** The first rows as they will be read, with what is wrong with them. */
export async function previewRows(q: Queryable, { id, settings }: Import, limit = 20): Promise<readonly PreviewRow[]> {
  const fields = new Map((await hubFields(q)).map((field) => [field.key, field]));
  const rows: PreviewRow[] = [];
  const first = await firstRows(q, id, settings, limit + 1);
  for (const row of first.slice(settings.headings ? 1 : 0, limit + (settings.headings ? 1 : 0))) {
    const parsed = parseFields(toInput(row, { settings, fields }), fields);
    const known = 'fields' in parsed ? { ...parsed.defaults, ...parsed.fields } : {};
    const values = settings.columns.map(({ target }, index) => {
      const field = target === null ? undefined : fields.get(target);
      const value = field === undefined ? undefined : known[field.key];
      // A refused row is shown as it stands, and so is what is left out: one sees what one leaves.
      if (field === undefined || 'problems' in parsed) return row.cells[index] ?? null;
      return value === undefined || value === null ? null : readable(value, field, optionBook(field.options));
    });
    rows.push({
      line: row.line,
      values: values.map((value) => value?.slice(0, 200) ?? null),
      problems: 'problems' in parsed ? parsed.problems : [],
    });
  }
  return rows;
}
