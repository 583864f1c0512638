import type { Value } from './model.ts';
import { isSame } from './value.ts';

/** Why something that a run did is left as it is (R38). The first ones are about a value, the others about a person or record. */
export const LEFT_WHYS = [
  'edited',
  'opt_out',
  'consent',
  'address_taken',
  'field_gone',
  'not_writable',
  'refused',
  'on_its_way',
  'frozen',
  'belongs_to_sales',
  'contact_gone',
  'record_gone',
  'touched',
  'used',
  'linked_elsewhere',
  'merged',
  'opted_out',
  'not_ticked',
  'cannot_delete',
] as const;
export type LeftWhy = (typeof LEFT_WHYS)[number];

/** Stands as the rule of a change that takes another one back. */
export const UNDO_RULE = 'R38';

/** What an item says that a run changed. */
export interface Change {
  readonly field: string;
  readonly from: Value;
  readonly to: Value;
}

/** A value that goes back: `now` stands there, `old` stood there before the run. */
export interface BackField {
  readonly field: string;
  readonly now: Value;
  readonly old: Value;
}
export interface LeftField extends BackField {
  readonly why: LeftWhy;
}

/** How one field stands today. */
export interface Standing {
  readonly value: Value;
  /** Whether it is still what the run wrote. */
  readonly isOurs: boolean;
  /** Stays whatever it holds; null: may go back. */
  readonly stays: LeftWhy | null;
}

/** Several of one run's items of one person as one: from what was there first to what was there last. @param items oldest first */
export function joinChanges(items: readonly (readonly Change[])[]): readonly Change[] {
  const joined = new Map<string, Change>();
  for (const change of items.flat())
    joined.set(change.field, { ...change, from: (joined.get(change.field) ?? change).from });
  return [...joined.values()].filter((change) => !isSame(change.from, change.to));
}

/**
 * R38: only fields that still hold what the run wrote go back; the others are left alone, with why. What holds its old value
 * already is neither.
 */
export function undoFields(
  changes: readonly Change[],
  standing: (field: string, change: Change) => Standing,
): { readonly back: readonly BackField[]; readonly left: readonly LeftField[] } {
  const back: BackField[] = [];
  const left: LeftField[] = [];
  for (const change of changes) {
    const { value, isOurs, stays } = standing(change.field, change);
    const field: BackField = { field: change.field, now: value, old: change.from };
    if (stays !== null) left.push({ ...field, why: stays });
    else if (isSame(value, change.from)) continue;
    else if (isOurs) back.push(field);
    else left.push({ ...field, why: 'edited' });
  }
  return { back, left };
}

/** What an undo comes to, on its run: numbers that open lists. */
export interface UndoFound {
  /** Values that go back. */
  readonly fields: number;
  /** Persons or records that the run had made and that go. */
  readonly removed: number;
  /** What is left alone, by why: values, and persons or records as a whole. */
  readonly left: Readonly<Partial<Record<LeftWhy, number>>>;
  /** People of whom something is left alone. */
  readonly leftPeople: number;
}

export const NOTHING_FOUND: UndoFound = { fields: 0, removed: 0, left: {}, leftPeople: 0 };

/** Adds what was found of one person. */
export function addFound(
  found: UndoFound,
  one: {
    readonly fields: number;
    readonly removed?: number;
    readonly left: readonly LeftWhy[];
  },
): UndoFound {
  const left = { ...found.left };
  for (const why of one.left) left[why] = (left[why] ?? 0) + 1;
  return {
    fields: found.fields + one.fields,
    removed: found.removed + (one.removed ?? 0),
    left,
    leftPeople: found.leftPeople + (one.left.length > 0 ? 1 : 0),
  };
}
