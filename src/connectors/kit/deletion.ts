import type { Kind } from '../../core/model.ts';
import type { Limit, WriteOutcome } from './connector.ts';

/** A record of this account that shall go. */
export interface RecordToDelete {
  readonly kind: Kind;
  readonly id: string;
}

/**
 * What became of one deletion; same length and order as the records. `deleted` is also said of a record that is no longer
 * there, since that is what was asked for; `moved` names the record that it has become, which was not deleted.
 */
export type DeleteOutcome =
  | { readonly kind: 'deleted' }
  | Extract<WriteOutcome, { kind: 'moved' | 'refused' | 'throttled' | 'unknown' }>;

/** Deletes people's records: after an erasure that asks for it (R18), and to undo what a run made (R38). */
export interface Deletion {
  /**
   * Batched by what the vendor takes. Never throws for what happens to single records; once the CRM says "not now" or
   * cannot be reached nothing more is sent. A deletion without an answer is `unknown`: it can be asked for again without harm.
   *
   * @param how `bin`: as a person deletes on the CRM's own screen. `forever`: for a person's right to be forgotten;
   *   only where the manifest says that the vendor has it, else the same as `bin`.
   */
  delete(records: readonly RecordToDelete[], how: 'bin' | 'forever'): Promise<readonly DeleteOutcome[]>;
}

/** What a vendor documents of deleting; part of the manifest. */
export interface DeletionInfo {
  /** Records in one call. */
  readonly perCall: Limit;
  /** For so many days a person can bring a deleted record back on the CRM's own screen; null: the vendor has no bin. */
  readonly binDays: Limit | null;
  /** Records in one call that deletes for ever, where the vendor has one; null: it has none, the bin empties itself. */
  readonly forever: Limit | null;
}
