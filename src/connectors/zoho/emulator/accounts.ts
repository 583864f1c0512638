import type { Hono } from 'hono';
import { type Body, problem, stamp, statusOf } from './answers.ts';
import { OUR_USER, type StoredAccount, type ZohoState } from './state.ts';

/** Companies: made and renamed in batches of 100. Nothing keeps two of one name apart, as in an organisation without a unique name. */
export function addAccounts(api: Hono, state: ZohoState): void {
  for (const method of ['POST', 'PUT'] as const) {
    api.on(method, '/crm/v8/Accounts', async (c) => {
      const { data } = await c.req.json<{ data: Body[] }>();
      if (data.length > 100) return c.json(problem('LIMIT_EXCEEDED', 'only 100 records are allowed'), 400);
      const results = data.map((values) => (method === 'POST' ? make(state, values) : rename(state, values)));
      return c.json({ data: results }, statusOf(results, method === 'POST' ? 201 : 200));
    });
  }
}

const NAME_MAX = 200;

function faultOf(name: unknown): Body | null {
  if (typeof name !== 'string' || name.trim() === '')
    return problem('MANDATORY_NOT_FOUND', 'required field not found', { api_name: 'Account_Name' });
  if (name.length > NAME_MAX)
    return problem('INVALID_DATA', 'invalid data', { api_name: 'Account_Name', maximum_length: NAME_MAX });
  return null;
}

const make = (state: ZohoState, { Account_Name: name }: Body): Body =>
  faultOf(name) ?? done(state.createAccount(String(name)), 'record added');

function rename(state: ZohoState, { id, Account_Name: name }: Body): Body {
  const account = state.accounts.get(String(id));
  if (account === undefined) return problem('INVALID_DATA', 'the id given seems to be invalid', { id });
  const fault = faultOf(name);
  if (fault !== null) return fault;
  state.renameAccount(account.id, String(name));
  return done(account, 'record updated');
}

const done = (account: StoredAccount, message: string): Body => ({
  code: 'SUCCESS',
  details: {
    id: account.id,
    Modified_Time: stamp(account.modifiedAt),
    Created_Time: stamp(account.createdAt),
    Modified_By: { id: OUR_USER, name: 'U' },
    Created_By: { id: OUR_USER, name: 'U' },
  },
  message,
  status: 'success',
});
