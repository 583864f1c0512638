/**
 * Why two linked records differ on a line. `missed` is the one that must not be: the rules say that the difference should
 * have gone over by now, and nothing is owed that would carry it.
 */
export const DIFFERENCE_WHYS = [
  'missed',
  'waits',
  'rejected',
  'ask',
  'undone',
  'tug_of_war',
  'resubscribe',
  'later',
  'one_way',
  'sales',
  'export_off',
  'ignored_empty',
  'left_out',
  'frozen',
  'gone',
] as const;
export type DifferenceWhy = (typeof DIFFERENCE_WHYS)[number];

/** The gravest of them: the order of the list. */
export const gravest = (whys: readonly DifferenceWhy[]): DifferenceWhy =>
  DIFFERENCE_WHYS.find((why) => whys.includes(why)) ?? 'missed';

/** At most so many people who differ for a reason are kept by name; all are counted, and whoever was missed is kept. */
export const DIFFERENCES_KEPT = 2_000;
