import type { MassCounts, MassEffect, MassReason } from '../core/mass-change.ts';
import type { Counts } from './counts.ts';

/** What a person has let through, kept with the run that it was given to. */
export interface Approval {
  /** Effects that shall not happen: the rest of the run goes on without them. */
  readonly leaveOut: readonly MassEffect[];
  /** Numbers of a preview that was looked at to its end: not much more than this. */
  readonly plan?: MassCounts;
  /** Effects of a run that stopped at its limit, let through whatever their number. */
  readonly free?: readonly MassEffect[];
}

/** What a run that waits for a person says of itself. */
export interface GuardReport {
  readonly reason: MassReason;
  readonly effects: readonly MassEffect[];
  /** Effects of every limit that was passed: what an approval lets through. */
  readonly over: readonly MassEffect[];
  readonly count: number;
  readonly max: number;
  readonly linked: number;
  /** Records or people that were not looked at any more; null: not known. */
  readonly waiting: number | null;
  /** What the part that was looked at would do. */
  readonly would: Counts;
  readonly mass: MassCounts;
  /** By field, the most often lost first. */
  readonly fields: readonly { readonly field: string; readonly overwritten: number; readonly blanked: number }[];
}
