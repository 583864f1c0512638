import { type InputProblem, InvalidInput } from '../../core/invalid-input.ts';
import { isNetwork } from '../../platform/addresses.ts';
import { systemRandom } from '../../platform/ids.ts';
import type { Queryable, Trx } from '../../store/db.ts';

/** What the script is told apart by, and whose visits are not counted. */
export interface TrackingSettings {
  /** Publishable; stands in the pasted code for ever. */
  readonly key: string;
  /** Addresses and networks, for instance of one's own office; not retroactively. */
  readonly excluded: readonly string[];
}

const KEY = 'tracking';

/** Made when first asked for. */
export async function readTracking(q: Queryable, at: number): Promise<TrackingSettings> {
  const fresh: TrackingSettings = { key: `pk_${Buffer.from(systemRandom(15)).toString('base64url')}`, excluded: [] };
  await q
    .insertInto('settings')
    .values({ key: KEY, value: JSON.stringify(fresh), updated_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await q.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirstOrThrow();
  // Written here only.
  return row.value as unknown as TrackingSettings;
}

/** @throws InvalidInput */
export async function saveExcluded(trx: Trx, excluded: readonly string[], at: number): Promise<TrackingSettings> {
  const problems = excluded.flatMap((one, index): InputProblem[] =>
    isNetwork(one) ? [] : [{ path: `excluded.${index}`, code: 'network', params: { value: one } }],
  );
  if (problems.length > 0) throw new InvalidInput(problems);
  const settings = { ...(await readTracking(trx, at)), excluded };
  await trx
    .updateTable('settings')
    .set({ value: JSON.stringify(settings), updated_at: at })
    .where('key', '=', KEY)
    .execute();
  return settings;
}
