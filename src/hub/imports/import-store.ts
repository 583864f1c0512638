import { sql } from 'kysely';
import { Conflicted, type InputProblem, InvalidInput, NotFound } from '../../core/invalid-input.ts';
import type { FieldSchema } from '../../core/model.ts';
import type { Ids } from '../../platform/ids.ts';
import { json, type Queryable, type Store, type Trx } from '../../store/db.ts';
import { hubFields } from '../fields.ts';
import { parseValue } from '../parse-value.ts';
import { forgetSeen, storeParts } from './file-parts.ts';
import {
  ACTIVE,
  type Forecast,
  type ImportCounts,
  type ImportSettings,
  type ImportStatus,
  NO_COUNTS,
  NO_UNDO,
  OPEN,
  type UndoCounts,
} from './import-settings.ts';
import { columnsAgain, proposeSettings } from './propose-settings.ts';

/** A list that somebody brought in, with what became of it. */
export interface Import {
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly status: ImportStatus;
  readonly settings: ImportSettings;
  readonly counts: ImportCounts;
  /** Rows that are settled: counted, imported. */
  readonly position: number;
  /** Rows in the file, once they were counted. */
  readonly total: number | null;
  readonly forecast: Forecast | null;
  readonly undone: UndoCounts | null;
  readonly error: { readonly code: string; readonly params: Readonly<Record<string, string | number>> } | null;
  /** The file is still there: a stopped import can go on. */
  readonly hasFile: boolean;
  readonly createdBy: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

const read = (q: Queryable, where: ReturnType<typeof sql>) =>
  sql<{
    id: string;
    name: string;
    size: number;
    status: ImportStatus;
    settings: ImportSettings;
    counts: Partial<ImportCounts>;
    position: number;
    total: number | null;
    forecast: Forecast | null;
    undone: UndoCounts | null;
    error: Import['error'];
    has_file: boolean;
    created_by: string | null;
    created_at: number;
    started_at: number | null;
    ended_at: number | null;
  }>`
  select i.*, exists (select 1 from import_parts p where p.import_id = i.id) as has_file from imports i ${where}`.execute(
    q,
  );

const toImport = (row: Awaited<ReturnType<typeof read>>['rows'][number]): Import => ({
  id: row.id,
  name: row.name,
  size: row.size,
  status: row.status,
  settings: row.settings,
  counts: { ...NO_COUNTS, ...row.counts },
  position: row.position,
  total: row.total,
  forecast: row.forecast,
  undone: row.undone,
  error: row.error,
  hasFile: row.has_file,
  createdBy: row.created_by,
  createdAt: row.created_at,
  startedAt: row.started_at,
  endedAt: row.ended_at,
});

/** @throws NotFound */
export async function loadImport(q: Queryable, id: string): Promise<Import> {
  const rows = await read(q, sql`where i.id = ${id} and i.status <> 'uploading'`);
  const [row] = rows.rows;
  if (row === undefined) throw new NotFound('import');
  return toImport(row);
}

/** The newest first. */
export async function listImports(q: Queryable, limit: number): Promise<readonly Import[]> {
  const rows = await read(q, sql`where i.status <> 'uploading' order by i.created_at desc, i.id desc limit ${limit}`);
  return rows.rows.map(toImport);
}

/** Takes a file in and proposes how it is read; nothing of it is stored as a contact. @throws InvalidInput */
export async function createImport(
  store: Store,
  input: { readonly name: string; readonly by: string; readonly file: AsyncIterable<Uint8Array> },
  context: { readonly ids: Ids; readonly now: () => number },
): Promise<Import> {
  const id = context.ids.next('imp');
  const { db } = store;
  await db
    .insertInto('imports')
    .values({
      id,
      name: input.name.slice(0, 200),
      status: 'uploading',
      created_by: input.by,
      created_at: context.now(),
    })
    .execute();
  try {
    const { size, encoding } = await storeParts(db, id, input.file);
    const settings = await proposeSettings(db, id, encoding);
    await db
      .updateTable('imports')
      .set({ size, settings: json(settings), status: 'draft' })
      .where('id', '=', id)
      .execute();
    return await loadImport(db, id);
  } catch (error) {
    await db.deleteFrom('imports').where('id', '=', id).execute();
    throw error;
  }
}

/** Changes how the list is read, as long as nothing is stored; what was counted is counted again. @throws InvalidInput, Conflicted */
export async function changeSettings(trx: Trx, id: string, patch: Partial<ImportSettings>): Promise<Import> {
  const before = await lockImport(trx, id, OPEN);
  const wanted = { ...before.settings, ...patch };
  const columns = patch.columns ?? (await columnsAgain(trx, id, wanted));
  const settings = { ...wanted, columns };
  const problems = checkSettings(settings, before.settings, await hubFields(trx));
  if (problems.length > 0) throw new InvalidInput(problems);
  await trx.deleteFrom('import_rejects').where('import_id', '=', id).execute();
  await trx
    .updateTable('imports')
    .set({ settings: json(settings), status: 'draft', forecast: null, counts: '{}', position: 0, lease_until: null })
    .set({ lease_number: sql`lease_number + 1` })
    .where('id', '=', id)
    .execute();
  return loadImport(trx, id);
}

function checkSettings(
  settings: ImportSettings,
  before: ImportSettings,
  fields: readonly FieldSchema[],
): readonly InputProblem[] {
  const problems: InputProblem[] = [];
  const byKey = new Map(fields.map((field) => [field.key, field]));
  const seen = new Set<string>();
  const sameFile =
    settings.encoding === before.encoding &&
    settings.separator === before.separator &&
    settings.headings === before.headings;
  if (sameFile && settings.columns.length !== before.columns.length)
    problems.push({ path: 'settings.columns', code: 'column_count', params: { count: before.columns.length } });
  for (const [index, column] of settings.columns.entries()) {
    const path = `settings.columns.${index}`;
    const { target } = column;
    if (target === null) continue;
    const field = byKey.get(target);
    if (seen.has(target)) problems.push({ path: `${path}.target`, code: 'column_twice', params: { field: target } });
    seen.add(target);
    if (target === 'updated_at') continue;
    if (field === undefined)
      problems.push({ path: `${path}.target`, code: 'unknown_field', params: { field: target } });
    else if (field.calculated) problems.push({ path: `${path}.target`, code: 'calculated', params: { field: target } });
    else if (settings.empty === 'default' && column.default !== '') {
      const parsed = parseValue(field, column.default);
      if ('problem' in parsed) problems.push({ path: `${path}.default`, ...parsed.problem });
    }
  }
  return problems;
}

/** @throws NotFound; Conflicted unless its status is one of these */
export async function lockImport(trx: Trx, id: string, statuses: readonly ImportStatus[]): Promise<Import> {
  await sql`select id from imports where id = ${id} for update`.execute(trx);
  const found = await loadImport(trx, id);
  if (!statuses.includes(found.status)) throw new Conflicted('import_status');
  return found;
}

/** Begins to count, import or undo: whoever works on imports takes it from here. @throws InvalidInput, Conflicted, NotFound */
export async function begin(trx: Trx, id: string, work: 'counting' | 'running' | 'undoing', at: number): Promise<void> {
  const from: readonly ImportStatus[] =
    work === 'counting'
      ? ['draft', 'counted']
      : work === 'running'
        ? [...OPEN, 'stopped']
        : ['done', 'stopped', 'failed'];
  const found = await lockImport(trx, id, from);
  if (work !== 'undoing' && !found.hasFile) throw new Conflicted('import_file_gone');
  if (work !== 'undoing' && !found.settings.columns.some((column) => column.target === 'email'))
    throw new InvalidInput([
      {
        path: 'settings.columns',
        code: 'no_email_column',
        params: { headings: found.settings.columns.map((column) => column.heading).join(', ') },
      },
    ]);
  await forgetSeen(trx, id);
  const isGoingOn = found.status === 'stopped' && work === 'running';
  if (!isGoingOn && work !== 'undoing') await trx.deleteFrom('import_rejects').where('import_id', '=', id).execute();
  const afresh = isGoingOn || work === 'undoing' ? {} : { position: 0, counts: '{}' };
  await trx
    .updateTable('imports')
    .set({ status: work, error: null, lease_until: null, ended_at: null, ...afresh })
    .set({
      lease_number: sql`lease_number + 1`,
      started_at: sql`coalesce(started_at, ${work === 'counting' ? null : at}::bigint)`,
    })
    .set(work === 'counting' ? { forecast: null } : work === 'undoing' ? { undone: json(NO_UNDO) } : {})
    .where('id', '=', id)
    .execute();
}

/** Ends what is being done at once: the batch under way is not kept. @throws Conflicted, NotFound */
export async function stop(trx: Trx, id: string, at: number): Promise<void> {
  const found = await lockImport(trx, id, ACTIVE);
  const next: ImportStatus = found.status === 'counting' ? 'draft' : 'stopped';
  await forgetSeen(trx, id);
  await trx
    .updateTable('imports')
    .set({ status: next, lease_until: null, ended_at: next === 'stopped' ? at : null })
    .set({ lease_number: sql`lease_number + 1` })
    .where('id', '=', id)
    .execute();
}

/** Forgets a list that was never imported, with its file. @throws Conflicted, NotFound */
export async function discard(trx: Trx, id: string): Promise<void> {
  await lockImport(trx, id, OPEN);
  await trx.deleteFrom('imports').where('id', '=', id).execute();
}
