import type { RemoteRecord } from '../connectors/kit/connector.ts';
import { purposeOf } from '../core/consent-codec.ts';
import type { Decision, Meeting } from '../core/decide.ts';
import { decide } from '../core/decide-link.ts';
import { emailKey } from '../core/email.ts';
import { fingerprint } from '../core/fingerprint.ts';
import { optionBook, readable } from '../core/labels.ts';
import type { Fault, FieldSchema, Fields, LineShadow, Origin, Value } from '../core/model.ts';
import { applyShadow, settleHub } from '../core/settle.ts';
import { isEmpty } from '../core/value.ts';
import { owedBecause } from '../store/backlog.ts';
import { publicAddress } from './deps.ts';
import { isLeftOut, massOfWrites } from './mass-guard.ts';
import { withoutExcess } from './new-values.ts';
import { type Effects, itemChanges } from './page-effects.ts';
import { type ContactState, contactIdOf, hubDates, hubValues, type LinkState, type PageState } from './page-state.ts';
import { proposeByAddresses } from './propose-merge.ts';
import type { RunContext } from './run-context.ts';

/** R23: these travel with another write; on a full run they are due. */
export const LAZY_FIELDS = ['url', 'score', 'status', 'source'];

/** The two sides of one link as they are now. */
export function meetingOf(ctx: RunContext, link: LinkState, contact: ContactState, record: RemoteRecord): Meeting {
  const { settings, skewMs } = ctx.connection;
  const ownLast = record.byUs === true || (link.crmModifiedAt !== null && link.crmModifiedAt === record.modifiedAt);
  const crmWrites =
    record.kind === 'contact'
      ? settings.export.systemFieldsOnContacts && settings.export.enabled
        ? 'system'
        : 'none'
      : settings.export.enabled
        ? 'all'
        : 'none';
  return {
    lines: ctx.lines[record.kind] ?? [],
    shadow: link.shadow,
    hub: {
      fields: withStandingLink(ctx, link, contact, record),
      dates: hubDates(contact),
      otherEmails: contact.otherEmails,
    },
    crm: {
      fields: record.fields,
      modifiedAt: ownLast ? null : record.modifiedAt,
      ...(record.fieldDates === undefined ? {} : { fieldDates: record.fieldDates }),
    },
    skewMs: Math.abs(skewMs) > 5_000 ? skewMs : 0,
    resolutionMs: ctx.manifest.timeResolutionMs,
    holds: link.holds,
    tugs: link.tugs,
    crmWrites,
    frozen: link.state !== 'active',
    full: ctx.run.mode === 'full',
    ...(contact.optOutLiftedAt === null ? {} : { optOutLiftedAt: contact.optOutLiftedAt }),
    consents: contact.consents,
    lazy: { keys: LAZY_FIELDS, due: ctx.run.mode === 'full' || ctx.settingsDue.get(record.id) === 'calculated' },
  };
}

/** R24: a link that stands in the CRM with the address of before is no change of ours until a person says so. */
function withStandingLink(ctx: RunContext, link: LinkState, contact: ContactState, { kind }: RemoteRecord): Fields {
  const fields = hubValues(contact, ctx.deps.baseUrl);
  const { linkAddress } = ctx.connection;
  if (linkAddress === null || linkAddress === publicAddress(ctx.deps)) return fields;
  const line = ctx.lines[kind]?.find((bound) => bound.line.hub === 'url');
  const standing = line === undefined ? undefined : link.shadow[line.key]?.hub;
  if (typeof standing !== 'string' || contactIdOf(standing) !== contact.id) return fields;
  return { ...fields, url: standing };
}

export const nameOf = (contact: ContactState): string =>
  [contact.fields['first_name'], contact.fields['last_name']].filter((part) => typeof part === 'string').join(' ');

interface Pair {
  readonly state: PageState;
  readonly link: LinkState;
  readonly contact: ContactState;
  readonly record: RemoteRecord;
}

/** Decides one linked pair towards the hub and gathers what follows from it. @returns the decision and what was written. */
export function decideTowardsHub(ctx: RunContext, effects: Effects, pair: Pair): Decision {
  const { link, contact, record } = pair;
  const decided = withoutTaken(decide(meetingOf(ctx, link, contact, record)), pair);
  const decision = withoutLeftOut(ctx, withoutExcess(ctx, effects, record.kind, decided), pair);
  effects.mass.push(...massOfWrites(ctx, record.id, decision.toHub));
  const shadow: [string, LineShadow][] = decision.agreed.map((one) => [one.key, { hub: one.hub, crm: one.crm }]);
  for (const write of decision.toHub) {
    if (write.key in link.shadow) effects.flips.push({ linkId: link.id, line: write.key, side: 'hub' });
    shadow.push([write.key, settleHub(write)]);
  }
  putHubValues(ctx, effects, contact, decision.toHub, record);
  moveLink(link, effects, record, shadow);
  proposeByAddresses(pair.state, effects, pair);
  takeHolds(ctx, effects, link, decision);
  if (decision.toCrm.length > 0) effects.dueCrm.set(contact.id, owedBecause(ctx.settingsDue.get(record.id)));
  for (const found of decision.conflicts) {
    // A conflict that the hub wins is kept by the run that writes it to the CRM.
    if (found.winner !== 'hub') keepConflict(ctx, effects, link, found);
  }
  rejectFaults(
    ctx,
    effects,
    { link, contact, record },
    decision.faults.filter((fault) => fault.to === 'hub'),
  );
  return decision;
}

/** R50: what a person let go of stays as it is on both sides until one of them changes (as R38). */
export function withoutLeftOut(ctx: RunContext, decision: Decision, pair: { readonly link: LinkState }): Decision {
  const towards = ctx.run.direction;
  const left = decision[towards].filter((write) => isLeftOut(ctx, write));
  if (left.length === 0) return decision;
  const holds = { ...pair.link.holds };
  for (const write of left)
    holds[write.key] =
      towards === 'toHub'
        ? { why: 'undone', hub: write.before, crm: write.source }
        : { why: 'undone', hub: write.source, crm: write.before };
  pair.link.holds = holds;
  pair.link.dirty = true;
  const keys = new Set(left.map((write) => write.key));
  return {
    ...decision,
    [towards]: decision[towards].filter((write) => !keys.has(write.key)),
    conflicts: decision.conflicts.filter((one) => !keys.has(one.key)),
  };
}

/**
 * R10b: an address that another contact has, as its main one or a further one, is not taken away from it; the other fields flow. Unless that contact's own
 * record, in this very page, gives the address up: then both change hands in one transaction.
 */
function withoutTaken(decision: Decision, { state, contact, link }: Pair): Decision {
  const write = decision.toHub.find((one) => one.field === 'email');
  const key = write === undefined ? null : emailKey(String(write.value));
  if (write === undefined || key === null) return decision;
  const [other] = [...(state.byOtherEmail.get(key) ?? [])].filter((id) => id !== contact.id);
  const holder = state.byEmail.get(key) ?? (contact.otherEmails.has(key) ? undefined : state.contacts.get(other ?? ''));
  const holderLink = holder === undefined ? undefined : state.primaryOf.get(holder.id);
  const givesUp =
    holderLink !== undefined && holderLink !== link && (state.incoming.get(holderLink.crmId) ?? key) !== key;
  if (holder === undefined || holder.id === contact.id || givesUp) {
    if (state.byEmail.get(contact.emailKey) === contact) state.byEmail.delete(contact.emailKey);
    contact.emailKey = key;
    state.byEmail.set(key, contact);
    return decision;
  }
  const fault: Fault = {
    reason: 'address_taken',
    field: 'email',
    params: { value: String(write.value), other: nameOf(holder), otherId: holder.id },
  };
  return {
    ...decision,
    toHub: decision.toHub.filter((one) => one !== write),
    faults: [...decision.faults, { key: write.key, to: 'hub', fault, value: write.source }],
  };
}

/** What is written of one person to the hub: gathered for the page's statement, and seen by the records that follow. */
function putHubValues(
  ctx: RunContext,
  effects: Effects,
  contact: ContactState,
  writes: Decision['toHub'],
  record: RemoteRecord,
): void {
  const values: (typeof writes)[number][] = [];
  for (const write of writes) {
    const purpose = purposeOf(write.field);
    if (purpose === null) values.push(write);
    else putConsent(ctx, effects, contact, { purpose, write, record });
  }
  if (values.length === 0) return;
  const entry = effects.contacts.get(contact.id) ?? { id: contact.id, create: contact.isNew, fields: {}, origins: {} };
  effects.contacts.set(contact.id, entry);
  const fields = { ...contact.fields };
  const origins = { ...contact.origins };
  for (const write of values) {
    const origin: Origin = {
      by: 'sync',
      at: write.sourceAt ?? record.modifiedAt,
      connection: ctx.connection.id,
      rule: write.rule,
      run: ctx.run.id,
    };
    entry.fields[write.field] = write.value;
    entry.origins[write.field] = origin;
    if (write.field === 'email') contact.email = String(write.value);
    else fields[write.field] = write.value;
    origins[write.field] = origin;
    if (write.addsValues !== undefined) addListValues(ctx, effects, write, record);
  }
  contact.fields = fields;
  contact.origins = origins;
}

function addListValues(
  ctx: RunContext,
  effects: Effects,
  write: Decision['toHub'][number],
  record: RemoteRecord,
): void {
  const listId = ctx.hubFields.find((field) => field.key === write.field)?.listId;
  const crmField = ctx.lines[record.kind]?.find((bound) => bound.key === write.key)?.line.crm ?? '';
  for (const added of write.addsValues ?? [])
    if (listId !== undefined) effects.listValues.set(`${listId}:${added.key}`, { listId, crmField, ...added });
}

/** R8a: what the CRM says of a purpose becomes a record, with what it was read from. It counts from now. */
function putConsent(
  ctx: RunContext,
  effects: Effects,
  contact: ContactState,
  found: { readonly purpose: string; readonly write: Decision['toHub'][number]; readonly record: RemoteRecord },
): void {
  const { purpose, write, record } = found;
  const given = write.value === 'given';
  const at = ctx.deps.clock.now();
  const bound = ctx.lines[record.kind]?.find((one) => one.key === write.key);
  effects.consents.push({
    contactId: contact.id,
    purpose,
    given,
    at,
    evidence: {
      crm: ctx.connection.crm,
      field: bound?.line.crm ?? '',
      label: bound?.crmField.label ?? '',
      value: bound === undefined ? '' : shownValue(bound.crmField, write.source),
      crmId: record.id,
      crmUrl: record.url,
      crmAt: write.sourceAt ?? record.modifiedAt,
    },
  });
  contact.consents = { ...contact.consents, [purpose]: { given, at, proven: false, how: 'crm' } };
}

const shownValue = (field: FieldSchema, value: Value): string =>
  isEmpty(value) ? '' : readable(value, field, optionBook(field.options));

function moveLink(
  link: LinkState,
  effects: Effects,
  record: RemoteRecord,
  shadow: readonly (readonly [string, LineShadow])[],
): void {
  const moved =
    shadow.length > 0 ||
    link.crmUrl !== record.url ||
    link.kind !== record.kind ||
    link.owner !== (record.owner ?? null);
  if (shadow.length > 0) link.shadow = applyShadow(link.shadow, shadow);
  link.crmUrl = record.url;
  link.crmVersion = record.version;
  link.kind = record.kind;
  link.owner = record.owner ?? null;
  if (moved || link.isNew || link.dirty) effects.links.set(link.id, link);
}

function keepConflict(ctx: RunContext, effects: Effects, link: LinkState, found: Decision['conflicts'][number]): void {
  ctx.counts.conflicts += found.winner === null && link.holds[found.key] !== undefined ? 0 : 1;
  effects.conflicts.push({ link, found });
}

/** Held conflicts stand on the link too, so that a decision needs no other table. */
const holdOf = (why: Decision['conflicts'][number]['why']): LinkState['holds'][string]['why'] =>
  why === 'resubscribe' || why === 'tug_of_war' ? why : 'ask';

export function takeHolds(ctx: RunContext, effects: Effects, link: LinkState, decision: Decision): void {
  if (decision.released.length + decision.conflicts.length === 0) return;
  const holds = { ...link.holds };
  for (const key of decision.released) delete holds[key];
  for (const found of decision.conflicts) {
    if (found.winner === null) holds[found.key] = { why: holdOf(found.why), hub: found.hub, crm: found.crm };
  }
  if (JSON.stringify(holds) === JSON.stringify(link.holds)) return;
  link.holds = holds;
  effects.links.set(link.id, link);
  void ctx;
}

/** Values that cannot come in are rejections by field; the other fields flow (R15b). */
export function rejectFaults(
  ctx: RunContext,
  effects: Effects,
  pair: { readonly link: LinkState; readonly contact: ContactState; readonly record: RemoteRecord },
  faults: Decision['faults'],
): void {
  const { contact, record } = pair;
  effects.cleared.push({ contactId: contact.id, crmId: record.id });
  for (const { key, fault, value } of faults) {
    const bound = (ctx.lines[record.kind] ?? []).find((line) => line.key === key);
    const print =
      bound === undefined
        ? fingerprint([value])
        : fingerprint([value], bound.line, fault.field === bound.line.hub ? bound.hubField : bound.crmField);
    effects.rejections.push({
      contactId: contact.id,
      crmId: record.id,
      email: contact.email,
      name: nameOf(contact),
      kind: record.kind,
      line: key,
      fault,
      fingerprint: print,
    });
  }
}

export { itemChanges };
