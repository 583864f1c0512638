import { createHmac } from 'node:crypto';
import { systemRandom } from '../../platform/ids.ts';
import type { Queryable, Trx } from '../../store/db.ts';

const KEY = 'erasure_key';

/**
 * Who was erased, as keyed hashes (R18): enough to recognise an address or a CRM id that comes again, and nothing else.
 * The key is of its own: rotating the secret key never makes the list unreadable.
 */
export interface ErasureList {
  readonly key: Buffer;
  readonly ofEmail: (emailKey: string) => string;
  readonly ofRecord: (connectionId: string, crmId: string) => string;
}

export function erasureList(key: Buffer): ErasureList {
  const hash = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  return {
    key,
    ofEmail: (emailKey) => hash(`email:${emailKey}`),
    ofRecord: (connectionId, crmId) => hash(`record:${connectionId}:${crmId}`),
  };
}

/** The list of this instance; null: nobody was ever erased here. */
export async function readErasureList(q: Queryable): Promise<ErasureList | null> {
  const row = await q.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirst();
  return typeof row?.value === 'string' ? erasureList(Buffer.from(row.value, 'base64')) : null;
}

/** The list, begun when there is none yet. */
export async function beginErasureList(trx: Trx, at: number, key?: Buffer): Promise<ErasureList> {
  const fresh = Buffer.from(key ?? systemRandom(32)).toString('base64');
  await trx
    .insertInto('settings')
    .values({ key: KEY, value: JSON.stringify(fresh), updated_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const list = await readErasureList(trx);
  if (list === null) throw new Error('the list of erasures could not be begun');
  return list;
}

export async function rememberErased(trx: Trx, hashes: readonly string[], at: number): Promise<void> {
  if (hashes.length === 0) return;
  await trx
    .insertInto('erasures')
    .values([...new Set(hashes)].map((hash) => ({ hash, at })))
    .onConflict((conflict) => conflict.column('hash').doUpdateSet({ lifted_at: null }))
    .execute();
}

/** Which of these were erased, as the addresses and ids that were asked for. One statement; none where nobody ever was. */
export async function findErased(
  q: Queryable,
  asked: { readonly emailKeys: readonly string[]; readonly connectionId: string; readonly crmIds: readonly string[] },
): Promise<ReadonlySet<string>> {
  const list = await readErasureList(q);
  if (list === null) return new Set();
  const byHash = new Map([
    ...asked.emailKeys.map((key) => [list.ofEmail(key), key] as const),
    ...asked.crmIds.map((id) => [list.ofRecord(asked.connectionId, id), id] as const),
  ]);
  if (byHash.size === 0) return new Set();
  const rows = await q
    .selectFrom('erasures')
    .select('hash')
    .where('hash', 'in', [...byHash.keys()])
    .where('lifted_at', 'is', null)
    .execute();
  return new Set(rows.flatMap((row) => byHash.get(row.hash) ?? []));
}

/** R18c: a person's own act lifts it: whoever comes back by a form, or is entered by hand, is a contact again, and stays one. */
export async function liftErasure(trx: Trx, emailKeys: readonly string[], at: number): Promise<void> {
  const list = await readErasureList(trx);
  if (list === null || emailKeys.length === 0) return;
  await trx
    .updateTable('erasures')
    .set({ lifted_at: at })
    .where(
      'hash',
      'in',
      emailKeys.map((key) => list.ofEmail(key)),
    )
    .execute();
}
