import type { FieldSchema, ValueType } from './model.ts';

/** How a condition compares. Which ones fit a field depends on its type (`OPS_OF`). */
export const FILTER_OPS = [
  'is',
  'is_not',
  'contains',
  'filled',
  'empty',
  'at_least',
  'at_most',
  'before',
  'after',
] as const;
export type FilterOp = (typeof FILTER_OPS)[number];

/** One condition on a contact. All of a filter's conditions hold together. */
export interface Condition {
  /** A hub field, or `score`, `created`, `updated`, `linked` (value: a connection's name), `archived`. */
  readonly field: string;
  readonly op: FilterOp;
  readonly value?: string | number | boolean | undefined;
}
export type ContactFilter = readonly Condition[];

/** What a filter can look at beside the hub's fields. */
export const FILTER_EXTRAS = {
  created: 'dateTime',
  updated: 'dateTime',
  linked: 'connection',
  archived: 'boolean',
} as const;

const TEXT_OPS: readonly FilterOp[] = ['contains', 'is', 'is_not', 'filled', 'empty'];
const TIME_OPS: readonly FilterOp[] = ['after', 'before', 'filled', 'empty'];
export type FilterType = ValueType | 'connection';

export const opsOf = (type: FilterType): readonly FilterOp[] => {
  if (type === 'number') return ['at_least', 'at_most', 'is', 'filled', 'empty'];
  if (type === 'boolean') return ['is'];
  if (type === 'connection') return ['is', 'is_not', 'filled', 'empty'];
  if (type === 'date' || type === 'dateTime' || type === 'localDateTime') return TIME_OPS;
  if (type === 'oneOf' || type === 'manyOf') return ['is', 'is_not', 'filled', 'empty'];
  return TEXT_OPS;
};

export const filterType = (field: string, fields: readonly FieldSchema[]): FilterType | undefined =>
  // The literal object's own keys.
  field in FILTER_EXTRAS
    ? FILTER_EXTRAS[field as keyof typeof FILTER_EXTRAS]
    : fields.find((one) => one.key === field)?.type;

export const needsValue = (op: FilterOp): boolean => op !== 'filled' && op !== 'empty';
