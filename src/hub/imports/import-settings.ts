import type { CellFormat } from '../../core/read-cell.ts';
import type { ColumnTarget } from '../csv-headings.ts';

/** Those that `TextDecoder` knows by these names and spreadsheets write. UTF-16 is turned into UTF-8 when it comes in. */
export const ENCODINGS = ['utf-8', 'windows-1252', 'iso-8859-15', 'macintosh'] as const;
export type Encoding = (typeof ENCODINGS)[number];
export const SEPARATORS = [',', ';', '\t', '|'] as const;
export type Separator = (typeof SEPARATORS)[number];
/** What an empty cell means: what is there stays; the column's default fills what is empty; what is there is cleared. */
export const EMPTY_CELLS = ['leave', 'default', 'clear'] as const;
export type EmptyCells = (typeof EMPTY_CELLS)[number];

export interface Column {
  readonly heading: string;
  readonly target: ColumnTarget;
  /** For empty cells, where `empty` is `default`. */
  readonly default: string;
}

/** How a list is read, and what it says of itself. Everything is proposed and can be changed before anything is stored. */
export interface ImportSettings extends CellFormat {
  readonly encoding: Encoding;
  readonly separator: Separator;
  /** The first line names the columns. */
  readonly headings: boolean;
  readonly columns: readonly Column[];
  readonly empty: EmptyCells;
  /** How old the list is, `YYYY-MM-DD`; null: nobody knows, and its values lose at a first meeting (R9). */
  readonly listDate: string | null;
  /** On what ground these people are in it (R8a); null: the list claims no consent. */
  readonly consent: { readonly purpose: string; readonly ground: string } | null;
}

export const IMPORT_STATUSES = [
  'uploading',
  'draft',
  'counting',
  'counted',
  'running',
  'stopped',
  'failed',
  'done',
  'undoing',
  'undone',
] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];
/** Something works on it. */
export const ACTIVE: readonly ImportStatus[] = ['counting', 'running', 'undoing'];
/** Nothing is stored yet: settings can be changed. */
export const OPEN: readonly ImportStatus[] = ['draft', 'counting', 'counted'];

export interface ImportCounts {
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
}
export const NO_COUNTS: ImportCounts = { rows: 0, created: 0, updated: 0, unchanged: 0, refused: 0 };

/** What undoing took back, and what it left because somebody had changed it. */
export interface UndoCounts {
  readonly removed: number;
  /** Created contacts that stay: changed since, or in a CRM. */
  readonly kept: number;
  readonly fields: number;
  readonly keptFields: number;
}
export const NO_UNDO: UndoCounts = { removed: 0, kept: 0, fields: 0, keptFields: 0 };

/** Who would enter a CRM, by connection. */
export type Forecast = Readonly<Record<string, { readonly enter: number; readonly update: number }>>;
