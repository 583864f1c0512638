import type { RemoteRecord } from '../connectors/kit/connector.ts';
import { fingerprint } from '../core/fingerprint.ts';
import type { Fault } from '../core/model.ts';
import { duplicateReason } from '../core/primary.ts';
import { type Effects, itemChanges } from './page-effects.ts';
import type { ContactState, LinkState, PageState } from './page-state.ts';
import { addItem, type RecordCase, type RecordOutcome, recordName } from './record-case.ts';
import type { RunContext } from './run-context.ts';
import { decideTowardsHub, nameOf } from './settle-hub.ts';

/** A record that was a second one of a person is read again: still one, or the better one now. */
export function reconsiderDuplicate(
  ctx: RunContext,
  input: RecordCase & { readonly link: LinkState; readonly contact: ContactState },
): RecordOutcome {
  const { state, effects, record, link, contact, admission } = input;
  const primary = state.primaryOf.get(contact.id);
  if (!admission.in) return { outcome: 'filtered', reason: admission.why };
  const gone = primary === undefined || primary.state === 'deleted';
  const beats = gone || (record.kind === 'contact' && primary.kind === 'lead');
  if (!beats) return rejectDuplicate(ctx, { state, effects, record, contact, link });
  return promote(ctx, { ...input, primary });
}

/** R14: the best remaining one is promoted and meets for the first time. */
export function promote(
  ctx: RunContext,
  input: RecordCase & {
    readonly link: LinkState;
    readonly contact: ContactState;
    readonly primary: LinkState | undefined;
  },
): RecordOutcome {
  const { state, effects, record, link, contact, primary } = input;
  if (primary !== undefined) {
    primary.role = 'duplicate';
    effects.links.set(primary.id, primary);
  }
  link.role = 'primary';
  link.shadow = {};
  link.dirty = true;
  state.primaryOf.set(contact.id, link);
  const decision = decideTowardsHub(ctx, effects, { state, link, contact, record });
  addItem(effects, {
    contact,
    record,
    outcome: 'updated',
    reason: 'promoted',
    changes: itemChanges(decision.toHub),
    conflicts: decision.conflicts.length,
  });
  return { outcome: 'updated', reason: 'promoted' };
}

/** The person has a record already, and keeps it; this one is named to whoever can merge them. */
export function rejectDuplicate(
  ctx: RunContext,
  input: {
    readonly state: PageState;
    readonly effects: Effects;
    readonly record: RemoteRecord;
    readonly contact: ContactState;
    readonly link: LinkState;
  },
): RecordOutcome {
  const { state, effects, record, contact, link } = input;
  const primary = state.primaryOf.get(contact.id);
  const primaryName = (primary === undefined ? undefined : state.names.get(primary.crmId)?.name) ?? nameOf(contact);
  const reason = duplicateReason(primaryName, recordName(ctx, record));
  const fault: Fault = { reason, field: null, params: { other: primaryName, otherId: primary?.crmId ?? '' } };
  effects.links.set(link.id, link);
  effects.rejections.push({
    contactId: contact.id,
    crmId: record.id,
    email: contact.email,
    name: recordName(ctx, record),
    kind: record.kind,
    line: '',
    fault,
    fingerprint: fingerprint([record.id]),
  });
  addItem(effects, { contact, record, outcome: 'rejected', reason, changes: [], conflicts: 0, params: fault.params });
  return { outcome: 'rejected', reason };
}
