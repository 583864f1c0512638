import type { BoundLine, Decision, FieldWrite, Meeting } from './decide.ts';
import { type Sides, write } from './decide-line.ts';
import type { LineKey, Side } from './model.ts';
import { isEmpty, isSame } from './value.ts';

/** The rule that a field was carried by because another one of its group was. */
export const TOGETHER = 'R20c';

/**
 * R20c: fields that the CRM holds as one value (the parts of one name) are carried together. Whoever writes one of them
 * alone leaves the CRM to cut the whole anew, and the new cut of the others would be taken for somebody's edit: "Ada van
 * Dyke" without "Ada" comes back as the first name "van" and the last name "Dyke".
 * @returns what is to be written besides, on lines of the group that nothing else was decided for.
 */
export function decideTogether(meeting: Meeting, decision: Decision): Pick<Decision, 'toHub' | 'toCrm'> {
  const grouped = meeting.lines.filter((bound) => bound.crmField.together !== undefined);
  if (grouped.length === 0) return { toHub: [], toCrm: [] };
  const settled = new Set<LineKey>([
    ...decision.toHub.map((one) => one.key),
    ...decision.toCrm.map((one) => one.key),
    ...decision.conflicts.map((one) => one.key),
    ...decision.faults.map((one) => one.key),
    ...Object.keys(meeting.holds),
  ]);
  const free = grouped.filter((bound) => !settled.has(bound.key) && bound.line.direction === 'both');
  const groupsOf = (writes: readonly FieldWrite[]): ReadonlySet<string> =>
    new Set(
      grouped.flatMap((bound) => (writes.some((one) => one.key === bound.key) ? (bound.crmField.together ?? []) : [])),
    );
  const [in_, out] = [groupsOf(decision.toHub), groupsOf(decision.toCrm)];
  const of = (bound: BoundLine, to: Side): readonly FieldWrite[] => partner(bound, meeting, to);
  return {
    toHub: free.flatMap((bound) => (moves(bound, in_, out) ? of(bound, 'hub') : [])),
    toCrm: free.flatMap((bound) => (moves(bound, out, in_) ? of(bound, 'crm') : [])),
  };
}

/** Parts that go both ways at once were both edited: the others stay with the CRM, which joins what it is given. */
const moves = (bound: BoundLine, wanted: ReadonlySet<string>, other: ReadonlySet<string>): boolean => {
  const group = bound.crmField.together ?? '';
  return wanted.has(group) && !other.has(group);
};

/** The value that goes along: only where the side written to still holds what both agreed on. */
function partner(bound: BoundLine, meeting: Meeting, to: Side): readonly FieldWrite[] {
  const crm = meeting.crm.fields[bound.line.crm];
  if (crm === undefined) return [];
  const sides: Sides = {
    bound,
    meeting,
    shadow: meeting.shadow[bound.key],
    hub: meeting.hub.fields[bound.line.hub] ?? null,
    crm,
  };
  const target = sides[to];
  const untouched = sides.shadow === undefined ? isEmpty(target) : isSame(target, sides.shadow[to]);
  if (!untouched) return [];
  const { toHub = [], toCrm = [] } = write(sides, to, TOGETHER);
  // Towards the hub, which keeps its fields apart, what is there already is not written again.
  return to === 'crm' ? toCrm : toHub.filter((one) => !bound.codec.sameHub(one.value, target));
}
