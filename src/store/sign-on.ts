import { SIGN_ON_DEFAULTS, type SignOnSettings } from '../core/sign-on.ts';
import type { Queryable, Trx } from './db.ts';
import type { Secrets } from './secrets.ts';

const KEY = 'sign-on';
const OWNER = 'sign-on';

export async function readSignOn(q: Queryable): Promise<SignOnSettings> {
  const row = await q.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirst();
  // Written below only, from what the contract's schema let in.
  return { ...SIGN_ON_DEFAULTS, ...((row?.value ?? {}) as Partial<SignOnSettings>) };
}

export async function writeSignOn(trx: Trx, settings: SignOnSettings, at: number): Promise<void> {
  const value = JSON.stringify(settings);
  await trx
    .insertInto('settings')
    .values({ key: KEY, value, updated_at: at })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value, updated_at: at }))
    .execute();
}

/** The client secret is sealed like every other one and never given back. */
export const clientSecret = {
  isSet: async (q: Queryable, secrets: Secrets): Promise<boolean> => (await secrets.names(q, OWNER)).length > 0,
  load: async (q: Queryable, secrets: Secrets): Promise<string | null> =>
    (await secrets.load(q, OWNER))['clientSecret'] ?? null,
  save: (q: Queryable, secrets: Secrets, value: string, at: number): Promise<void> =>
    value === '' ? secrets.drop(q, OWNER) : secrets.save(q, OWNER, { clientSecret: value }, at),
};
