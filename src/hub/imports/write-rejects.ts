import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { InputProblem } from '../../core/invalid-input.ts';
import type { Queryable } from '../../store/db.ts';
import { protectFormula, unprotectFormula } from '../csv-formulas.ts';
import type { Import } from './import-store.ts';

/** Heading of the column that says why; an import leaves it out. */
export const REASON_HEADING = 'tandem_reason';
const PAGE = 500;

/** Protected as an export is, and read back as what it was. */
const cell = (text: string): string => protectFormula(unprotectFormula(text));

/** The rows that were refused, as they stood, with a column that says why: to be corrected and imported again. Memory flat. */
export function writeRejects(q: Queryable, { id, settings }: Import, say: (problem: InputProblem) => string): Readable {
  const { columns } = settings;
  // The list may be one of ours already.
  const kept = columns.flatMap((column, index) => (column.heading === REASON_HEADING ? [] : [index]));
  const headings = kept.map((index) => cell(columns[index]?.heading ?? ''));
  const wording = (problem: InputProblem): string => {
    const field = problem.path.replace(/^fields\./, '');
    const heading = columns.find((column) => column.target === field)?.heading;
    return `${heading === undefined ? '' : `${heading}: `}${say(problem)}`;
  };
  async function* rows(): AsyncGenerator<readonly string[]> {
    yield [...headings, REASON_HEADING];
    for (let after = -1; ; ) {
      const page = await q
        .selectFrom('import_rejects')
        .select(['line', 'cells', 'problems'])
        .where('import_id', '=', id)
        .where('line', '>', after)
        .orderBy('line')
        .limit(PAGE)
        .execute();
      for (const row of page) {
        // Written by `saveRows` only.
        const [cells, problems] = [row.cells as string[], row.problems as unknown as InputProblem[]];
        yield [...kept.map((index) => cell(cells[index] ?? '')), cell(problems.map(wording).join(' '))];
        after = row.line;
      }
      if (page.length < PAGE) return;
    }
  }
  const out = new PassThrough();
  // Whoever reads it learns of a failure by the stream's error.
  pipeline(rows, stringify({ delimiter: settings.separator, bom: true }), out).catch(() => undefined);
  return out;
}

/** The first refused rows, for the screen. */
export async function firstRejects(
  q: Queryable,
  importId: string,
  limit: number,
): Promise<
  readonly { readonly line: number; readonly cells: readonly string[]; readonly problems: readonly InputProblem[] }[]
> {
  const rows = await q
    .selectFrom('import_rejects')
    .select(['line', 'cells', 'problems'])
    .where('import_id', '=', importId)
    .orderBy('line')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    line: row.line,
    // Written by `saveRows` only.
    cells: row.cells as string[],
    problems: row.problems as unknown as InputProblem[],
  }));
}
