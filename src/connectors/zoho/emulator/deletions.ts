import type { Hono } from 'hono';
import type { ModuleName } from '../client.ts';
import { type Body, isModule, problem, statusOf } from './answers.ts';
import type { ZohoState } from './state.ts';

const MOST = 100;
const tooMany = problem('LIMIT_EXCEEDED', 'only 100 records are allowed');

/** Records into the bin, and out of it for ever: each has its own result (delete-records, del-recycle-bin-records). */
export function addDeletions(api: Hono, state: ZohoState): void {
  api.delete('/crm/v8/:module{(?:Leads|Contacts)}', (c) => {
    const module = c.req.param('module');
    if (!isModule(module)) return c.json(problem('INVALID_MODULE', 'the module name given seems to be invalid'), 400);
    const permission = `Crm_Implied_Delete_${module}`;
    if (state.forbidden.has(permission))
      return c.json(problem('NO_PERMISSION', 'permission denied', { permissions: [permission] }), 403);
    const ids = (c.req.query('ids') ?? '').split(',');
    if (ids.length > MOST) return c.json(tooMany, 400);
    state.deletionTriggers.push(c.req.query('wf_trigger'));
    const results = ids.map((id) => remove(state, module, id));
    return c.json({ data: results }, statusOf(results, 200));
  });
  api.delete('/crm/v8/settings/recycle_bin', (c) => {
    // Only a profile that may look after the bin.
    if (state.forbidden.has('Crm_Implied_Recycle_Bin'))
      return c.json(problem('NO_PERMISSION', 'permission denied', { permissions: ['Crm_Implied_Recycle_Bin'] }), 403);
    const ids = (c.req.query('ids') ?? '').split(',');
    if (ids.length > MOST) return c.json(tooMany, 400);
    const results = ids.map((id) => purge(state, id));
    return c.json({ recycle_bin: results }, statusOf(results, 200));
  });
}

const unknown = (id: string): Body => problem('INVALID_DATA', 'the id given seems to be invalid', { id });
const deleted = (id: string): Body => ({
  code: 'SUCCESS',
  details: { id },
  message: 'record deleted',
  status: 'success',
});

/** What Zoho does with a converted lead is not documented: here it is deleted like any other, which must never be tried. */
function remove(state: ZohoState, module: ModuleName, id: string): Body {
  const row = state.rows[module].get(id);
  if (row === undefined || row.deletedAt !== null) return unknown(id);
  const refusal = state.undeletable.get(id);
  if (refusal !== undefined) return problem(refusal[0], refusal[1], { id });
  state.remove(row);
  return deleted(id);
}

function purge(state: ZohoState, id: string): Body {
  const row = state.rows.Leads.get(id) ?? state.rows.Contacts.get(id);
  if (row === undefined || !state.isInBin(row)) return unknown(id);
  row.purged = true;
  return deleted(id);
}
