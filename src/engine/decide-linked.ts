import type { RemoteRecord } from '../connectors/kit/connector.ts';
import type { Admission } from '../core/admit.ts';
import type { Outcome } from '../core/model.ts';
import { reconsiderDuplicate } from './decide-duplicate.ts';
import { itemChanges } from './page-effects.ts';
import type { ContactState, LinkState, PageState } from './page-state.ts';
import { proposeMerge } from './propose-merge.ts';
import { addItem, type RecordCase, type RecordOutcome } from './record-case.ts';
import type { RunContext } from './run-context.ts';
import { decideTowardsHub } from './settle-hub.ts';

/** A record that a link knows already: moved, converted, gone out or come back, and the three-way decision. */
export function decideLinked(ctx: RunContext, input: RecordCase & { readonly link: LinkState }): RecordOutcome {
  const { state, effects, record, admission, link } = input;
  const contact = link.contactId === null ? undefined : state.contacts.get(link.contactId);
  if (contact === undefined || link.role === 'merged_away') return { outcome: 'filtered', reason: 'no_contact' };
  if (isFollowed(link, record)) return { outcome: 'filtered', reason: 'belongs_to_sales' };
  const moved = followId(state, link, record);
  if (link.role === 'duplicate') return reconsiderDuplicate(ctx, { ...input, contact });
  if (record.convertedTo !== undefined) return followConversion(ctx, { ...input, contact });
  const returned = setTakingPart(ctx, link, admission);
  const decision = decideTowardsHub(ctx, effects, { state, link, contact, record });
  const wasFiltered = link.state === 'frozen';
  const outcome: Outcome =
    decision.toHub.length > 0 || moved || returned ? 'updated' : wasFiltered ? 'filtered' : 'unchanged';
  const reason = moved ? 'moved' : returned ? 'returned' : wasFiltered ? link.stateWhy : null;
  addItem(effects, {
    contact,
    record,
    outcome,
    reason,
    changes: itemChanges(decision.toHub),
    conflicts: decision.conflicts.length,
  });
  return { outcome, reason };
}

/** R18b: two CRM records became one; the link goes with the record. */
function followId(state: PageState, link: LinkState, record: RemoteRecord): boolean {
  const former = new Set([...link.formerIds, ...record.formerIds]);
  if (link.crmId === record.id) {
    link.dirty ||= former.size > link.formerIds.length;
    link.formerIds = [...former];
    return false;
  }
  former.add(link.crmId);
  state.byCrmId.delete(link.crmId);
  state.byCrmId.set(record.id, link);
  link.formerIds = [...former].filter((id) => id !== record.id);
  link.crmId = record.id;
  link.dirty = true;
  return true;
}

/** R19: what leaves is frozen, what returns goes on with its shadow. @returns true when it returned. */
function setTakingPart(ctx: RunContext, link: LinkState, admission: Admission): boolean {
  if (!admission.in && link.state === 'active') {
    freeze(ctx, link, 'frozen', admission.why);
    return false;
  }
  if (admission.in && (link.state === 'frozen' || link.state === 'deleted')) {
    // R38: somebody brought back what an undo had deleted: nothing is held any more.
    if (link.stateWhy === 'undone') link.holds = {};
    freeze(ctx, link, 'active', null);
    return true;
  }
  return false;
}

function freeze(ctx: RunContext, link: LinkState, state: LinkState['state'], why: string | null): void {
  link.state = state;
  link.stateWhy = why;
  link.stateSince = ctx.deps.clock.now();
  link.dirty = true;
}

/** R16: the link went to the contact long ago, and perhaps on with it; the lead, read again, does not call it back. */
function isFollowed(link: LinkState, { id, convertedTo }: RemoteRecord): boolean {
  const target = convertedTo?.id ?? null;
  if (target === null || link.role === 'duplicate' || link.crmId === id) return false;
  return link.crmId === target || link.formerIds.includes(target);
}

/** R16: a converted lead is followed to the contact it became, by id; the lead itself is not written to any more. */
function followConversion(
  ctx: RunContext,
  input: RecordCase & { readonly link: LinkState; readonly contact: ContactState },
): RecordOutcome {
  const { state, effects, record, link, contact } = input;
  const target = record.convertedTo?.id ?? null;
  if (target !== null && state.byCrmId.get(target) === undefined) {
    followId(state, link, { ...record, id: target, formerIds: [] });
    link.kind = record.convertedTo?.kind ?? 'contact';
    freeze(
      ctx,
      link,
      ctx.connection.settings.import.contacts ? 'active' : 'frozen',
      ctx.connection.settings.import.contacts ? null : 'box_off',
    );
    // The contact's own record is read and met next.
    effects.dueHub.set(target, 'converted');
  } else if (link.state !== 'converted') {
    freeze(ctx, link, 'converted', 'converted_lead');
    const holder = target === null ? undefined : state.byCrmId.get(target);
    if (holder !== undefined) proposeMerge(state, effects, { links: [holder, link], why: 'converted' });
  } else return { outcome: 'filtered', reason: 'belongs_to_sales' };
  effects.links.set(link.id, link);
  effects.cleared.push({ contactId: contact.id, crmId: record.id });
  addItem(effects, { contact, record, outcome: 'updated', reason: 'converted', changes: [], conflicts: 0 });
  return { outcome: 'updated', reason: 'converted' };
}
