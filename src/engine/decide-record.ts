import type { RemoteRecord } from '../connectors/kit/connector.ts';
import { type Admission, admits } from '../core/admit.ts';
import { emailKey } from '../core/email.ts';
import { fingerprint } from '../core/fingerprint.ts';
import type { Fault, Outcome } from '../core/model.ts';
import { choosePrimary, duplicateReason } from '../core/primary.ts';
import { type Effects, itemChanges } from './page-effects.ts';
import { type ContactState, contactIdOf, emailKeys, type LinkState, NO_TUGS, type PageState } from './page-state.ts';
import type { RunContext } from './run-context.ts';
import { decideTowardsHub, nameOf } from './settle-hub.ts';
import { fieldNamed } from './system-fields.ts';

/** What became of one record; `null` reason: nothing to say. */
export interface RecordOutcome {
  readonly outcome: Outcome;
  readonly reason: string | null;
}

/** As people read it, from the fields that the mapping calls names, else the address. */
export function recordName(ctx: RunContext, record: RemoteRecord): string {
  const lines = ctx.lines[record.kind] ?? [];
  const part = (hub: string): string => {
    const line = lines.find((bound) => bound.line.hub === hub);
    const value = line === undefined ? undefined : record.fields[line.line.crm];
    return typeof value === 'string' ? value : '';
  };
  return [part('first_name'), part('last_name')].filter((text) => text !== '').join(' ');
}

/** Decides one record of a page on the locked state, and changes that state as the next records must see it. */
export function decideRecord(ctx: RunContext, state: PageState, effects: Effects, record: RemoteRecord): RecordOutcome {
  const link =
    state.byCrmId.get(record.id) ??
    state.byFormerId.get(record.id) ??
    record.formerIds.map((id) => state.byCrmId.get(id)).find((found) => found !== undefined);
  const admission = admits(admissionOf(ctx, record), ctx.connection.settings.import);
  remember(ctx, effects, record, admission);
  const result =
    link === undefined
      ? decideUnlinked(ctx, { state, effects, record, admission })
      : decideLinked(ctx, { state, effects, record, admission, link });
  return result;
}

function admissionOf(ctx: RunContext, record: RemoteRecord): Parameters<typeof admits>[0] {
  const { contactFilter } = ctx.connection.settings.import;
  const key = fieldNamed(ctx.schema.kinds[record.kind], contactFilter.field);
  const field = ctx.schema.kinds[record.kind]?.find((one) => one.key === key);
  const label = field?.options?.find((option) => option.id === record.fields[key])?.label;
  const fields =
    key === contactFilter.field
      ? record.fields
      : { ...record.fields, [contactFilter.field]: record.fields[key] ?? null };
  return { kind: record.kind, fields, ...(label === undefined ? {} : { syncLabel: label }) };
}

function remember(ctx: RunContext, effects: Effects, record: RemoteRecord, admission: Admission): void {
  effects.directory.push({
    crm_id: record.id,
    kind: record.kind,
    emails: emailKeys(record.emails),
    link_back: contactIdOf(record.linkBack),
    converted_to: record.convertedTo?.id ?? null,
    name: recordName(ctx, record),
    modified_at: record.modifiedAt,
    filtered: admission.in ? null : admission.why,
  });
}

interface Case {
  readonly state: PageState;
  readonly effects: Effects;
  readonly record: RemoteRecord;
  readonly admission: Admission;
}

function decideLinked(ctx: RunContext, input: Case & { readonly link: LinkState }): RecordOutcome {
  const { state, effects, record, admission, link } = input;
  const contact = link.contactId === null ? undefined : state.contacts.get(link.contactId);
  if (contact === undefined || link.role === 'merged_away') return { outcome: 'filtered', reason: 'no_contact' };
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

/** R16: a converted lead is followed to the contact it became, by id; the lead itself is not written to any more. */
function followConversion(
  ctx: RunContext,
  input: Case & { readonly link: LinkState; readonly contact: ContactState },
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
  } else if (link.state !== 'converted') freeze(ctx, link, 'converted', 'converted_lead');
  else return { outcome: 'filtered', reason: 'belongs_to_sales' };
  effects.links.set(link.id, link);
  effects.cleared.push({ contactId: contact.id, crmId: record.id });
  addItem(effects, { contact, record, outcome: 'updated', reason: 'converted', changes: [], conflicts: 0 });
  return { outcome: 'updated', reason: 'converted' };
}

function reconsiderDuplicate(
  ctx: RunContext,
  input: Case & { readonly link: LinkState; readonly contact: ContactState },
): RecordOutcome {
  const { state, effects, record, link, contact, admission } = input;
  const keys = emailKeys(record.emails);
  const primary = state.primaryOf.get(contact.id);
  if (!keys.includes(contact.emailKey)) {
    // It has an address of its own now: a person of its own.
    link.contactId = null;
    link.role = 'merged_away';
    effects.links.set(link.id, link);
    state.byCrmId.delete(record.id);
    return { outcome: 'filtered', reason: 'no_longer_duplicate' };
  }
  if (!admission.in) return { outcome: 'filtered', reason: admission.why };
  const gone = primary === undefined || primary.state === 'deleted';
  const beats = gone || (record.kind === 'contact' && primary.kind === 'lead');
  if (!beats) return rejectDuplicate(ctx, { state, effects, record, contact, link });
  return promote(ctx, { ...input, primary });
}

/** R14: the best remaining one is promoted and meets for the first time. */
function promote(
  ctx: RunContext,
  input: Case & { readonly link: LinkState; readonly contact: ContactState; readonly primary: LinkState | undefined },
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

function decideUnlinked(ctx: RunContext, input: Case): RecordOutcome {
  const { state, effects, record, admission } = input;
  if (!admission.in) return { outcome: 'filtered', reason: admission.why };
  if (record.convertedTo !== undefined) return { outcome: 'filtered', reason: 'converted_lead' };
  const keys = emailKeys(record.emails);
  if (state.tombstones.has(record.id) || keys.some((key) => state.tombstones.has(key)))
    return { outcome: 'filtered', reason: 'tombstone' };
  const [main] = record.emails;
  const [key] = keys;
  if (key === undefined || main === undefined)
    return rejectRecord(ctx, effects, record, main === undefined ? 'missing_email' : 'invalid_email');
  const contact = matchContact(state, record, keys);
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

/** R31c: by link-back, by a create that is on its way, then by e-mail. */
function matchContact(state: PageState, record: RemoteRecord, keys: readonly string[]): ContactState | undefined {
  const back = contactIdOf(record.linkBack);
  const byBack = back === null ? undefined : state.contacts.get(back);
  if (byBack !== undefined) return byBack;
  const intent = keys.map((key) => state.openIntents.get(key)).find((id) => id !== undefined);
  const byIntent = intent === undefined ? undefined : state.contacts.get(intent);
  return byIntent ?? keys.map((key) => state.byEmail.get(key)).find((found) => found !== undefined);
}

function newLink(ctx: RunContext, record: RemoteRecord, contactId: string, role: LinkState['role']): LinkState {
  return {
    id: ctx.deps.ids.next('lnk'),
    contactId,
    kind: record.kind,
    crmId: record.id,
    formerIds: record.formerIds,
    role,
    state: 'active',
    stateSince: null,
    stateWhy: null,
    shadow: {},
    shadowVersion: 1,
    holds: {},
    tugs: NO_TUGS,
    crmVersion: record.version,
    crmModifiedAt: null,
    crmUrl: record.url,
    owner: record.owner ?? null,
    isNew: true,
    dirty: true,
  };
}

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
  const at = record.modifiedAt;
  const id = ctx.deps.ids.next('ct');
  const contact: ContactState = {
    id,
    email,
    emailKey: emailKey(email) ?? email,
    fields: {},
    origins: {},
    score: 0,
    optOutLiftedAt: null,
    isNew: true,
  };
  effects.contacts.set(id, {
    id,
    create: true,
    fields: { email },
    origins: { email: { by: 'sync', at, connection: ctx.connection.id, rule: 'R10', run: ctx.run.id } },
  });
  const link = newLink(ctx, record, id, 'primary');
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

function meetFirst(ctx: RunContext, input: Case & { readonly contact: ContactState }): RecordOutcome {
  const { state, effects, record, contact } = input;
  const link = newLink(ctx, record, contact.id, 'primary');
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
  input: Case & { readonly contact: ContactState; readonly primary: LinkState },
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
  const link = newLink(ctx, record, contact.id, 'duplicate');
  state.byCrmId.set(record.id, link);
  if (best?.id === record.id) return promote(ctx, { ...input, link, primary });
  return rejectDuplicate(ctx, { state, effects, record, contact, link });
}

function rejectDuplicate(
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

interface ItemInput {
  readonly contact: ContactState;
  readonly record: RemoteRecord;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly changes: Effects['items'][number]['changes'];
  readonly conflicts: number;
  readonly params?: Fault['params'];
}

/** R39: `unchanged` and `filtered` are counted, not stored. */
function addItem(effects: Effects, input: ItemInput): void {
  if (input.outcome === 'unchanged' || input.outcome === 'filtered') return;
  const { contact, record } = input;
  effects.items.push({
    contactId: contact.id,
    email: contact.email,
    name: nameOf(contact),
    kind: record.kind,
    crmId: record.id,
    crmUrl: record.url,
    outcome: input.outcome,
    reason: input.reason,
    params: input.params ?? {},
    changes: input.changes,
    conflicts: input.conflicts,
  });
}
