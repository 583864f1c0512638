import { agreement, conflict, type LineDecision, type Sides, write } from './decide-line.ts';
import { isEmpty } from './value.ts';

/**
 * R8: opt-out comes before every other rule, on frozen and foreign records too. True on either side becomes true on
 * both; empty is no opt-in. R46: a proven lift is the only opt-in that a sync carries to the CRM, unless the CRM says
 * opt-out again later. Any other false beside a true waits as a held conflict `resubscribe`.
 */
export function decideOptOut(sides: Sides): LineDecision {
  const { bound, shadow, hub, crm, meeting } = sides;
  const hubOut = hub === true;
  const fromCrm = bound.codec.toHub(crm);
  const crmOut = fromCrm.ok && fromCrm.value === true;
  if (hubOut === crmOut) return agreement(sides);

  const crmWasOut = shadow !== undefined && shadowSaysOut(sides);
  const liftedAt = meeting.optOutLiftedAt;
  if (!hubOut && liftedAt !== undefined && !isEmpty(crm)) {
    const saidAgain =
      !crmWasOut && (meeting.crm.modifiedAt === null || meeting.crm.modifiedAt - meeting.skewMs > liftedAt);
    if (!saidAgain) return write({ ...sides, hub: false }, 'crm', 'R46');
  }
  if (crmWasOut && shadow?.hub === true) return { conflicts: [conflict(sides, null, 'resubscribe')] };
  return hubOut ? write(sides, 'crm', 'R8') : write(sides, 'hub', 'R8');
}

function shadowSaysOut({ bound, shadow }: Sides): boolean {
  const before = bound.codec.toHub(shadow?.crm ?? null);
  return before.ok && before.value === true;
}
