import { INSTANCE_DEFAULTS, type InstancePatch, type InstanceSettings, withPatch } from '../core/instance.ts';
import type { Queryable, Trx } from './db.ts';

const KEY = 'instance';

/** The instance's settings: what was saved, over the defaults. */
export async function readInstanceSettings(q: Queryable): Promise<InstanceSettings> {
  const row = await q.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirst();
  // Written below only, from a patch that the contract's schema let in.
  return withPatch(INSTANCE_DEFAULTS, (row?.value ?? {}) as InstancePatch);
}

/** Saves a part; the row is locked, so that two people who change different parts both keep theirs. */
export async function saveInstanceSettings(trx: Trx, patch: InstancePatch, at: number): Promise<InstanceSettings> {
  await trx
    .insertInto('settings')
    .values({ key: KEY, value: '{}', updated_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await trx.selectFrom('settings').select('key').where('key', '=', KEY).forUpdate().execute();
  const settings = withPatch(await readInstanceSettings(trx), patch);
  await trx
    .updateTable('settings')
    .set({ value: JSON.stringify(settings), updated_at: at })
    .where('key', '=', KEY)
    .execute();
  return settings;
}
