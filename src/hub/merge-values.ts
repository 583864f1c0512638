import { sql } from 'kysely';
import { InvalidInput, NotFound } from '../core/invalid-input.ts';
import type { Value } from '../core/model.ts';
import type { Store, Trx } from '../store/db.ts';
import { rewriteValues } from './rewrite-values.ts';
import { mustNotBeNamed } from './uses.ts';

/**
 * Makes two values of a list one: every spelling and every CRM option of `from` belongs to `into` from now on, and contacts
 * that held `from` hold `into`, each with its history, a thousand at a time. Killed in between, it can be asked again.
 * @returns how many contacts were changed. @throws NotFound, InvalidInput, Conflicted where a rule or form names `from`
 */
export async function mergeValues(
  store: Store,
  input: { readonly listId: string; readonly from: string; readonly into: string },
  by: { readonly source: string; readonly at: number },
): Promise<number> {
  const { listId, from, into } = input;
  if (from === into) throw new InvalidInput([{ path: 'into', code: 'same_value', params: {} }]);
  await store.transaction(async (trx) => {
    await mustNotBeNamed(trx, listId, from);
    await moveNames(trx, input, by.at);
  });
  const fields = await store.db.selectFrom('fields').select('key').where('list_id', '=', listId).execute();
  const next = (value: Value): Value =>
    value === from ? into : Array.isArray(value) && value.includes(from) ? replaced(value, from, into) : value;
  let moved = 0;
  for (const { key } of fields) moved += await rewriteValues(store, key, next, by);
  await store.db.deleteFrom('list_values').where('list_id', '=', listId).where('key', '=', from).execute();
  return moved;
}

/** From here on nothing new gets the old value. */
async function moveNames(
  trx: Trx,
  { listId, from, into }: { listId: string; from: string; into: string },
  at: number,
): Promise<void> {
  const rows = await trx
    .selectFrom('list_values')
    .select(['key', 'label', 'spelling', 'removed_at'])
    .where('list_id', '=', listId)
    .where('key', 'in', [from, into])
    .forUpdate()
    .execute();
  const old = rows.find((row) => row.key === from);
  const target = rows.find((row) => row.key === into);
  if (old === undefined) throw new NotFound('list value');
  if (target === undefined || target.removed_at !== null)
    throw new InvalidInput([{ path: 'into', code: 'not_in_list', params: { value: into } }]);
  await sql`update list_spellings set value_key = ${into} where list_id = ${listId} and value_key = ${from}`.execute(
    trx,
  );
  await sql`update list_options set value_key = ${into} where list_id = ${listId} and value_key = ${from}`.execute(trx);
  await trx
    .insertInto('list_spellings')
    .values({ list_id: listId, spelling: old.spelling, label: old.label, value_key: into })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Its label makes room for the spelling; the row stays until nobody holds the value any more.
  await trx
    .updateTable('list_values')
    .set({ removed_at: at, in_forms: false, spelling: `\u0001${from}`, label: old.label })
    .where('list_id', '=', listId)
    .where('key', '=', from)
    .execute();
}

const replaced = (values: readonly string[], from: string, into: string): readonly string[] => [
  ...new Set(values.map((value) => (value === from ? into : value))),
];
