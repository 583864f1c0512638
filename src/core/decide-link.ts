import type { BoundLine, Decision, Hold, Meeting } from './decide.ts';
import { decideConsent } from './decide-consent.ts';
import { agreement, agrees, conflict, decideLine, type LineDecision, type Sides } from './decide-line.ts';
import { decideOptOut } from './decide-opt-out.ts';
import { decideTogether } from './decide-together.ts';
import { isSame } from './value.ts';

/**
 * What one link's meeting comes to, field by field: writes to either side, agreements, conflicts, faults. Pure: the same
 * meeting gives the same decision. Both directions of a run use it; what a run cannot carry itself becomes a due mark.
 */
export function decide(meeting: Meeting): Decision {
  const found: Gathered = { toHub: [], toCrm: [], agreed: [], conflicts: [], released: [], faults: [] };
  for (const bound of meeting.lines) {
    const crm = meeting.crm.fields[bound.line.crm];
    // R6b: a field that an answer does not carry is unknown: no change, no write, no shadow move.
    if (crm !== undefined) gather(found, decideOne(bound, meeting, crm));
  }
  const decision: Decision = { ...found, toCrm: withoutLazy(found.toCrm, meeting) };
  const { toHub, toCrm } = decideTogether(meeting, decision);
  if (toHub.length + toCrm.length === 0) return decision;
  return { ...decision, toHub: [...decision.toHub, ...toHub], toCrm: [...decision.toCrm, ...toCrm] };
}

type Gathered = { [K in keyof Decision]: Decision[K][number][] };

/** Most lines have nothing to say: this is asked some ten times for each record of a page. */
function gather(found: Gathered, part: LineDecision): void {
  if (part.toHub !== undefined) found.toHub.push(...part.toHub);
  if (part.toCrm !== undefined) found.toCrm.push(...part.toCrm);
  if (part.agreed !== undefined) found.agreed.push(...part.agreed);
  if (part.conflicts !== undefined) found.conflicts.push(...part.conflicts);
  if (part.released !== undefined) found.released.push(...part.released);
  if (part.faults !== undefined) found.faults.push(...part.faults);
}

function decideOne(bound: BoundLine, meeting: Meeting, crm: Sides['crm']): LineDecision {
  const hub = meeting.hub.fields[bound.line.hub] ?? null;
  const sides: Sides = { bound, meeting, shadow: meeting.shadow[bound.key], hub, crm };
  if (bound.line.optOut === true) return decideOptOut(sides);
  if (bound.line.consent !== undefined) return decideConsent(sides);
  if (meeting.frozen) return {};
  const hold = meeting.holds[bound.key];
  if (hold === undefined) return withoutTug(decideLine(sides), sides);
  if (agrees(sides)) return agreement(sides);
  if (stillHeld(hold, sides)) return hold.why === 'ask' ? { conflicts: [conflict(sides, null, 'ask')] } : {};
  // R38: what a person left different on purpose is what each side's next change is measured by.
  const shadow = hold.why === 'undone' ? { hub: hold.hub, crm: hold.crm } : sides.shadow;
  const decision = decideLine({ ...sides, shadow, meeting: { ...meeting, holds: {} } });
  return { ...decision, released: [bound.key] };
}

/** R48: a field that changed to and fro too often is held and named, instead of written once more. */
function withoutTug(decision: LineDecision, sides: Sides): LineDecision {
  const { bound, meeting } = sides;
  const writes = (decision.toHub?.length ?? 0) + (decision.toCrm?.length ?? 0);
  if (writes === 0 || meeting.tugs?.has(bound.key) !== true) return decision;
  return { conflicts: [conflict(sides, null, 'tug_of_war')] };
}

/** R4c, R38, R48: a hold ends by itself when the sides agree, or when what it waits for has happened. */
function stillHeld(hold: Hold, { shadow, hub, crm }: Sides): boolean {
  switch (hold.why) {
    case 'ask':
      return !(shadow !== undefined && (isSame(hub, shadow.hub) || isSame(crm, shadow.crm)));
    case 'undone':
      return isSame(hub, hold.hub) && isSame(crm, hold.crm);
    case 'tug_of_war':
    case 'resubscribe':
      return true;
  }
}

/** R23: a calculated value alone never makes a record urgent; it travels with another write, or when it is due. */
function withoutLazy(toCrm: Decision['toCrm'], meeting: Meeting): Decision['toCrm'] {
  const { lazy } = meeting;
  if (lazy === undefined || lazy.due || toCrm.length === 0) return toCrm;
  const hubFieldOf = new Map(meeting.lines.map((bound) => [bound.key, bound.line.hub]));
  const urgent = toCrm.some((write) => !lazy.keys.includes(hubFieldOf.get(write.key) ?? ''));
  return urgent ? toCrm : [];
}
