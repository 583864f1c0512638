import type { FieldWrite } from './decide.ts';
import { isEmpty } from './value.ts';

/**
 * What a run can do to many records at once and that is hard to take back, counted by record. `blanked`: a filled field
 * becomes empty. `unlinked`: the link ends while the record lives on (merged away). `deleted`: the record is gone.
 */
export const MASS_EFFECTS = ['created', 'overwritten', 'blanked', 'unlinked', 'deleted'] as const;
export type MassEffect = (typeof MASS_EFFECTS)[number];
export type MassCounts = Readonly<Record<MassEffect, number>>;

export const noMass = (): Record<MassEffect, number> => ({
  created: 0,
  overwritten: 0,
  blanked: 0,
  unlinked: 0,
  deleted: 0,
});

/** Settings of the breaker: a share is of the linked records, and the larger of the two numbers counts. */
export interface BreakerSettings {
  readonly enabled: boolean;
  /** Creates and overwrites. */
  readonly changes: number;
  readonly changesShare: number;
  /** Blanked, unlinked and deleted. */
  readonly losses: number;
  readonly lossesShare: number;
}

export type MassReason = 'breaker' | 'mass_deletion' | 'differs';

/** More than `max` of these together, and the run waits for a person. */
export interface MassRule {
  /** `differs`: more than the preview that a person approved. */
  readonly reason: MassReason;
  readonly effects: readonly MassEffect[];
  readonly max: number;
}

/** Of parts that have nobody in common. */
export const addMass = (a: MassCounts, b: MassCounts): MassCounts => ({
  created: a.created + b.created,
  overwritten: a.overwritten + b.overwritten,
  blanked: a.blanked + b.blanked,
  unlinked: a.unlinked + b.unlinked,
  deleted: a.deleted + b.deleted,
});

const MASS_DELETION_SHARE = 0.1;
const MASS_DELETION_COUNT = 20;

/** R40: of every run, whoever started it. */
export const deletionRule = (linked: number): MassRule => ({
  reason: 'mass_deletion',
  effects: ['deleted'],
  max: Math.max(MASS_DELETION_COUNT, Math.floor(linked * MASS_DELETION_SHARE)),
});

/** R50: of runs that nobody watches. `linked`: how many records are linked today. */
export function breakerRules(settings: BreakerSettings, linked: number): readonly MassRule[] {
  if (!settings.enabled) return [];
  const max = (count: number, share: number): number => Math.max(count, Math.floor(linked * share));
  return [
    {
      reason: 'breaker',
      effects: ['created', 'overwritten'],
      max: max(settings.changes, settings.changesShare),
    },
    {
      reason: 'breaker',
      effects: ['blanked', 'unlinked', 'deleted'],
      max: max(settings.losses, settings.lossesShare),
    },
  ];
}

const DIFFERS_SHARE = 0.05;
const DIFFERS_COUNT = 20;

/** What a person approved by looking at a finished preview: its numbers, and 5 % or 20 more of each. */
export const approvedRules = (approved: MassCounts): readonly MassRule[] =>
  MASS_EFFECTS.map((effect) => ({
    reason: 'differs',
    effects: [effect],
    max: approved[effect] + Math.max(DIFFERS_COUNT, Math.floor(approved[effect] * DIFFERS_SHARE)),
  }));

export const countOf = (counts: MassCounts, effects: readonly MassEffect[]): number =>
  effects.reduce((sum, effect) => sum + counts[effect], 0);

/** The first rule that these numbers break, or null. */
export const brokenRule = (counts: MassCounts, rules: readonly MassRule[]): MassRule | null =>
  rules.find((rule) => countOf(counts, rule.effects) > rule.max) ?? null;

/** What writing this value does to a value that somebody entered; null: nothing is lost by it. */
export function effectOf(write: Pick<FieldWrite, 'before' | 'value'>): 'overwritten' | 'blanked' | null {
  if (isEmpty(write.before)) return null;
  return isEmpty(write.value) ? 'blanked' : 'overwritten';
}
