import type { BoundLine, Decision, Meeting } from './decide.ts';
import { agrees, type Sides } from './decide-line.ts';
import { decide } from './decide-link.ts';
import type { DifferenceWhy } from './difference.ts';
import type { LineKey, Value } from './model.ts';
import { isEmpty, isSame } from './value.ts';

export interface LineDifference {
  readonly key: LineKey;
  /** Field keys on either side. */
  readonly hubField: string;
  readonly crmField: string;
  readonly hub: Value;
  readonly crm: Value;
  readonly why: DifferenceWhy;
}

/** What is known of one link beside its two sides. */
export interface LinkDebts {
  /** The hub is owed a look at the record, or it changed too recently for a run to have seen it. */
  readonly hubOwed: boolean;
  /** The CRM is owed something for this person. */
  readonly crmOwed: boolean;
  /** Lines with an open rejection; '' : the record as a whole. */
  readonly rejected: ReadonlySet<LineKey>;
  /** Whether anything goes out on this connection. */
  readonly exports: boolean;
}

/**
 * Compares two linked records value by value, through the codec (R1b, R3), and says of each difference why it stands.
 * Pure. @returns [] when both sides hold the same.
 */
export function compareLink(meeting: Meeting, debts: LinkDebts): readonly LineDifference[] {
  const lazyKeys = meeting.lazy?.keys ?? [];
  const decision = decide({ ...meeting, full: false, holds: {}, lazy: { keys: lazyKeys, due: true } });
  return meeting.lines.flatMap((bound): LineDifference[] => {
    const crm = meeting.crm.fields[bound.line.crm];
    // R6b: a field that the answer does not carry is unknown.
    if (crm === undefined) return [];
    const hub = meeting.hub.fields[bound.line.hub] ?? null;
    const sides: Sides = { bound, meeting, shadow: meeting.shadow[bound.key], hub, crm };
    if (agrees(sides) || isKnownSpelling(sides, decision)) return [];
    const isLazy = lazyKeys.includes(bound.line.hub);
    const why = whyOf(sides, debts, { decision, isLazy });
    if (isLazy && isNeverGiven(sides, why)) return [];
    return [{ key: bound.key, hubField: bound.line.hub, crmField: bound.line.crm, hub, crm, why }];
  });
}

/**
 * R2b: the CRM keeps a value in its own spelling, and that is what both sides last agreed on. A line that says more than its
 * values (an opt-out, a consent) is in step when its own rule has nothing to do.
 */
function isKnownSpelling({ bound, shadow, hub, crm }: Sides, decision: Decision): boolean {
  const { line, key } = bound;
  if (line.optOut === true || line.consent !== undefined)
    return !isTouched(decision, key) && !isContradicted(bound, hub, crm);
  return shadow !== undefined && isSame(shadow.hub, hub) && isSame(shadow.crm, crm) && !isEmpty(hub) && !isEmpty(crm);
}

/** A yes beside a no is a difference whoever may not carry it over; a yes or a no beside nothing is what the rules let stand (R8a). */
function isContradicted({ line, codec }: BoundLine, hub: Value, crm: Value): boolean {
  if (line.consent === undefined) return false;
  const there = codec.toHub(crm);
  return there.ok && !isEmpty(hub) && !isEmpty(there.value) && !isSame(hub, there.value);
}

/**
 * R23: a calculated value travels with the next write. What this CRM was never given and is not owed cannot be out of step;
 * else nobody whom a new connection brought in would be.
 */
const isNeverGiven = ({ shadow, crm }: Sides, why: DifferenceWhy): boolean =>
  isEmpty(crm) && isEmpty(shadow?.crm ?? null) && ['later', 'sales', 'export_off', 'frozen'].includes(why);

const isTouched = (decision: Decision, key: LineKey): boolean =>
  [decision.toHub, decision.toCrm, decision.conflicts, decision.faults].some((part) =>
    part.some((one) => one.key === key),
  );

/** The order is the order in which a run would be stopped. */
function whyOf(
  { bound, meeting, hub, crm }: Sides,
  debts: LinkDebts,
  { decision, isLazy }: { readonly decision: Decision; readonly isLazy: boolean },
): DifferenceWhy {
  const { key, line } = bound;
  const hold = meeting.holds[key];
  if (hold !== undefined) return hold.why;
  const always = line.optOut === true || line.consent !== undefined;
  if (meeting.frozen && !always) return 'frozen';
  if (debts.rejected.has(key) || debts.rejected.has('')) return 'rejected';
  const toHub = decision.toHub.some((write) => write.key === key);
  const toCrm = decision.toCrm.some((write) => write.key === key);
  if (toHub) return debts.hubOwed ? 'waits' : 'missed';
  // R23: a look at the record does not bring a calculated value along; a mark towards the CRM does.
  if (toCrm && isLazy) return debts.crmOwed ? 'waits' : 'later';
  if (toCrm) return debts.crmOwed || debts.hubOwed ? 'waits' : 'missed';
  if (isTouched(decision, key)) return debts.hubOwed || debts.crmOwed ? 'waits' : 'missed';
  return whyNobodyWrites(bound, meeting, { hub, crm, exports: debts.exports });
}

/** The rules leave the difference alone. */
function whyNobodyWrites(
  { line, codec }: BoundLine,
  meeting: Meeting,
  { hub, crm, exports }: { readonly hub: Value; readonly crm: Value; readonly exports: boolean },
): DifferenceWhy {
  const carried = [
    line.direction === 'toHub' ? null : codec.toCrm(hub),
    line.direction === 'toCrm' ? null : codec.toHub(crm),
  ];
  if (carried.some((one) => one?.ok === false && one.fault === null)) return 'left_out';
  const source = line.direction === 'toHub' ? crm : hub;
  if (line.ignoreEmpty === true && (isEmpty(source) || (line.direction === 'both' && isEmpty(crm))))
    return 'ignored_empty';
  if (meeting.frozen) return 'frozen';
  if (line.direction !== 'toHub' && meeting.crmWrites !== 'all') return exports ? 'sales' : 'export_off';
  return line.direction === 'both' ? 'missed' : 'one_way';
}
