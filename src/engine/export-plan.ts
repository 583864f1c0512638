import type { RemoteWrite } from '../connectors/kit/connector.ts';
import type { FieldWrite } from '../core/decide.ts';
import type { Kind, Outcome } from '../core/model.ts';
import type { LeftField } from '../core/undo.ts';
import type { Batch, Owed } from './export-read.ts';
import type { Effects } from './page-effects.ts';
import type { LinkState } from './page-state.ts';

/** A write that is going to be made for one person, with all that settling it needs. */
export interface PlannedWrite {
  readonly owed: Owed;
  readonly kind: Kind;
  readonly write: RemoteWrite;
  readonly fields: readonly FieldWrite[];
  /** null: a create. */
  readonly link: LinkState | null;
  readonly conflicts: number;
  /** It was refused because of a company that is none any more, and this is the second try, with another one (R25). */
  readonly isSecondTry?: true;
  /** Of an undo (R38): what of this record is left alone, told when the write is settled. */
  readonly left?: readonly LeftField[];
}

/** What is clear without a call to the CRM. */
export interface Settled {
  readonly owed: Owed;
  readonly outcome: Outcome;
  /** Keep the debt: it is not time yet. */
  readonly later?: number;
}

export interface Planned {
  readonly writes: PlannedWrite[];
  readonly settled: Settled[];
}

/** One person of a batch, with what its decision adds to. */
export interface OwedCase {
  readonly batch: Batch;
  readonly owed: Owed;
  readonly effects: Effects;
  readonly planned: Planned;
  /** CRM id → contact: whose each record is, those included that this batch has just linked. */
  readonly claims: Map<string, string>;
}
