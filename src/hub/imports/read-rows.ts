import { Readable } from 'node:stream';
import { CsvError, type Options, parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { InvalidInput } from '../../core/invalid-input.ts';
import type { Queryable } from '../../store/db.ts';
import { readText } from './file-parts.ts';
import type { ImportSettings } from './import-settings.ts';

/** One row of the file. */
export interface Row {
  /** Line of the file on which it ends; the first is 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

type Layout = Pick<ImportSettings, 'encoding' | 'separator'>;

const optionsOf = (layout: Layout): Options => ({
  bom: true,
  delimiter: layout.separator,
  // One stray quotation mark is one odd cell, not the end of the list.
  relax_quotes: true,
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: 1_000_000,
});

/** Bytes that are parsed at once: some hundred rows are in memory, however large the file. */
const PIECE = 16 * 1024;

/** Rows of people, without the headings, memory flat. @throws InvalidInput where a quotation mark is never closed. */
export async function* readRows(q: Queryable, importId: string, settings: ImportSettings): AsyncGenerator<Row> {
  const parser = parse({ ...optionsOf(settings), info: true });
  const text = Readable.from(readText(q, importId, { encoding: settings.encoding, piece: PIECE }));
  text.on('error', (error) => parser.destroy(error));
  text.pipe(parser);
  let isHeading = settings.headings;
  try {
    for await (const parsed of parser) {
      // csv-parse types its rows as unknown; with `info` and without `columns` it yields exactly this
      const { record, info } = parsed as { record: string[]; info: { lines: number } };
      if (!isHeading) yield { line: info.lines, cells: record };
      isHeading = false;
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InvalidInput([{ path: 'body', code: 'csv_broken', params: { line: Number(error['lines'] ?? 0) } }]);
  } finally {
    text.destroy();
    parser.destroy();
  }
}

/** The first rows of the file as they stand, the headings included: those that are whole in its first part. */
export async function firstRows(
  q: Queryable,
  importId: string,
  layout: Layout,
  limit: number,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const text of readText(q, importId, { encoding: layout.encoding, parts: 1 })) {
    try {
      parseNow(text, {
        ...optionsOf(layout),
        to: limit,
        // Gathered as they come: a sample that ends within a quotation is no reason to know nothing.
        on_record: (record: string[], { lines }) => {
          rows.push({ line: lines, cells: record });
          return null;
        },
      });
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
    }
  }
  return rows;
}
