import type { Fields, Value } from '../core/model.ts';
import { isEmpty, isSame } from '../core/value.ts';

/** What a merge makes of the fields of the contact that goes. */
export interface MergePlan {
  /** Values that come along, because the one that stays has none. */
  readonly takes: Fields;
  /** Values that give way to what the one that stays has; they are kept in its history. */
  readonly drops: Readonly<Record<string, { readonly dropped: Value; readonly stays: Value }>>;
}

/** Consents are records and move as such: the field is calculated from them (R8a). */
const CALCULATED = new Set(['consent']);

/**
 * What `into` takes from `from`, and what of `from` gives way. Opt-out on either is opt-out on both (R8). The screen shows
 * this plan before the merge, and the merge carries out the same one.
 */
export function planMerge(into: Fields, from: Fields): MergePlan {
  const filled = Object.entries(from).filter(([key, value]) => !CALCULATED.has(key) && !isEmpty(value));
  const takes: Record<string, Value> = {};
  const drops: Record<string, { dropped: Value; stays: Value }> = {};
  for (const [key, value] of filled) {
    const present = into[key] ?? null;
    if (key === 'opt_out') {
      if (value === true && present !== true) takes[key] = true;
    } else if (isEmpty(present)) takes[key] = value;
    else if (!isSame(present, value)) drops[key] = { dropped: value, stays: present };
  }
  return { takes, drops };
}
