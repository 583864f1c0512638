import { agreement, conflict, dates, type LineDecision, type Sides } from './decide-line.ts';
import type { Side, Value } from './model.ts';
import { normalise } from './value.ts';

/**
 * R8a: a CRM's permission field and one purpose's records. The records are the hub's side, read as `given`, `withdrawn` or
 * nothing. A withdrawal on either side comes before every other rule, on frozen and foreign records too (as R8); an
 * agreement comes in only where the line names the CRM as the purpose's source, and goes out where nothing was said there.
 */
export function decideConsent(sides: Sides): LineDecision {
  const decision = decideStates(sides);
  const moves = decision.toHub !== undefined || decision.toCrm !== undefined;
  // A held one ends with the act that settles it.
  return moves && sides.bound.key in sides.meeting.holds ? { ...decision, released: [sides.bound.key] } : decision;
}

/** What the CRM's value says of the purpose now, and what it said when both last agreed. */
interface Said {
  readonly now: Value;
  readonly before: Value;
  /** A "no", or a "yes" that is not there any more. */
  readonly isOut: boolean;
  readonly wasOut: boolean;
}

function decideStates(sides: Sides): LineDecision {
  const { hub } = sides;
  const said = saysOf(sides);
  if (agrees(sides, said)) return agreement(sides);
  if (said.isOut) return hub === 'withdrawn' ? {} : withdrawnThere(sides, said);
  if (said.now === 'given' && hub === null) return fromSource(sides);
  if (hub === 'withdrawn') return withdrawnHere(sides, said);
  return hub === 'given' && said.now === null ? givenHere(sides) : {};
}

function saysOf({ bound: { codec }, crm, shadow }: Sides): Said {
  const read = (value: Value): Value => {
    const converted = codec.toHub(value);
    return converted.ok ? converted.value : null;
  };
  const now = read(crm);
  const before = shadow === undefined ? null : read(shadow.crm);
  return {
    now,
    before,
    isOut: now === 'withdrawn' || (now === null && before === 'given'),
    wasOut: before === 'withdrawn',
  };
}

/** The same said, or what the CRM holds is what our state would be there: a box has no third state. */
function agrees({ bound: { codec }, hub, crm }: Sides, said: Said): boolean {
  if (said.isOut && hub !== 'withdrawn') return false;
  if (hub === said.now) return true;
  const there = hub === null ? null : codec.toCrm(hub);
  return there?.ok === true && codec.sameCrm(there.value, crm);
}

/** R46: a proven act here that is newer goes there; an unproven one waits; else the withdrawal comes in. */
function withdrawnThere(sides: Sides, said: Said): LineDecision {
  const { meeting, shadow, hub, bound } = sides;
  const state = meeting.consents?.[bound.line.consent?.purpose ?? ''];
  if (hub === 'given' && state !== undefined) {
    const decided = said.wasOut && shadow?.hub === null;
    const saidAgain =
      !said.wasOut && (meeting.crm.modifiedAt === null || meeting.crm.modifiedAt - meeting.skewMs > state.at);
    if (decided || (state.proven && !saidAgain)) return bound.line.direction === 'both' ? lift(sides) : {};
    if (said.wasOut && shadow?.hub === 'withdrawn') return { conflicts: [conflict(sides, null, 'resubscribe')] };
  }
  return put(sides, 'hub', { value: 'withdrawn', rule: 'R8a' });
}

/** An agreement goes nowhere while the record is frozen or belongs to sales. */
const lift = (sides: Sides): LineDecision => {
  const { frozen, crmWrites } = sides.meeting;
  return frozen || crmWrites !== 'all' ? {} : put(sides, 'crm', { value: 'given', rule: 'R46' });
};

/** The CRM says yes, and nothing was said here. */
const fromSource = (sides: Sides): LineDecision =>
  sides.bound.line.consent?.source === true && !sides.meeting.frozen
    ? put(sides, 'hub', { value: 'given', rule: 'R8a' })
    : {};

/** Withdrawn here and not there: it goes out, unless both had agreed on it and the CRM has lifted it since. */
function withdrawnHere(sides: Sides, said: Said): LineDecision {
  const { bound, meeting, shadow } = sides;
  const { consent, direction } = bound.line;
  if (shadow?.hub === 'withdrawn') {
    if (said.now === null && !said.wasOut) return {};
    const state = meeting.consents?.[consent?.purpose ?? ''];
    // What the CRM withdrew, it may give again; never what the person withdrew here.
    if (said.now === 'given' && state?.how === 'crm') {
      const given = fromSource(sides);
      if (given.toHub !== undefined) return given;
    }
    return { conflicts: [conflict(sides, null, 'resubscribe')] };
  }
  return direction === 'both' ? put(sides, 'crm', { value: 'withdrawn', rule: 'R8a' }) : {};
}

/** Given here, and nothing said there. */
function givenHere(sides: Sides): LineDecision {
  const { bound, meeting, shadow } = sides;
  if (bound.line.direction !== 'both' || meeting.frozen || meeting.crmWrites !== 'all') return {};
  return shadow?.hub === 'given' ? {} : put(sides, 'crm', { value: 'given', rule: 'R8a' });
}

/** A state as one side's value; a CRM's field that has no word for it stays as it is. */
function put(
  sides: Sides,
  to: Side,
  state: { readonly value: 'given' | 'withdrawn'; readonly rule: string },
): LineDecision {
  const { bound, hub, crm } = sides;
  const converted = to === 'hub' ? ({ ok: true, value: state.value } as const) : bound.codec.toCrm(state.value);
  if (!converted.ok) return {};
  const { hubAt, crmAt } = dates(sides);
  const write = {
    key: bound.key,
    to,
    field: to === 'hub' ? bound.line.hub : bound.line.crm,
    before: normalise(to === 'hub' ? hub : crm),
    value: converted.value,
    source: normalise(to === 'hub' ? crm : hub),
    rule: state.rule,
    sourceAt: to === 'hub' ? crmAt : hubAt,
  };
  return to === 'hub' ? { toHub: [write] } : { toCrm: [write] };
}
