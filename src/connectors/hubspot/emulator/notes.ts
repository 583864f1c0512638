import type { Hono } from 'hono';
import { type Body, inBatch, problem } from './answers.ts';
import type { HubSpotState } from './state.ts';

interface NoteInput {
  readonly objectWriteTraceId?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly associations?: readonly {
    readonly to: { readonly id: string };
    readonly types: readonly { readonly associationCategory: string; readonly associationTypeId: number }[];
  }[];
}
const NOTE_TO_CONTACT = 202;
const BODY_MAX = 65_536;

/** Notes made with their association in a batch, read by id, and found by the associations of contacts. */
export function addNotes(api: Hono, state: HubSpotState): void {
  api.post('/crm/objects/:version{[0-9-]+}/notes/batch/create', async (c) => {
    const { inputs } = await c.req.json<{ inputs: NoteInput[] }>();
    if (inputs.length > 100)
      return c.json(
        problem('VALIDATION_ERROR', 'The maximum number of inputs supported in a batch request is 100.'),
        400,
      );
    const faults = inputs.map((input) => refuse(state, input));
    const traced = new Set(inputs.map((input) => input.objectWriteTraceId));
    const isPartial = traced.size === inputs.length && !traced.has(undefined);
    const first = faults.find((fault) => fault !== null);
    if (!isPartial && first) return c.json(first, 400);
    const results: Body[] = [];
    const errors: Body[] = [];
    for (const [index, input] of inputs.entries()) {
      const fault = faults[index] ?? null;
      const trace = input.objectWriteTraceId;
      if (fault === null)
        results.push({ ...make(state, input), ...(trace === undefined ? {} : { objectWriteTraceId: trace }) });
      else errors.push({ ...inBatch(fault), context: { objectWriteTraceId: [trace ?? ''] } });
    }
    return c.json(
      { ...completed, results: results.reverse(), ...(errors.length > 0 ? { numErrors: errors.length, errors } : {}) },
      errors.length > 0 ? 207 : 201,
    );
  });
  api.post('/crm/objects/:version{[0-9-]+}/notes/batch/read', async (c) => {
    const { inputs } = await c.req.json<{ inputs: { id: string }[] }>();
    const results = inputs.flatMap(({ id }) => {
      const entry = state.timeline.get(id);
      return entry === undefined ? [] : [presentNote(entry)];
    });
    return c.json({ ...completed, results });
  });
  api.post('/crm/associations/:version{[0-9-]+}/contacts/notes/batch/read', async (c) => {
    const { inputs } = await c.req.json<{ inputs: { id: string }[] }>();
    const results = inputs.flatMap(({ id }) => {
      const to = state.timeline.of(state.follow(id)?.id ?? id).map((entry) => ({
        toObjectId: entry.id,
        associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 201, label: null }],
      }));
      return to.length === 0 ? [] : [{ from: { id }, to }];
    });
    return c.json({ ...completed, results }, results.length < inputs.length ? 207 : 200);
  });
}

const completed = {
  status: 'COMPLETE',
  startedAt: '2026-01-01T00:00:00.000Z',
  completedAt: '2026-01-01T00:00:00.000Z',
} as const;

const presentNote = (entry: { readonly id: string; readonly text: string; readonly at: number }): Body => ({
  id: entry.id,
  properties: { hs_note_body: entry.text, hs_timestamp: new Date(entry.at).toISOString(), hs_object_id: entry.id },
  createdAt: new Date(entry.at).toISOString(),
  updatedAt: new Date(entry.at).toISOString(),
  archived: false,
});

function refuse(state: HubSpotState, { properties = {}, associations = [] }: NoteInput): Body | null {
  if (Number.isNaN(Date.parse(properties['hs_timestamp'] ?? '')))
    return problem('VALIDATION_ERROR', 'Property values were not valid: hs_timestamp is required');
  if ((properties['hs_note_body'] ?? '').length > BODY_MAX)
    return problem('VALIDATION_ERROR', `hs_note_body must be at most ${BODY_MAX} characters`);
  for (const { to, types } of associations) {
    const contact = state.contacts.get(to.id);
    if (contact === undefined || contact.archivedAt !== null)
      return problem('OBJECT_NOT_FOUND', `CONTACT=${to.id} is not valid`);
    if (types.some((type) => type.associationTypeId !== NOTE_TO_CONTACT))
      return problem('VALIDATION_ERROR', 'invalid association type from NOTE to CONTACT');
  }
  return null;
}

function make(state: HubSpotState, { properties = {}, associations = [] }: NoteInput): Body {
  const entry = state.timeline.add({
    recordId: associations[0]?.to.id ?? '',
    text: properties['hs_note_body'] ?? '',
    at: Date.parse(properties['hs_timestamp'] ?? ''),
  });
  return presentNote(entry);
}
