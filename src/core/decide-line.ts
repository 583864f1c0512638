import type { BoundLine, ConflictFound, Decision, FieldWrite, LineCodec, Meeting } from './decide.ts';
import { emailKey } from './email.ts';
import type { Direction, LineShadow, Side, Value } from './model.ts';
import { isEmpty, isSame, normalise } from './value.ts';

/** What is to be done on one line. Empty lists: nothing. */
export type LineDecision = { readonly [K in keyof Decision]?: Decision[K] };

/** One line's two values, with what is known of how they came to differ. */
export interface Sides {
  readonly bound: BoundLine;
  readonly meeting: Meeting;
  readonly shadow: LineShadow | undefined;
  readonly hub: Value;
  readonly crm: Value;
}

/** The line's two values agree as they stand, judged through the codec (R3). */
export function agrees({
  bound: { codec },
  shadow,
  hub,
  crm,
}: Pick<Sides, 'bound' | 'shadow' | 'hub' | 'crm'>): boolean {
  if (isEmpty(hub) && isEmpty(crm)) return true;
  const fromCrm = codec.toHub(crm);
  // A box that is never empty comes in at a first meeting; afterwards its "no" is what an empty hub value became.
  const viaCodec = (): boolean =>
    (!isEmpty(hub) || shadow !== undefined) && fromCrm.ok && codec.sameHub(codec.roundTrip(hub), fromCrm.value);
  if (fromCrm.ok && (codec.sameHub(hub, fromCrm.value) || viaCodec())) return fromCrm.addsValues === undefined;
  if (isEmpty(hub)) return false;
  const fromHub = codec.toCrm(hub);
  return fromHub.ok && codec.sameCrm(fromHub.value, crm);
}

/** Judges one ordinary line (opt-outs: `decide-opt-out.ts`). The order of the questions is the order of the rules. */
export function decideLine(sides: Sides): LineDecision {
  const { bound, shadow, hub, crm } = sides;
  if (agrees(sides) || isOtherAddress(sides)) return agreement(sides);
  const direction = effectiveDirection(sides);
  if (direction === null) return {};
  const hubChanged =
    changed(hub, shadow?.hub, shadow === undefined) && !(bound.line.ignoreEmpty === true && isEmpty(hub));
  const crmChanged =
    changed(crm, shadow?.crm, shadow === undefined) && !(bound.line.ignoreEmpty === true && isEmpty(crm));
  if (direction !== 'both') return oneWay(sides, direction, { hubChanged, crmChanged });
  // R5: at a first meeting an empty value is no change, so it never overwrites a filled one.
  if (hubChanged && crmChanged) return settleConflict(sides);
  if (hubChanged) return write(sides, 'crm', shadow === undefined ? 'R5' : 'R1');
  if (crmChanged) return write(sides, 'hub', shadow === undefined ? 'R5' : 'R1');
  return {};
}

/** R10c: at a first meeting both sides keep the address they have, where both are this person's. */
const isOtherAddress = ({ bound, meeting, shadow, crm }: Sides): boolean =>
  shadow === undefined &&
  bound.line.hub === 'email' &&
  typeof crm === 'string' &&
  meeting.hub.otherEmails?.has(emailKey(crm) ?? '') === true;

/** A change is a difference from the shadow, in the side's own form (R1, R1b). */
const changed = (value: Value, before: Value | undefined, first: boolean): boolean =>
  first ? !isEmpty(value) : !isSame(value, before);

/** The shadow becomes these values, and a held conflict closes; nothing where the shadow holds them already. */
export function agreement({ bound, shadow, hub, crm, meeting }: Sides): LineDecision {
  // Two empties that never met anything are what no shadow means already.
  const known =
    shadow === undefined ? isEmpty(hub) && isEmpty(crm) : isSame(shadow.hub, hub) && isSame(shadow.crm, crm);
  return {
    ...(known ? {} : { agreed: [{ key: bound.key, hub: normalise(hub), crm: normalise(crm) }] }),
    ...(bound.key in meeting.holds ? { released: [bound.key] } : {}),
  };
}

const SYSTEM = new Set(['url', 'score', 'status', 'source']);

/** R12: what belongs to sales is not written; a two-way line then only comes in. */
function effectiveDirection({ bound, meeting }: Sides): Direction | null {
  const { direction, hub } = bound.line;
  if (direction === 'toHub' || meeting.crmWrites === 'all') return direction;
  if (meeting.crmWrites === 'system' && SYSTEM.has(hub) && direction === 'toCrm') return direction;
  return direction === 'both' ? 'toHub' : null;
}

/** R7: the source's change wins; what a person put on the target side is kept as a conflict. R5 at a first meeting. */
function oneWay(sides: Sides, direction: Direction, moved: { hubChanged: boolean; crmChanged: boolean }): LineDecision {
  const target: Side = direction === 'toHub' ? 'hub' : 'crm';
  const source: Side = target === 'hub' ? 'crm' : 'hub';
  const sourceChanged = source === 'hub' ? moved.hubChanged : moved.crmChanged;
  const targetChanged = source === 'hub' ? moved.crmChanged : moved.hubChanged;
  const putRight =
    sides.meeting.full === true && targetChanged && !(isEmpty(sides[source]) && sides.shadow === undefined);
  const ignored = sides.bound.line.ignoreEmpty === true && isEmpty(sides[source]);
  if (ignored || (!sourceChanged && !putRight)) return {};
  const result = write(sides, target, sides.shadow === undefined ? 'R5' : 'R7');
  const lost = targetChanged && !isEmpty(sides[target]) && (result.toHub !== undefined || result.toCrm !== undefined);
  return lost ? { ...result, conflicts: [conflict(sides, source, 'direction')] } : result;
}

/** R4: both changed, to different values. */
function settleConflict(sides: Sides): LineDecision {
  const { bound, shadow } = sides;
  const rule = shadow === undefined ? 'R5' : 'R4';
  if (bound.conflict === 'ask') return { conflicts: [conflict(sides, null, 'ask')] };
  if (bound.conflict !== 'latest') {
    return won(sides, bound.conflict, { why: 'policy', rule });
  }
  const { winner, why } = latest(sides);
  return won(sides, winner, { why, rule });
}

/** The winner's value goes to the other side; one that the line leaves out goes nowhere, and nobody has lost. */
function won(sides: Sides, winner: Side, how: { why: ConflictFound['why']; rule: string }): LineDecision {
  const result = write(sides, other(winner), how.rule);
  return Object.keys(result).length === 0 ? {} : { ...result, conflicts: [conflict(sides, winner, how.why)] };
}

const other = (side: Side): Side => (side === 'hub' ? 'crm' : 'hub');

/** The side whose value is newer. Dates equal within the CRM's own resolution, or missing: the CRM, and it says `tie`. */
export function latest(sides: Sides): { readonly winner: Side; readonly why: 'latest' | 'tie' } {
  const { hubAt, crmAt } = dates(sides);
  if (hubAt === null || crmAt === null || Math.abs(hubAt - crmAt) < sides.meeting.resolutionMs)
    return { winner: 'crm', why: 'tie' };
  return { winner: hubAt > crmAt ? 'hub' : 'crm', why: 'latest' };
}

/** When each side's value was entered, both by the hub's clock. */
export function dates({ bound, meeting }: Sides): { readonly hubAt: number | null; readonly crmAt: number | null } {
  const own = meeting.crm.fieldDates?.[bound.line.crm];
  const crmAt = own ?? meeting.crm.modifiedAt;
  return {
    hubAt: meeting.hub.dates[bound.line.hub] ?? null,
    crmAt: crmAt === null ? null : crmAt - meeting.skewMs,
  };
}

export function conflict(sides: Sides, winner: Side | null, why: ConflictFound['why']): ConflictFound {
  const { bound, hub, crm } = sides;
  return {
    key: bound.key,
    hubField: bound.line.hub,
    crmField: bound.line.crm,
    hub: normalise(hub),
    crm: normalise(crm),
    ...dates(sides),
    winner,
    why,
  };
}

/** Carries one side's value to the other, or says why that cannot be done. */
export function write(sides: Sides, to: Side, rule: string): LineDecision {
  const { bound, hub, crm } = sides;
  const source = to === 'hub' ? crm : hub;
  const converted: ReturnType<LineCodec['toHub']> =
    to === 'hub' ? bound.codec.toHub(source) : bound.codec.toCrm(source);
  if (!converted.ok) {
    const { fault } = converted;
    return fault === null ? {} : { faults: [{ key: bound.key, to, fault, value: normalise(source) }] };
  }
  if (to === 'hub' && bound.hubField.required && isEmpty(converted.value)) {
    // R10b: an unusable e-mail is never copied; the other fields flow.
    const fault = { reason: 'missing_email', field: bound.line.hub, params: { why: 'kept' } } as const;
    return { faults: [{ key: bound.key, to, fault, value: null }] };
  }
  const { hubAt, crmAt } = dates(sides);
  const before = normalise(to === 'hub' ? hub : crm);
  const fieldWrite: FieldWrite = {
    key: bound.key,
    to,
    field: to === 'hub' ? bound.line.hub : bound.line.crm,
    before,
    value: normalise(bound.codec.beside(to, normalise(converted.value), before)),
    source: normalise(source),
    rule,
    sourceAt: to === 'hub' ? crmAt : hubAt,
    ...(converted.addsValues === undefined ? {} : { addsValues: converted.addsValues }),
  };
  return to === 'hub' ? { toHub: [fieldWrite] } : { toCrm: [fieldWrite] };
}
