import { emailKey } from '../../core/email.ts';
import type { FieldSchema, ValueType } from '../../core/model.ts';
import { dateOrderOf, decimalOf } from '../../core/read-cell.ts';
import type { Queryable } from '../../store/db.ts';
import { proposeTargets } from '../csv-headings.ts';
import { hubFields } from '../fields.ts';
import { type Column, type Encoding, type ImportSettings, SEPARATORS, type Separator } from './import-settings.ts';
import { firstRows, type Row } from './read-rows.ts';

const SAMPLE = 200;

/** Proposes how a list is read, from its first rows. */
export async function proposeSettings(q: Queryable, importId: string, encoding: Encoding): Promise<ImportSettings> {
  const fields = await hubFields(q);
  const separator = await separatorOf(q, importId, encoding);
  const rows = await firstRows(q, importId, { encoding, separator }, SAMPLE);
  const headings = !(rows[0]?.cells ?? []).some((cell) => emailKey(cell.trim()) !== null);
  const columns = columnsOf(rows, headings, fields);
  const body = headings ? rows.slice(1) : rows;
  // Cells of columns whose field is of such a type tell; without any, all of them.
  const cellsOf = (...types: ValueType[]): readonly string[] => {
    const wanted = fields.filter((field) => types.includes(field.type)).map((field) => field.key);
    const chosen = columns.flatMap((column, index) => (wanted.includes(column.target ?? '') ? [index] : []));
    return body.flatMap((row) =>
      row.cells.filter((_, index) => chosen.length === 0 || chosen.includes(index)).map((cell) => cell.trim()),
    );
  };
  // French lists are separated by `;` because their comma is taken.
  const isContinental = separator === ';';
  return {
    encoding,
    separator,
    headings,
    columns,
    dates: dateOrderOf(cellsOf('date', 'dateTime', 'localDateTime')) ?? (isContinental ? 'dmy' : 'ymd'),
    decimal: decimalOf(cellsOf('number')) ?? (isContinental ? ',' : '.'),
    empty: 'leave',
    listDate: null,
    consent: null,
  };
}

/** The separator that cuts the first rows into the most columns, all alike. */
async function separatorOf(q: Queryable, importId: string, encoding: Encoding): Promise<Separator> {
  let best: { readonly separator: Separator; readonly score: number } = { separator: ',', score: 0 };
  for (const separator of SEPARATORS) {
    const rows = await firstRows(q, importId, { encoding, separator }, 50);
    const width = rows[0]?.cells.length ?? 0;
    const alike = rows.filter((row) => row.cells.length === width).length / Math.max(1, rows.length);
    const score = width < 2 ? 0 : width * alike * alike;
    if (score > best.score) best = { separator, score };
  }
  return best.separator;
}

/** Each column with the hub field that it is proposed for; without headings by what stands in it. */
export function columnsOf(rows: readonly Row[], headings: boolean, fields: readonly FieldSchema[]): readonly Column[] {
  const width = rows.reduce((most, row) => Math.max(most, row.cells.length), 0);
  const [first] = rows;
  const names = Array.from({ length: width }, (_, index) => {
    const name = headings ? (first?.cells[index] ?? '').trim() : '';
    return name === '' ? `#${index + 1}` : name;
  });
  const targets = proposeTargets(names, fields);
  const body = headings ? rows.slice(1) : rows;
  const mails = names.findIndex((_, index) => body.some((row) => emailKey((row.cells[index] ?? '').trim()) !== null));
  return names.map((heading, index) => ({
    heading: heading.slice(0, 200),
    target: !targets.includes('email') && index === mails ? 'email' : (targets[index] ?? null),
    default: '',
  }));
}

/** After another encoding, separator or first line: the columns as they are now; what was chosen for a heading stays. */
export async function columnsAgain(
  q: Queryable,
  importId: string,
  settings: ImportSettings,
): Promise<readonly Column[]> {
  const rows = await firstRows(q, importId, settings, SAMPLE);
  const proposed = columnsOf(rows, settings.headings, await hubFields(q));
  const same =
    proposed.length === settings.columns.length &&
    proposed.every((column, index) => column.heading === settings.columns[index]?.heading);
  return same ? settings.columns : proposed;
}
