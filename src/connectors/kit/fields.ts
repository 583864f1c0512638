import type { Fault, Kind } from '../../core/model.ts';

/** A field that we would like the CRM to have. */
export interface FieldWish {
  readonly kind: Kind;
  readonly key: string;
  readonly label: string;
  readonly type: 'text' | 'number' | 'boolean' | 'url';
  readonly unique?: boolean;
}
export type FieldOutcome =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly key: string; readonly fault: Fault };

/** Makes fields through the vendor's API, where it has one. */
export interface FieldMaker {
  /** One outcome per wish, same order. `ok`: the field is there **and** this user may use it; asking again mends the latter. */
  create(wanted: readonly FieldWish[]): Promise<readonly FieldOutcome[]>;
  /** Where a field can be there and not be shown to this user: which of these are. Empty where the vendor does not say. */
  hidden?(kind: Kind, keys: readonly string[]): Promise<readonly string[]>;
}
