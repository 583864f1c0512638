import type { RemoteRecord } from '../connectors/kit/connector.ts';
import { emailKey } from '../core/email.ts';
import { fingerprint } from '../core/fingerprint.ts';
import type { Fault, Outcome } from '../core/model.ts';
import { choosePrimary } from '../core/primary.ts';
import { promote, rejectDuplicate } from './decide-duplicate.ts';
import { newLink } from './new-link.ts';
import { type Effects, itemChanges } from './page-effects.ts';
import { type ContactState, contactIdOf, emailKeys, type LinkState, NO_EMAILS, type PageState } from './page-state.ts';
import { addItem, type RecordCase, type RecordOutcome, recordName } from './record-case.ts';
import type { RunContext } from './run-context.ts';
import { decideTowardsHub } from './settle-hub.ts';

/** A record that no link knows: a contact that is here already, a new one, or nothing for us. */
export function decideUnlinked(ctx: RunContext, input: RecordCase): RecordOutcome {
  const { state, effects, record, admission } = input;
  if (!admission.in) return { outcome: 'filtered', reason: admission.why };
  if (ctx.run.lines !== null) return { outcome: 'filtered', reason: 'limited' };
  if (record.convertedTo !== undefined) return { outcome: 'filtered', reason: 'converted_lead' };
  const keys = emailKeys(record.emails);
  if (state.tombstones.has(record.id) || keys.some((key) => state.tombstones.has(key)))
    return { outcome: 'filtered', reason: 'tombstone' };
  const [main] = record.emails;
  const [key] = keys;
  if (key === undefined || main === undefined)
    return rejectRecord(ctx, effects, record, main === undefined ? 'missing_email' : 'invalid_email');
  const contact = matchContact(state, record, keys);
  if (contact === undefined && isUndone(state, record)) return { outcome: 'filtered', reason: 'undone' };
  if (contact === undefined)
    return createContact(ctx, {
      state,
      effects,
      record,
      email: record.emails.find((one) => emailKey(one) === key) ?? main,
    });
  const primary = state.primaryOf.get(contact.id);
  if (primary !== undefined && primary.crmId !== record.id) return meetSecond(ctx, { ...input, contact, primary });
  return meetFirst(ctx, { ...input, contact });
}

/** R38: whom a person took back is not made again by what the record held then; our own writes are no change of it. */
function isUndone(state: PageState, record: RemoteRecord): boolean {
  const undoneAt = state.names.get(record.id)?.undoneAt ?? null;
  return undoneAt !== null && (record.modifiedAt <= undoneAt || record.byUs === true);
}

/** R31c: by link-back, by a create that is on its way, then by e-mail: main addresses first, then further ones (R10c). */
function matchContact(state: PageState, record: RemoteRecord, keys: readonly string[]): ContactState | undefined {
  const back = contactIdOf(record.linkBack);
  const byBack = back === null ? undefined : state.contacts.get(back);
  // A copy of a record carries the way back to its original's person; with an address of its own it is somebody else.
  const isCopy = (contact: ContactState): boolean => {
    const primary = state.primaryOf.get(contact.id);
    const isTheirs = keys.some((key) => key === contact.emailKey || contact.otherEmails.has(key));
    return primary?.state === 'active' && primary.crmId !== record.id && !isTheirs;
  };
  if (byBack !== undefined && !isCopy(byBack)) return byBack;
  const intent = keys.map((key) => state.openIntents.get(key)).find((id) => id !== undefined);
  const byIntent = intent === undefined ? undefined : state.contacts.get(intent);
  return (
    byIntent ??
    keys.map((key) => state.byEmail.get(key)).find((found) => found !== undefined) ??
    keys.map((key) => byOtherEmail(state, key)).find((found) => found !== undefined)
  );
}

/** R10c: the contact that has an address beside its main one; of several the oldest. */
const byOtherEmail = (state: PageState, key: string): ContactState | undefined =>
  [...(state.byOtherEmail.get(key) ?? [])].map((id) => state.contacts.get(id)).find((found) => found !== undefined);

function createContact(
  ctx: RunContext,
  input: {
    readonly state: PageState;
    readonly effects: Effects;
    readonly record: RemoteRecord;
    readonly email: string;
  },
): RecordOutcome {
  const { state, effects, record, email } = input;
  // R50: left out this time; comes in when the record changes again, or by a full run.
  if (ctx.run.approval?.leaveOut.includes('created') === true) return { outcome: 'filtered', reason: 'left_out' };
  effects.mass.push({ effect: 'created', subject: record.id, field: null });
  const at = record.modifiedAt;
  const id = ctx.deps.ids.next('ct');
  const contact: ContactState = {
    id,
    email,
    emailKey: emailKey(email) ?? email,
    otherEmails: NO_EMAILS,
    fields: {},
    origins: {},
    score: 0,
    optOutLiftedAt: null,
    consents: {},
    archived: false,
    isNew: true,
  };
  effects.contacts.set(id, {
    id,
    create: true,
    fields: { email },
    origins: { email: { by: 'sync', at, connection: ctx.connection.id, rule: 'R10', run: ctx.run.id } },
  });
  const link = linkOf(ctx, record, id, 'primary');
  state.contacts.set(id, contact);
  state.byEmail.set(contact.emailKey, contact);
  state.byCrmId.set(record.id, link);
  state.primaryOf.set(id, link);
  const decision = decideTowardsHub(ctx, effects, { state, link, contact, record });
  addItem(effects, {
    contact,
    record,
    outcome: 'created',
    reason: null,
    changes: [{ field: 'email', from: null, to: email, rule: 'R10' }, ...itemChanges(decision.toHub)],
    conflicts: 0,
  });
  return { outcome: 'created', reason: null };
}

function meetFirst(ctx: RunContext, input: RecordCase & { readonly contact: ContactState }): RecordOutcome {
  const { state, effects, record, contact } = input;
  const link = linkOf(ctx, record, contact.id, 'primary');
  state.byCrmId.set(record.id, link);
  state.primaryOf.set(contact.id, link);
  const decision = decideTowardsHub(ctx, effects, { state, link, contact, record });
  const outcome: Outcome = decision.toHub.length > 0 ? 'updated' : 'unchanged';
  addItem(effects, {
    contact,
    record,
    outcome,
    reason: 'linked',
    changes: itemChanges(decision.toHub),
    conflicts: decision.conflicts.length,
  });
  return { outcome, reason: 'linked' };
}

/** Another CRM record has this person's address already (R14). */
function meetSecond(
  ctx: RunContext,
  input: RecordCase & { readonly contact: ContactState; readonly primary: LinkState },
): RecordOutcome {
  const { state, effects, record, contact, primary } = input;
  const known = state.names.get(primary.crmId);
  const best = choosePrimary(
    [
      { id: primary.crmId, kind: primary.kind, modifiedAt: known?.modifiedAt ?? null, name: known?.name ?? '' },
      { id: record.id, kind: record.kind, modifiedAt: record.modifiedAt, name: recordName(ctx, record) },
    ],
    primary.state === 'deleted' ? undefined : primary.crmId,
  );
  const link = linkOf(ctx, record, contact.id, 'duplicate');
  state.byCrmId.set(record.id, link);
  if (best?.id === record.id) return promote(ctx, { ...input, link, primary });
  return rejectDuplicate(ctx, { state, effects, record, contact, link });
}

const linkOf = (ctx: RunContext, record: RemoteRecord, contactId: string, role: LinkState['role']): LinkState =>
  newLink(ctx, { record, crmId: record.id, contactId, kind: record.kind, role });

function rejectRecord(
  ctx: RunContext,
  effects: Effects,
  record: RemoteRecord,
  reason: 'missing_email' | 'invalid_email',
): RecordOutcome {
  const [email] = record.emails;
  const name = recordName(ctx, record);
  const fault: Fault = { reason, field: 'email', params: email === undefined ? {} : { value: email } };
  effects.rejections.push({
    contactId: null,
    crmId: record.id,
    email: email ?? null,
    name,
    kind: record.kind,
    line: '',
    fault,
    fingerprint: fingerprint([email]),
  });
  effects.items.push({
    contactId: null,
    email: email ?? null,
    name,
    kind: record.kind,
    crmId: record.id,
    crmUrl: record.url,
    outcome: 'rejected',
    reason,
    params: fault.params,
    changes: [],
    conflicts: 0,
  });
  return { outcome: 'rejected', reason };
}
