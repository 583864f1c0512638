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

/** Adds one sign: it goes on with the visit, or begins one. A direct arrival leaves the last touch as it was. */
export function sessionize(
  before: VisitorState | undefined,
  sign: { readonly at: number; readonly touch: Touch; readonly visitId: string },
): { readonly state: VisitorState; readonly startsVisit: boolean } {
  const goesOn = before !== undefined && before.visitId !== '' && sign.at - before.seenAt <= VISIT_MS;
  if (goesOn) return { state: { ...before, seenAt: Math.max(before.seenAt, sign.at) }, startsVisit: false };
  const state: VisitorState = {
    contactId: before?.contactId ?? null,
    firstTouch: before?.firstTouch ?? sign.touch,
    lastTouch: sign.touch.medium === 'direct' && before?.lastTouch != null ? before.lastTouch : sign.touch,
    visits: (before?.visits ?? 0) + 1,
    visitId: sign.visitId,
    firstAt: before?.firstAt ?? sign.at,
    seenAt: Math.max(before?.seenAt ?? 0, sign.at),
    isNew: true,
  };
  return { state, startsVisit: true };
}
