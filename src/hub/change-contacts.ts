import { sql } from 'kysely';
import { type InputProblem, InvalidInput } from '../core/invalid-input.ts';
import type { FieldSchema, Value } from '../core/model.ts';
import type { Trx } from '../store/db.ts';
import { parseValue } from './parse-value.ts';
import { deleteContacts, type SaveOptions, saveContacts } from './save-contacts.ts';

export const BULK_ACTIONS = ['archive', 'unarchive', 'delete', 'set'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** One and the same change of many contacts. */
export interface ContactsChange {
  readonly action: BulkAction;
  /** Of `set`. */
  readonly field?: string | undefined;
  /** Of `set`; null clears. */
  readonly value?: unknown;
}

export interface Changed {
  readonly changed: number;
  /** Contacts that stay as they are for a reason of their own (an opt-out that nobody lifts, R46). */
  readonly refused: number;
  /** Why the first of them does. */
  readonly problem: InputProblem | null;
}

/** @throws InvalidInput where no contact could be given this value */
export function checkChange(change: ContactsChange, fields: readonly FieldSchema[]): void {
  if (change.action !== 'set') return;
  const field = fields.find((one) => one.key === change.field);
  const refuse = (path: string, problem: Omit<InputProblem, 'path'>): never => {
    throw new InvalidInput([{ path, ...problem }]);
  };
  // An address is one person's own.
  if (change.field === undefined || change.field === 'email') return refuse('field', { code: 'required', params: {} });
  if (field === undefined) return refuse('field', { code: 'unknown_field', params: { field: change.field } });
  const parsed = parseValue(field, change.value ?? null);
  if ('problem' in parsed) return refuse('value', parsed.problem);
}

/** Changes up to 1,000 contacts by a handful of statements, whatever their number. `checkChange` has let it in. */
export async function changeContacts(
  trx: Trx,
  ids: readonly string[],
  change: ContactsChange,
  options: Pick<SaveOptions, 'by' | 'source' | 'at'>,
): Promise<Changed> {
  const { action, field } = change;
  const { at } = options;
  const all = (changed: number): Changed => ({ changed, refused: 0, problem: null });
  if (action === 'delete') return all(await deleteContacts(trx, ids, at));
  if (action !== 'set') {
    const archived = action === 'archive' ? at : null;
    const rows = await sql<{ id: string }>`
      update contacts set archived_at = ${archived}::bigint, updated_at = ${at}, version = version + 1
       where id = any(${ids as string[]}::text[]) and (archived_at is null) = ${action === 'archive'} returning id`.execute(
      trx,
    );
    return all(rows.rows.length);
  }
  // Checked: an object of JSON or null.
  const fields = { [field ?? '']: (change.value ?? null) as Value };
  const results = await saveContacts(
    trx,
    ids.map((id) => ({ id, fields })),
    { ...options, newId: () => '', mode: 'update' },
  );
  const problems = results.flatMap((one) => {
    const [problem] = 'problems' in one ? one.problems : [];
    // Who is no more is nobody to be changed.
    return problem === undefined || problem.code === 'not_found' ? [] : [problem];
  });
  return {
    changed: results.filter((one) => 'outcome' in one && one.outcome === 'updated').length,
    refused: problems.length,
    problem: problems[0] ?? null,
  };
}
