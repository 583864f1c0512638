import type { RemoteRecord, RemoteWrite } from '../connectors/kit/connector.ts';
import { checkWrite } from '../core/check-write.ts';
import type { Decision, FieldWrite } from '../core/decide.ts';
import { decide } from '../core/decide-link.ts';
import { fingerprint } from '../core/fingerprint.ts';
import type { Fault, Kind, LineKey, Outcome, Value } from '../core/model.ts';
import { choosePrimary } from '../core/primary.ts';
import { applyShadow } from '../core/settle.ts';
import { contactUrl } from '../hub/read-contacts.ts';
import { recordName } from './decide-record.ts';
import type { Batch, Owed } from './export-read.ts';
import { mayBeCreated } from './export-read.ts';
import type { Effects } from './page-effects.ts';
import { type ContactState, hubDates, hubValues, type LinkState, NO_TUGS } from './page-state.ts';
import type { RunContext } from './run-context.ts';
import { LAZY_FIELDS, meetingOf, nameOf, takeHolds } from './settle-hub.ts';

/** A write that is going to be made for one person, with all that settling it needs. */
export interface PlannedWrite {
  readonly owed: Owed;
  readonly kind: Kind;
  readonly write: RemoteWrite;
  readonly fields: readonly FieldWrite[];
  /** null: a create. */
  readonly link: LinkState | null;
  readonly conflicts: number;
}

/** What is clear without a call to the CRM. */
export interface Settled {
  readonly owed: Owed;
  readonly outcome: Outcome;
  /** Keep the debt: it is not time yet. */
  readonly later?: number;
}

export interface Planned {
  readonly writes: PlannedWrite[];
  readonly settled: Settled[];
}

/** Decides a batch, pure but for the effects it gathers (shadows of what agrees, links, conflicts, rejections). */
export function planBatch(ctx: RunContext, batch: Batch, effects: Effects): Planned {
  const planned: Planned = { writes: [], settled: [] };
  for (const owed of batch.owed) {
    if (owed.link === null) planUnlinked(ctx, { batch, owed, effects, planned });
    else planLinked(ctx, { batch, owed, effects, planned, link: owed.link });
  }
  return planned;
}

interface Case {
  readonly batch: Batch;
  readonly owed: Owed;
  readonly effects: Effects;
  readonly planned: Planned;
}

function planLinked(ctx: RunContext, input: Case & { readonly link: LinkState }): void {
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
function markMissing(ctx: RunContext, { owed, effects, planned, link }: Case & { readonly link: LinkState }): void {
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
  input: Case & { readonly link: LinkState; readonly record: RemoteRecord },
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

function planMeeting(ctx: RunContext, input: Case & { readonly link: LinkState; readonly record: RemoteRecord }): void {
  const { owed, effects, planned, link, record } = input;
  const { contact } = owed;
  const base = meetingOf(ctx, link, contact, record);
  const lazyDue = ctx.run.mode === 'full' || owed.mark.reason === 'score_threshold';
  const decision = decide({ ...base, lazy: { keys: LAZY_FIELDS, due: lazyDue } });
  takeDecision(ctx, { effects, link, record, decision });
  // R8 goes out for contacts too; everything else of theirs belongs to sales (R12).
  const { open, kept } = withoutRejected(ctx, input.batch, { contact, kind: record.kind, writes: decision.toCrm });
  const checked = checkWrite({
    op: 'update',
    writes: open,
    lines: ctx.lines[record.kind] ?? [],
    schema: ctx.schema.kinds[record.kind] ?? [],
  });
  const faults = [...decision.faults.filter((fault) => fault.to === 'crm'), ...checked.left];
  rejectFields(ctx, effects, { owed, kind: record.kind, crmId: record.id, faults, kept });
  if (checked.writes.length === 0) {
    const outcome: Outcome =
      faults.length + kept.length > 0
        ? 'rejected'
        : record.kind === 'contact' || link.state === 'frozen'
          ? 'filtered'
          : 'unchanged';
    if (faults.length > 0)
      addItem(effects, {
        owed,
        kind: record.kind,
        crmId: record.id,
        crmUrl: record.url,
        outcome,
        fault: faults[0]?.fault ?? null,
        changes: [],
      });
    return void planned.settled.push({ owed, outcome });
  }
  const key = ctx.deps.ids.next('int');
  const write: RemoteWrite = {
    op: 'update',
    kind: record.kind,
    id: record.id,
    key,
    fields: checked.fields,
    ...(record.version === null ? {} : { ifVersion: record.version }),
  };
  planned.writes.push({
    owed,
    kind: record.kind,
    write,
    fields: checked.writes,
    link,
    conflicts: decision.conflicts.filter((one) => one.winner === 'hub').length,
  });
}

/** R15b: a value that was refused is not tried again until it, its line or the CRM's field changes. */
function withoutRejected(
  ctx: RunContext,
  batch: Batch,
  input: { readonly contact: ContactState; readonly kind: Kind; readonly writes: readonly FieldWrite[] },
): { readonly open: readonly FieldWrite[]; readonly kept: readonly LineKey[] } {
  const refused = batch.rejected.get(input.contact.id);
  if (refused === undefined) return { open: input.writes, kept: [] };
  const isRefused = (write: FieldWrite): boolean => {
    const bound = (ctx.lines[input.kind] ?? []).find((line) => line.key === write.key);
    return bound !== undefined && refused.get(write.key) === fingerprint([write.source], bound.line, bound.crmField);
  };
  return {
    open: input.writes.filter((write) => !isRefused(write)),
    kept: input.writes.filter(isRefused).map((write) => write.key),
  };
}

/** What a decision means beside its writes to the CRM: shadows of agreement, holds, conflicts that the hub wins. */
function takeDecision(
  ctx: RunContext,
  input: {
    readonly effects: Effects;
    readonly link: LinkState;
    readonly record: RemoteRecord;
    readonly decision: Decision;
  },
): void {
  const { effects, link, record, decision } = input;
  if (decision.agreed.length > 0) {
    link.shadow = applyShadow(
      link.shadow,
      decision.agreed.map((one) => [one.key, { hub: one.hub, crm: one.crm }]),
    );
    effects.links.set(link.id, link);
  }
  const held = link.holds;
  takeHolds(ctx, effects, link, decision);
  // What goes the other way is the other run's: it reads the record itself (R30b).
  if (decision.toHub.length > 0) effects.dueHub.set(record.id, 'other_side');
  for (const found of decision.conflicts) {
    // What the CRM wins, the run towards the hub keeps; what is held is kept by whoever finds it first.
    if (found.winner === 'crm' || (found.winner === null && found.key in held)) continue;
    ctx.counts.conflicts += 1;
    effects.conflicts.push({ link, found });
  }
}

function planUnlinked(ctx: RunContext, input: Case): void {
  const { batch, owed, planned } = input;
  const { contact } = owed;
  if (!mayBeCreated(ctx, contact)) return void planned.settled.push({ owed, outcome: 'filtered' });
  const [only] = owed.found;
  if (only !== undefined) return linkFound(ctx, input);
  planCreate(ctx, { ...input, contact, rejectedAs: batch.rejected.get(contact.id)?.get('') });
}

/** R13: an existing record is linked, not duplicated; found only as a contact: linked, nothing written. */
function linkFound(ctx: RunContext, input: Case): void {
  const { batch, owed, effects, planned } = input;
  const { contact } = owed;
  const free = owed.found.filter((record) => (batch.holders.get(record.id) ?? contact.id) === contact.id);
  const chosen = choosePrimary(
    free.map((record) => ({
      id: record.id,
      kind: record.kind,
      modifiedAt: record.modifiedAt,
      name: recordName(ctx, record),
    })),
  );
  const record = free.find((one) => one.id === chosen?.id);
  if (record === undefined) {
    const [taken] = owed.found;
    const holder = taken === undefined ? '' : (batch.holders.get(taken.id) ?? '');
    rejectWhole(effects, {
      owed,
      kind: taken?.kind ?? 'lead',
      crmId: taken?.id ?? null,
      fault: {
        reason: 'address_taken',
        field: 'email',
        params: { other: taken === undefined ? '' : recordName(ctx, taken), otherId: holder },
      },
    });
    return void planned.settled.push({ owed, outcome: 'rejected' });
  }
  const target = record.convertedTo?.id ?? record.id;
  const link = newLink(ctx, {
    record,
    crmId: target,
    contactId: contact.id,
    kind: record.convertedTo === undefined ? record.kind : 'contact',
  });
  effects.links.set(link.id, link);
  for (const other of free) {
    if (other.id !== record.id)
      effects.links.set(other.id, {
        ...newLink(ctx, { record: other, crmId: other.id, contactId: contact.id, kind: other.kind }),
        role: 'duplicate',
      });
  }
  effects.dueHub.set(target, 'linked');
  if (link.kind === 'contact') return void planned.settled.push({ owed, outcome: 'filtered' });
  planMeeting(ctx, { ...input, link, record });
}

export function newLink(
  ctx: RunContext,
  input: {
    readonly record: RemoteRecord | null;
    readonly crmId: string;
    readonly contactId: string;
    readonly kind: Kind;
  },
): LinkState {
  const { record } = input;
  return {
    id: ctx.deps.ids.next('lnk'),
    contactId: input.contactId,
    kind: input.kind,
    crmId: input.crmId,
    formerIds: record?.formerIds ?? [],
    role: 'primary',
    state: 'active',
    stateSince: null,
    stateWhy: null,
    shadow: {},
    shadowVersion: 1,
    holds: {},
    tugs: NO_TUGS,
    crmVersion: record?.version ?? null,
    crmModifiedAt: null,
    crmUrl: record?.url ?? null,
    owner: record?.owner ?? null,
    isNew: true,
    dirty: true,
  };
}

function planCreate(
  ctx: RunContext,
  input: Case & { readonly contact: ContactState; readonly rejectedAs: string | undefined },
): void {
  const { owed, contact, effects, planned } = input;
  const wanted = ctx.connection.settings.export.createAs;
  const kind = ctx.manifest.kinds.includes(wanted) ? wanted : (ctx.manifest.kinds[0] ?? 'lead');
  const lines = ctx.lines[kind] ?? [];
  const empty = Object.fromEntries(lines.map((bound) => [bound.line.crm, null] as const));
  const decision = decide({
    lines,
    shadow: {},
    hub: { fields: hubValues(contact, ctx.deps.baseUrl), dates: hubDates(contact) },
    crm: { fields: empty, modifiedAt: null },
    skewMs: 0,
    resolutionMs: ctx.manifest.timeResolutionMs,
    holds: {},
    tugs: NO_TUGS,
    crmWrites: 'all',
    frozen: false,
  });
  const schema = ctx.schema.kinds[kind] ?? [];
  const checked = checkWrite({ op: 'create', writes: decision.toCrm, lines, schema });
  const print = fingerprint(
    Object.values(checked.fields),
    undefined,
    schema.find((field) => field.key === checked.refused?.field),
  );
  if (checked.refused !== null || input.rejectedAs === print) {
    const fault = checked.refused;
    if (fault !== null) rejectWhole(effects, { owed, kind, crmId: null, fault, print });
    return void planned.settled.push({ owed, outcome: 'rejected' });
  }
  rejectFields(ctx, effects, {
    owed,
    kind,
    crmId: null,
    faults: decision.faults.filter((fault) => fault.to === 'crm'),
  });
  const key = ctx.deps.ids.next('int');
  planned.writes.push({
    owed,
    kind,
    write: { op: 'create', kind, key, fields: { ...checked.fields, ...linkBack(ctx, contact, kind) } },
    fields: checked.writes,
    link: null,
    conflicts: 0,
  });
}

/** R31c: creates carry the way back to us. */
function linkBack(ctx: RunContext, contact: ContactState, kind: Kind): Record<string, Value> {
  const field = ctx.systemFields.url;
  const exists =
    field !== null && (ctx.schema.kinds[kind] ?? []).some((one) => one.key === field && one.writableOnCreate);
  return exists ? { [field]: contactUrl(ctx.deps.baseUrl, contact.id) } : {};
}

export function rejectWhole(
  effects: Effects,
  input: {
    readonly owed: Owed;
    readonly kind: Kind;
    readonly crmId: string | null;
    readonly fault: Fault;
    readonly print?: string;
  },
): void {
  const { owed, kind, crmId, fault } = input;
  const { contact } = owed;
  effects.rejections.push({
    contactId: contact.id,
    crmId,
    email: contact.email,
    name: nameOf(contact),
    kind,
    line: '',
    fault,
    fingerprint: input.print ?? fingerprint([crmId]),
  });
  addItem(effects, { owed, kind, crmId, crmUrl: owed.link?.crmUrl ?? null, outcome: 'rejected', fault, changes: [] });
}

/** R15b: by field; the good fields are written all the same. */
export function rejectFields(
  ctx: RunContext,
  effects: Effects,
  input: {
    readonly owed: Owed;
    readonly kind: Kind;
    readonly crmId: string | null;
    readonly faults: readonly { readonly key: LineKey; readonly fault: Fault; readonly value: Value }[];
    readonly kept?: readonly LineKey[];
    readonly lines?: readonly LineKey[];
  },
): void {
  const { contact } = input.owed;
  const { kept, lines } = input;
  effects.cleared.push({
    contactId: contact.id,
    crmId: input.crmId,
    ...(kept === undefined ? {} : { kept }),
    ...(lines === undefined ? {} : { lines }),
  });
  for (const { key, fault, value } of input.faults) {
    const bound = (ctx.lines[input.kind] ?? []).find((line) => line.key === key);
    const print = bound === undefined ? fingerprint([value]) : fingerprint([value], bound.line, bound.crmField);
    effects.rejections.push({
      contactId: contact.id,
      crmId: input.crmId,
      email: contact.email,
      name: nameOf(contact),
      kind: input.kind,
      line: key,
      fault,
      fingerprint: print,
    });
  }
}

export function addItem(
  effects: Effects,
  input: {
    readonly owed: Owed;
    readonly kind: Kind;
    readonly crmId: string | null;
    readonly crmUrl: string | null;
    readonly outcome: Outcome;
    readonly fault: Fault | null;
    readonly changes: Effects['items'][number]['changes'];
    readonly conflicts?: number;
  },
): void {
  const { contact } = input.owed;
  effects.items.push({
    contactId: contact.id,
    email: contact.email,
    name: nameOf(contact),
    kind: input.kind,
    crmId: input.crmId,
    crmUrl: input.crmUrl,
    outcome: input.outcome,
    reason: input.fault?.reason ?? null,
    params: {
      ...input.fault?.params,
      ...(input.fault?.field === null || input.fault === null ? {} : { field: input.fault.field }),
    },
    changes: input.changes,
    conflicts: input.conflicts ?? 0,
  });
}
