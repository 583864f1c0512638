import type { RemoteRecord } from '../connectors/kit/connector.ts';
import { checkWrite } from '../core/check-write.ts';
import { decide } from '../core/decide-link.ts';
import { fingerprint } from '../core/fingerprint.ts';
import type { Kind, Value } from '../core/model.ts';
import { choosePrimary } from '../core/primary.ts';
import { contactUrl } from '../hub/read-contacts.ts';
import { planMeeting } from './export-meeting.ts';
import type { OwedCase } from './export-plan.ts';
import { mayBeCreated } from './export-read.ts';
import { rejectFields, rejectWhole } from './export-reject.ts';
import { newLink } from './new-link.ts';
import { type ContactState, hubDates, hubValues, type LinkState, NO_TUGS } from './page-state.ts';
import { recordName } from './record-case.ts';
import type { RunContext } from './run-context.ts';

/** Someone whom the CRM does not know by a link: found by address there, or to be created, or of no concern. */
export function planUnlinked(ctx: RunContext, input: OwedCase): void {
  const { batch, owed, planned } = input;
  const { contact } = owed;
  if (ctx.run.lines !== null || batch.mergedAway.has(contact.id) || !mayBeCreated(ctx, contact))
    return void planned.settled.push({ owed, outcome: 'filtered' });
  const [only] = owed.found;
  if (only !== undefined) return linkFound(ctx, input);
  planCreate(ctx, { ...input, contact, rejectedAs: batch.rejected.get(contact.id)?.get('') });
}

/** R13: an existing record is linked, not duplicated; found only as a contact: linked, nothing written. */
function linkFound(ctx: RunContext, input: OwedCase): void {
  const { owed, effects, planned, claims } = input;
  const { contact } = owed;
  const free = owed.found.filter((record) => (claims.get(idOf(record)) ?? contact.id) === contact.id);
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
    const holder = taken === undefined ? '' : (claims.get(idOf(taken)) ?? '');
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
  const target = idOf(record);
  const link = linkOf(ctx, input, record, 'primary');
  effects.links.set(link.id, link);
  for (const other of free) {
    if (idOf(other) === target) continue;
    const second = linkOf(ctx, input, other, 'duplicate');
    effects.links.set(second.id, second);
  }
  for (const one of free) claims.set(idOf(one), contact.id);
  effects.dueHub.set(target, 'linked');
  if (link.kind === 'contact') return void planned.settled.push({ owed, outcome: 'filtered' });
  planMeeting(ctx, { ...input, link, record });
}

/** A converted lead stands for the contact that it became. */
const idOf = (record: RemoteRecord): string => record.convertedTo?.id ?? record.id;

/** The link of a record that was found; one that is there already, of nobody or of this person, is taken over: one row a record. */
function linkOf(ctx: RunContext, { batch, owed }: OwedCase, record: RemoteRecord, role: LinkState['role']): LinkState {
  const crmId = idOf(record);
  const kind = record.convertedTo === undefined ? record.kind : 'contact';
  const fresh = newLink(ctx, { record, crmId, contactId: owed.contact.id, kind, role });
  const known = batch.known.get(crmId);
  return known === undefined
    ? fresh
    : {
        ...fresh,
        shadowVersion: known.shadowVersion,
        base: known.base,
        id: known.id,
        formerIds: [...new Set([...known.formerIds, ...fresh.formerIds])],
        isNew: false,
      };
}

function planCreate(
  ctx: RunContext,
  input: OwedCase & { readonly contact: ContactState; readonly rejectedAs: string | undefined },
): void {
  const { owed, contact, effects, planned } = input;
  if (ctx.run.approval?.leaveOut.includes('created') === true)
    return void planned.settled.push({ owed, outcome: 'filtered' });
  const wanted = ctx.connection.settings.export.createAs;
  const kind = ctx.manifest.kinds.includes(wanted) ? wanted : (ctx.manifest.kinds[0] ?? 'lead');
  const lines = ctx.lines[kind] ?? [];
  const empty = Object.fromEntries(lines.map((bound) => [bound.line.crm, null] as const));
  const decision = decide({
    lines,
    shadow: {},
    hub: { fields: hubValues(contact, ctx.deps.baseUrl), dates: hubDates(contact) },
    crm: { fields: empty, modifiedAt: null },
    consents: contact.consents,
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
  effects.mass.push({ effect: 'created', subject: contact.id, field: null });
  const key = ctx.deps.ids.next('int');
  const owner = ctx.chooseOwner(hubValues(contact, ctx.deps.baseUrl));
  const fields = { ...checked.fields, ...linkBack(ctx, contact, kind) };
  planned.writes.push({
    owed,
    kind,
    write: { op: 'create', kind, key, fields, ...(owner === null ? {} : { owner: owner.id }) },
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
