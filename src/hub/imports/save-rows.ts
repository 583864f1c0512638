import { sql } from 'kysely';
import type { InputProblem } from '../../core/invalid-input.ts';
import type { FieldSchema } from '../../core/model.ts';
import { readCell } from '../../core/read-cell.ts';
import type { Trx } from '../../store/db.ts';
import { unprotectFormula } from '../csv-formulas.ts';
import { writeConsentFields } from '../forms/consent-fields.ts';
import { type ContactInput, saveContacts } from '../save-contacts.ts';
import type { ImportCounts, ImportSettings } from './import-settings.ts';
import type { Row } from './read-rows.ts';

export interface RowContext {
  readonly importId: string;
  readonly settings: ImportSettings;
  readonly fields: ReadonlyMap<string, FieldSchema>;
}
export interface SaveRowsContext extends RowContext {
  readonly at: number;
  readonly newId: () => string;
}

/** What a row gives for which field, in the hub's spelling. */
export function toInput(row: Row, { settings, fields }: Omit<RowContext, 'importId'>): ContactInput {
  const given: Record<string, unknown> = {};
  const defaults: Record<string, unknown> = {};
  let enteredAt = settings.listDate === null ? null : Date.parse(settings.listDate);
  for (const [index, column] of settings.columns.entries()) {
    const { target } = column;
    if (target === null) continue;
    const cell = unprotectFormula(row.cells[index] ?? '').trim();
    if (target === 'updated_at') {
      const entered = Date.parse(readCell('dateTime', cell, settings));
      if (!Number.isNaN(entered)) enteredAt = entered;
      continue;
    }
    const type = fields.get(target)?.type ?? 'text';
    if (cell !== '') given[target] = readCell(type, cell, settings);
    else if (target === 'email') given[target] = '';
    else if (settings.empty === 'clear') given[target] = null;
    else if (settings.empty === 'default' && column.default !== '') defaults[target] = column.default;
  }
  return { fields: given, defaults, enteredAt };
}

export interface SavedRows {
  readonly counts: ImportCounts;
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly refused: readonly { readonly row: Row; readonly problems: readonly InputProblem[] }[];
}

/**
 * Saves up to 1,000 rows in the caller's transaction, by a handful of statements whatever their number: contacts, consent on
 * the list's ground, whom it made or changed (for undo), and the rows that are refused, each with its reasons.
 */
export async function saveRows(trx: Trx, rows: readonly Row[], context: SaveRowsContext): Promise<SavedRows> {
  const { importId, at } = context;
  const results = await saveContacts(
    trx,
    rows.map((row) => toInput(row, context)),
    { by: 'import', source: importId, at, newId: context.newId, mode: 'upsert' },
  );
  const [created, updated, unchanged] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const refused: { row: Row; problems: readonly InputProblem[] }[] = [];
  const counts = { rows: rows.length, created: 0, updated: 0, unchanged: 0, refused: 0 };
  for (const [index, result] of results.entries()) {
    const row = rows[index];
    if (row === undefined) continue;
    if ('problems' in result) {
      refused.push({ row, problems: result.problems });
      counts.refused += 1;
    } else {
      // The same person twice among the new: the later row changes whom the earlier one made.
      const outcome = result.outcome === 'created' && created.has(result.id) ? 'updated' : result.outcome;
      counts[outcome] += 1;
      (result.outcome === 'created' ? created : result.outcome === 'updated' ? updated : unchanged).add(result.id);
    }
  }
  await keepRefused(trx, importId, refused);
  await keepTouched(trx, importId, { created: [...created], updated: [...updated] });
  await recordGround(trx, [...new Set([...created, ...updated, ...unchanged])], context);
  return { counts, created: [...created], updated: [...updated], refused };
}

/** The rows that were refused, for the report. */
export async function keepRefused(trx: Trx, importId: string, refused: SavedRows['refused']): Promise<void> {
  if (refused.length === 0) return;
  const rows = refused.map(({ row, problems }) => ({ line: row.line, cells: row.cells, problems }));
  await sql`insert into import_rejects (import_id, line, cells, problems)
    select ${importId}, line, cells, problems from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(line bigint, cells jsonb, problems jsonb)
    on conflict (import_id, line) do nothing`.execute(trx);
}

async function keepTouched(
  trx: Trx,
  importId: string,
  ids: { readonly created: readonly string[]; readonly updated: readonly string[] },
): Promise<void> {
  await sql`insert into import_contacts (import_id, contact_id, created)
    select ${importId}, id, true from unnest(${ids.created as string[]}::text[]) as c(id)
    union all select ${importId}, id, false from unnest(${ids.updated as string[]}::text[]) as u(id) where not id = any(${ids.created as string[]}::text[])
    on conflict do nothing`.execute(trx);
}

/**
 * R8a: what the list says of itself, unproven. It opens nothing that somebody closed (R46): whoever opted out, and whoever
 * agreed to this purpose or withdrew before, keeps what they said.
 */
async function recordGround(trx: Trx, ids: readonly string[], context: SaveRowsContext): Promise<void> {
  const { consent, listDate } = context.settings;
  if (consent === null || ids.length === 0) return;
  const given = await sql<{ contact_id: string }>`
    insert into consents (contact_id, purpose, given, at, how, source, proven, ground)
    select c.id, ${consent.purpose}, true, ${listDate === null ? context.at : Date.parse(listDate)}::bigint, 'import', ${context.importId}, false, ${consent.ground}
      from contacts c
     where c.id = any(${ids as string[]}::text[]) and coalesce(c.fields ->> 'opt_out', '') <> 'true'
       and not exists (select 1 from consents k where k.contact_id = c.id and k.purpose = ${consent.purpose})
     order by c.id
    returning contact_id`.execute(trx);
  await writeConsentFields(
    trx,
    given.rows.map((row) => row.contact_id),
    { at: context.at, reason: 'import' },
  );
}
