import { z } from 'zod';
import { DATE_ORDERS } from '../../core/read-cell.ts';
import { route } from './route.ts';
import * as view from './views.ts';

/** How a list is read; part of it changes part of it. */
const settings = {
  encoding: z.enum(['utf-8', 'windows-1252', 'iso-8859-15', 'macintosh']),
  separator: z.enum([',', ';', '\t', '|']),
  /** The first line names the columns. */
  headings: z.boolean(),
  /** A hub field, `updated_at` for the row's own date (R9), or null: left out. `default` fills empty fields where `empty` is `default`. */
  columns: z
    .array(
      z.strictObject({
        heading: z.string().max(200),
        target: z.string().max(63).nullable(),
        default: z.string().max(500),
      }),
    )
    .max(500),
  dates: z.enum(DATE_ORDERS),
  decimal: z.enum(['.', ',']),
  /** What an empty cell means. */
  empty: z.enum(['leave', 'default', 'clear']),
  /** How old the list is, YYYY-MM-DD; null: nobody knows (R9). */
  listDate: z.iso.date().nullable(),
  /** On what ground these people are in it (R8a); null: the list claims no consent. */
  consent: z
    .strictObject({ purpose: z.string().regex(/^[a-z][a-z0-9_]{0,59}$/), ground: z.string().trim().min(3).max(500) })
    .nullable(),
};
export const importPatch = z.strictObject(settings).partial();
const counts = z.object({
  rows: z.number(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  refused: z.number(),
});
const problem = z.object({ column: z.string().nullable(), message: z.string() });

export const importView = z.object({
  id: z.string(),
  name: z.string(),
  /** Bytes. */
  size: z.number(),
  status: z.enum(['draft', 'counting', 'counted', 'running', 'stopped', 'failed', 'done', 'undoing', 'undone']),
  settings: z.object(settings),
  /** Of a count: what the import will do; after that: what it did. */
  counts,
  /** Rows that are settled, and how many there are once they were counted. */
  position: z.number(),
  total: z.number().nullable(),
  /** Who would then enter which CRM, and what that costs; null: not counted. */
  crms: z
    .array(
      z.object({
        connection: z.string(),
        crm: z.string(),
        enter: z.number(),
        update: z.number(),
        calls: z.number(),
        ofDailyQuota: z.number().nullable(),
      }),
    )
    .nullable(),
  undone: z.object({ removed: z.number(), kept: z.number(), fields: z.number(), keptFields: z.number() }).nullable(),
  error: z.string().nullable(),
  /** The file is still there: a stopped import can go on. */
  hasFile: z.boolean(),
  createdBy: z.string().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});
const opened = importView.extend({
  /** The first 20 rows as they will be read, value by column (as it stands where the column is left out); none once it was imported. */
  preview: z.array(z.object({ line: z.number(), values: z.array(z.string().nullable()), problems: z.array(problem) })),
  /** The first 20 that were refused; all of them are in `rejected.csv`. */
  refused: z.array(z.object({ line: z.number(), cells: z.array(z.string()), problems: z.array(problem) })),
});
export type ImportView = z.output<typeof importView>;
export type OpenedImport = z.output<typeof opened>;

/** Lists of people that come in as CSV. */
export const importRoutes = {
  imports: route({
    method: 'GET',
    path: '/imports',
    access: 'contacts:write',
    summary: 'Lists that were brought in, the newest first',
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
    response: z.object({ items: z.array(importView), next: z.string().nullable() }),
  }),
  createImport: route({
    method: 'POST',
    path: '/imports',
    access: 'contacts:write',
    summary:
      'Bring in a CSV file of up to 100 MB; the body is its content. How it is read is proposed; no contact is stored yet',
    query: z.strictObject({ name: z.string().min(1).max(200) }),
    upload: true,
    response: opened,
  }),
  import: route({
    method: 'GET',
    path: '/imports/{id}',
    access: 'contacts:write',
    summary: 'One list: how it is read, its first rows, where it stands, what came of it',
    response: opened,
  }),
  changeImport: route({
    method: 'PATCH',
    path: '/imports/{id}',
    access: 'contacts:write',
    summary: 'Change how a list is read, before anything is stored',
    body: importPatch,
    response: opened,
  }),
  countImport: route({
    method: 'POST',
    path: '/imports/{id}/count',
    access: 'contacts:write',
    summary: 'Count in the background what the import would do, and who would then enter which CRM; nothing is kept',
    response: importView,
  }),
  approveImport: route({
    method: 'POST',
    path: '/imports/{id}/approve',
    access: 'contacts:write',
    summary: 'Import it in the background; a stopped one goes on where it was',
    response: importView,
  }),
  stopImport: route({
    method: 'POST',
    path: '/imports/{id}/stop',
    access: 'contacts:write',
    summary: 'Stop counting, importing or undoing at once; what is done stays',
    response: importView,
  }),
  undoImport: route({
    method: 'POST',
    path: '/imports/{id}/undo',
    access: 'contacts:write',
    summary: 'Take back in the background what it did, where nobody has changed it since',
    response: importView,
  }),
  discardImport: route({
    method: 'DELETE',
    path: '/imports/{id}',
    access: 'contacts:write',
    summary: 'Forget a list that was not imported, with its file',
    response: view.ok,
  }),
  rejectedRows: route({
    method: 'GET',
    path: '/imports/{id}/rejected.csv',
    access: 'contacts:write',
    summary: 'The refused rows with a column that says why, to be corrected and imported again',
    answers: 'text/csv',
    response: z.string(),
  }),
} as const;
