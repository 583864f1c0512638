import type { Hono } from 'hono';
import { type Body, isModule, problem, stamp, statusOf } from './answers.ts';
import type { ZohoState } from './state.ts';

interface NoteInput {
  readonly Parent_Id?: { readonly id?: string; readonly module?: { readonly api_name?: string } };
  readonly Note_Title?: string;
  readonly Note_Content?: string;
}

/** Notes, made in batches and listed by their record. */
export function addNotes(api: Hono, state: ZohoState): void {
  api.post('/crm/v8/Notes', async (c) => {
    const { data } = await c.req.json<{ data: NoteInput[] }>();
    if (data.length > 100) return c.json(problem('LIMIT_EXCEEDED', 'only 100 records are allowed'), 400);
    const results = data.map((note) => create(state, note));
    return c.json({ data: results }, statusOf(results, 201));
  });
  api.get('/crm/v8/:module{(?:Leads|Contacts)}/:id/Notes', (c) => {
    const module = c.req.param('module');
    const row = isModule(module) ? state.rows[module].get(c.req.param('id')) : undefined;
    if (row === undefined || row.deletedAt !== null)
      return c.json(problem('INVALID_DATA', 'the related id given seems to be invalid'), 400);
    const [page, size] = [Number(c.req.query('page') ?? 1), Number(c.req.query('per_page') ?? 200)];
    const all = state.timeline.of(row.id);
    const part = all.slice((page - 1) * size, page * size);
    if (part.length === 0) return c.body(null, 204);
    return c.json({
      data: part.map((entry) => ({ id: entry.id, Note_Content: entry.text, Created_Time: stamp(entry.at) })),
      info: { per_page: size, count: part.length, page, more_records: all.length > page * size },
    });
  });
}

function create(state: ZohoState, note: NoteInput): Body {
  const module = note.Parent_Id?.module?.api_name;
  const row = isModule(module) ? state.rows[module].get(note.Parent_Id?.id ?? '') : undefined;
  if (row === undefined || row.deletedAt !== null)
    return problem('INVALID_DATA', 'the id given seems to be invalid', { api_name: 'Parent_Id' });
  if ((note.Note_Content ?? '') === '')
    return problem('MANDATORY_NOT_FOUND', 'required field not found', { api_name: 'Note_Content' });
  if ((note.Note_Title ?? '').length > 120)
    return problem('INVALID_DATA', 'invalid data', { api_name: 'Note_Title', maximum_length: 120 });
  // What follows a conversion stands on the contact.
  const entry = state.timeline.add({
    recordId: row.convertedTo ?? row.id,
    text: `${note.Note_Title ?? ''}\n${note.Note_Content ?? ''}`,
    at: state.clock.now(),
  });
  return { code: 'SUCCESS', details: { id: entry.id }, message: 'record added', status: 'success' };
}
