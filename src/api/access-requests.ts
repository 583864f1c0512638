import { isUsableEmail } from '../core/email.ts';
import { InvalidInput, NotFound } from '../core/invalid-input.ts';
import type { EngineDeps } from '../engine/deps.ts';
import { queuePeopleMail } from './people-mails.ts';

type Deps = Pick<EngineDeps, 'store' | 'ids' | 'clock' | 'baseUrl'>;

export interface AccessRequest {
  readonly id: string;
  readonly email: string;
  readonly note: string;
  readonly createdAt: number;
}

/** More open ones than this are not kept: a list that nobody can read helps nobody. */
const OPEN_MAX = 200;

/**
 * Somebody without a login (a rep who followed the CRM's link) asks to be let in; administrators are told once. The answer
 * is the same whether the address signs in already, has asked before, or is new. @throws InvalidInput
 */
export async function askForAccess(
  deps: Deps,
  input: {
    readonly email: string;
    readonly note: string;
    readonly locale: 'en' | 'fr';
    readonly address: string | null;
  },
): Promise<void> {
  const email = input.email.trim().toLowerCase();
  if (!isUsableEmail(email))
    throw new InvalidInput([{ path: 'email', code: 'invalid_email', params: { value: input.email } }]);
  await deps.store.transaction(async (trx) => {
    const known = await trx.selectFrom('user').select('id').where('email', '=', email).executeTakeFirst();
    const open = await trx
      .selectFrom('access_requests')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('decided_at', 'is', null)
      .executeTakeFirstOrThrow();
    if (known !== undefined || Number(open.count) >= OPEN_MAX) return;
    const asked = await trx
      .insertInto('access_requests')
      .values({ ...input, email, id: deps.ids.next('acc'), created_at: deps.clock.now() })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (asked === undefined) return;
    const admins = await trx
      .selectFrom('user')
      .select(['email', 'locale'])
      .where('role', '=', 'admin')
      .where('deactivatedAt', 'is', null)
      .execute();
    const params = { email, note: input.note === '' ? '–' : input.note, link: `${deps.baseUrl}/settings?tab=users` };
    await queuePeopleMail(trx, deps, { kind: 'access_request', recipients: admins, params });
  });
}

export async function listAccessRequests(deps: Deps): Promise<readonly AccessRequest[]> {
  const rows = await deps.store.db
    .selectFrom('access_requests')
    .select(['id', 'email', 'note', 'created_at'])
    .where('decided_at', 'is', null)
    .orderBy('created_at')
    .execute();
  return rows.map(({ created_at: createdAt, ...row }) => ({ ...row, createdAt }));
}

/** Saying yes is inviting (`invite` closes the request); this says no. */
export async function dismissAccessRequest(deps: Deps, id: string): Promise<void> {
  const row = await deps.store.db
    .updateTable('access_requests')
    .set({ decided_at: deps.clock.now() })
    .where('id', '=', id)
    .where('decided_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) throw new NotFound('access request');
}
