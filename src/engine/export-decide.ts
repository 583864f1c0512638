import type { RemoteRecord } from '../connectors/kit/connector.ts';
import { planMeeting } from './export-meeting.ts';
import type { OwedCase, Planned } from './export-plan.ts';
import type { Batch } from './export-read.ts';
import { rejectWhole } from './export-reject.ts';
import { planUnlinked } from './export-unlinked.ts';
import type { Effects } from './page-effects.ts';
import type { LinkState } from './page-state.ts';
import { recordName } from './record-case.ts';
import type { RunContext } from './run-context.ts';

/** Decides a batch, pure but for the effects it gathers (shadows of what agrees, links, conflicts, rejections). */
export function planBatch(ctx: RunContext, batch: Batch, effects: Effects): Planned {
  const planned: Planned = { writes: [], settled: [] };
  const claims = new Map(
    [...batch.known].flatMap(([id, link]) => (link.contactId === null ? [] : [[id, link.contactId] as const])),
  );
  for (const id of batch.ended) effects.dropped.add(id);
  for (const owed of batch.owed) {
    const one = { batch, owed, effects, planned, claims };
    if (owed.link === null) planUnlinked(ctx, one);
    else planLinked(ctx, { ...one, link: owed.link });
  }
  return planned;
}

function planLinked(ctx: RunContext, input: OwedCase & { readonly link: LinkState }): void {
  const { batch, owed, effects, planned, link } = input;
  const { record } = owed;
  if (link.state === 'deleted' || link.state === 'converted')
    return void planned.settled.push({ owed, outcome: 'filtered' });
  if (record === null) {
    if (!batch.missing.has(link.crmId)) return void planned.settled.push({ owed, outcome: 'filtered' });
    return markMissing(ctx, input);
  }
  if (record.convertedTo !== undefined) return convertedLead(ctx, { ...input, record });
  if (record.id !== link.crmId) {
    link.formerIds = [...new Set([...link.formerIds, link.crmId])];
    link.crmId = record.id;
    effects.links.set(link.id, link);
  }
  planMeeting(ctx, { ...input, record });
}

/** R18: not there any more; the contact stays, marked, and is not created again. */
function markMissing(ctx: RunContext, { owed, effects, planned, link }: OwedCase & { readonly link: LinkState }): void {
  effects.mass.push({ effect: 'deleted', subject: link.crmId, field: null });
  link.state = 'deleted';
  link.stateWhy = 'deleted_in_crm';
  link.stateSince = ctx.deps.clock.now();
  effects.links.set(link.id, link);
  effects.goneIds.push(link.crmId);
  rejectWhole(effects, {
    owed,
    kind: link.kind,
    crmId: link.crmId,
    fault: { reason: 'gone', field: null, params: {} },
  });
  planned.settled.push({ owed, outcome: 'rejected' });
}

/** R16: the first time `converted_lead`, closed by itself once the link has followed. */
function convertedLead(
  ctx: RunContext,
  input: OwedCase & { readonly link: LinkState; readonly record: RemoteRecord },
): void {
  const { owed, effects, planned, link, record } = input;
  const contactName = recordName(ctx, record);
  effects.dueHub.set(record.id, 'converted');
  rejectWhole(effects, {
    owed,
    kind: link.kind,
    crmId: record.id,
    fault: {
      reason: 'converted_lead',
      field: null,
      params: { became: record.convertedTo?.id ?? '', other: contactName },
    },
  });
  planned.settled.push({ owed, outcome: 'rejected' });
}
