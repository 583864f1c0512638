import type { Value } from './model.ts';

/** Empty text, blanks, null and an empty list are one value: empty (R20). */
export const isEmpty = (value: Value | undefined): boolean =>
  value === null ||
  value === undefined ||
  (typeof value === 'string' ? value.trim() === '' : Array.isArray(value) && value.length === 0);

export const normalise = (value: Value | undefined): Value => (value === undefined || isEmpty(value) ? null : value);

/** Same in the very form both are in: lists as sets, everything empty alike. */
export function isSame(a: Value | undefined, b: Value | undefined): boolean {
  const left = normalise(a);
  const right = normalise(b);
  if (left === right) return true;
  if (!Array.isArray(left) || !Array.isArray(right)) return false;
  const rest = new Set<string>(right);
  return new Set<string>(left).size === rest.size && left.every((entry: string) => rest.has(entry));
}
