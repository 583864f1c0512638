import type { Touch } from './traffic.ts';

/** A visit ends after so long without a sign (the original's rule). */
export const VISIT_MS = 30 * 60 * 1000;

/** A browser as its signs change it. */
export interface VisitorState {
  readonly contactId: string | null;
  readonly firstTouch: Touch | null;
  readonly lastTouch: Touch | null;
  readonly visits: number;
  /** The visit that goes on. */
  readonly visitId: string;
  readonly firstAt: number;
  readonly seenAt: number;
  /** A visit began among the signs looked at. */
  readonly isNew: boolean;
}

/**
 * Adds one sign: it goes on with the visit, or begins one. A direct arrival leaves the last touch as it was. A sign without
 * a touch is no arrival (a click on our own link) and begins no visit. Signs may come late: the earliest is the first touch.
 */
export function sessionize(
  before: VisitorState | undefined,
  sign: { readonly at: number; readonly touch: Touch | null; readonly visitId: string },
): { readonly state: VisitorState; readonly startsVisit: boolean } {
  const goesOn = before !== undefined && before.visitId !== '' && sign.at - before.seenAt <= VISIT_MS;
  if (goesOn)
    return { state: { ...earliest(before, sign), seenAt: Math.max(before.seenAt, sign.at) }, startsVisit: false };
  if (sign.touch === null) return { state: before ?? unarrived(sign.at), startsVisit: false };
  const state: VisitorState = {
    contactId: before?.contactId ?? null,
    firstTouch: before?.firstTouch ?? sign.touch,
    lastTouch: sign.touch.medium === 'direct' && before?.lastTouch != null ? before.lastTouch : sign.touch,
    visits: (before?.visits ?? 0) + 1,
    visitId: sign.visitId,
    firstAt: Math.min(before?.firstAt ?? sign.at, sign.at),
    seenAt: Math.max(before?.seenAt ?? 0, sign.at),
    isNew: true,
  };
  return { state, startsVisit: true };
}

/** A browser of which only a click on one of our links is known yet. */
const unarrived = (at: number): VisitorState => ({
  contactId: null,
  firstTouch: null,
  lastTouch: null,
  visits: 0,
  visitId: '',
  firstAt: at,
  seenAt: at,
  isNew: false,
});

/** What arrived first though it was told later. */
function earliest(before: VisitorState, sign: { readonly at: number; readonly touch: Touch | null }): VisitorState {
  if (sign.touch === null || sign.at >= before.firstAt) return before;
  const isLast = before.visits <= 1 && sign.touch.medium !== 'direct' && before.lastTouch?.medium === 'direct';
  return {
    ...before,
    firstTouch: sign.touch,
    lastTouch: isLast ? sign.touch : before.lastTouch,
    firstAt: sign.at,
  };
}
