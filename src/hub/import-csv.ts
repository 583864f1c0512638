import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { InputProblem } from '../core/invalid-input.ts';
import { InvalidInput } from '../core/invalid-input.ts';
import type { Store } from '../store/db.ts';
import { unprotectFormula } from './csv-formulas.ts';
import { type ColumnTarget, proposeColumns } from './csv-headings.ts';
import { hubFields } from './fields.ts';
import { type ContactInput, saveContacts } from './save-contacts.ts';

export interface ImportOptions {
  /** Heading → hub field; headings not named are proposed. */
  readonly columns?: Readonly<Record<string, ColumnTarget>>;
  /** What an empty cell means. Default: leave what is there. */
  readonly empty?: 'leave' | 'clear';
  /** How old the list is, ms; null: nobody knows (R9). A row's own `updated_at` goes before it. */
  readonly listDate?: number | null;
  readonly separator?: string;
  /** Name of the import, kept with each value as where it came from. */
  readonly source: string;
  readonly now: () => number;
  readonly newId: () => string;
  readonly onProgress?: (rows: number) => void;
  readonly signal?: AbortSignal;
}

export interface BadRow {
  /** Line in the file, the heading is line 1. */
  readonly line: number;
  readonly row: Readonly<Record<string, string>>;
  readonly problems: readonly InputProblem[];
}

export interface ImportReport {
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** At most 10,000 are kept. */
  readonly bad: readonly BadRow[];
  readonly badCount: number;
  readonly columns: Readonly<Record<string, ColumnTarget>>;
}

const BATCH = 500;
const BAD_ROWS_KEPT = 10_000;
type Row = Record<string, string>;

/**
 * Reads a CSV file into the hub, in batches of one transaction each, memory flat. A bad row holds nobody up; it comes back
 * with its line and what is wrong. @throws InvalidInput when no column is an e-mail.
 */
export async function importCsv(store: Store, file: Readable, options: ImportOptions): Promise<ImportReport> {
  const parser = file.pipe(
    parse({
      bom: true,
      columns: (headings: string[]) => headings.map((heading) => heading.trim()),
      delimiter: options.separator ?? [',', ';', '\t'],
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
    }),
  );
  const schema = await hubFields(store.db);
  const report = { rows: 0, created: 0, updated: 0, unchanged: 0, bad: [] as BadRow[], badCount: 0 };
  let columns: Readonly<Record<string, ColumnTarget>> | null = null;
  let batch: { row: Row; line: number }[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0 || columns === null) return;
    await saveBatch(store, { batch, columns, options, report });
    batch = [];
    options.onProgress?.(report.rows);
  };
  for await (const parsed of parser) {
    options.signal?.throwIfAborted();
    // csv-parse types its rows as unknown; with `info` and `columns` it yields exactly this
    const { record, info } = parsed as { record: Row; info: { lines: number } };
    columns ??= chooseColumns(Object.keys(record), options, schema);
    batch.push({ row: record, line: info.lines });
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return { ...report, columns: columns ?? {} };
}

function chooseColumns(
  headings: readonly string[],
  options: ImportOptions,
  schema: Parameters<typeof proposeColumns>[1],
) {
  const columns = { ...proposeColumns(headings, schema), ...options.columns };
  const unknown = Object.keys(options.columns ?? {}).filter((heading) => !headings.includes(heading));
  const problems: InputProblem[] = unknown.map((heading) => ({
    path: `columns.${heading}`,
    code: 'unknown_column',
    params: { heading },
  }));
  if (!Object.values(columns).includes('email'))
    problems.push({ path: 'columns', code: 'no_email_column', params: { headings: headings.join(', ') } });
  if (problems.length > 0) throw new InvalidInput(problems);
  return columns;
}

interface Batch {
  readonly batch: readonly { row: Row; line: number }[];
  readonly columns: Readonly<Record<string, ColumnTarget>>;
  readonly options: ImportOptions;
  readonly report: {
    rows: number;
    created: number;
    updated: number;
    unchanged: number;
    bad: BadRow[];
    badCount: number;
  };
}

async function saveBatch(store: Store, { batch, columns, options, report }: Batch): Promise<void> {
  const inputs = batch.map(({ row }) => toInput(row, columns, options));
  const results = await store.transaction((trx) =>
    saveContacts(trx, inputs, {
      by: 'import',
      source: options.source,
      at: options.now(),
      newId: options.newId,
      mode: 'upsert',
    }),
  );
  for (const [index, result] of results.entries()) {
    const source = batch[index];
    report.rows += 1;
    if (!('problems' in result)) report[result.outcome] += 1;
    else {
      report.badCount += 1;
      if (source !== undefined && report.bad.length < BAD_ROWS_KEPT)
        report.bad.push({ line: source.line, row: source.row, problems: result.problems });
    }
  }
}

function toInput(row: Row, columns: Readonly<Record<string, ColumnTarget>>, options: ImportOptions): ContactInput {
  const fields: Record<string, unknown> = {};
  let enteredAt = options.listDate ?? null;
  for (const [heading, target] of Object.entries(columns)) {
    if (target === null) continue;
    const cell = unprotectFormula(row[heading] ?? '').trim();
    if (target === 'updated_at') enteredAt = Number.isNaN(Date.parse(cell)) ? enteredAt : Date.parse(cell);
    else if (cell !== '') fields[target] = cell;
    else if (options.empty === 'clear' && target !== 'email') fields[target] = null;
    else if (target === 'email') fields[target] = '';
  }
  return { fields, enteredAt };
}
