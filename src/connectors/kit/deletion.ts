import type { Fault, Kind } from '../../core/model.ts';
import { atOnce } from './at-once.ts';
import type { Limit, WriteOutcome } from './connector.ts';
import { RemoteError } from './errors.ts';
import { chunks } from './read.ts';

/** A record of this account that shall go. */
export interface RecordToDelete {
  readonly kind: Kind;
  readonly id: string;
}

/**
 * What became of one deletion; same length and order as the records. `deleted` is also said of a record that is no longer
 * there, since that is what was asked for. `moved` names the record that it has become, where the vendor tells: neither of the
 * two was deleted. Whoever means both asks for both at once: then, and when the other one is gone, each is `deleted`.
 */
export type DeleteOutcome =
  | { readonly kind: 'deleted' }
  | Extract<WriteOutcome, { kind: 'moved' | 'refused' | 'throttled' | 'unknown' }>;

/** Deletes people's records: after an erasure that asks for it (R18), and to undo what a run made (R38). */
export interface Deletion {
  /**
   * Batched by what the vendor takes. Never throws for what happens to single records; once the CRM says "not now" or
   * cannot be reached nothing more is sent. A deletion without an answer is `unknown`: it can be asked for again without harm.
   * A right that is missing for deleting is `refused` for each record, told by `Fault.params.why` = `deletion`.
   *
   * @param how `bin`: as a person deletes on the CRM's own screen. `forever`: for a person's right to be forgotten; past the
   *   bin only where the manifest says that the vendor has it. With a contact go then the leads that were converted into it,
   *   where the CRM keeps and finds such (Salesforce): they hold the same person, and nobody else would think of them.
   * @throws RemoteError `auth`, and what concerns the whole account: what was done before is met again as `deleted`
   */
  delete(records: readonly RecordToDelete[], how: 'bin' | 'forever'): Promise<readonly DeleteOutcome[]>;
}

/** What a vendor documents of deleting; part of the manifest. */
export interface DeletionInfo {
  /** Records in one call; beside those calls a look by id is made first where records may have become others. */
  readonly perCall: Limit;
  /** For so many days a person can bring a deleted record back on the CRM's own screen; null: the vendor has no bin. */
  readonly binDays: Limit | null;
  /** Records in one call that deletes for ever, where the vendor has one; null: it has none, the bin empties itself. */
  readonly forever: Limit | null;
}

/** The words of a refusal are about deleting, not about writing (`reason.….deletion`). */
export const deletionFault = (reason: Fault['reason'], params: Fault['params']): Fault => ({
  reason,
  field: null,
  params: { why: 'deletion', ...params },
});

interface DeletionCalls {
  /** Records in one call. */
  readonly perCall: number;
  /** Calls under way at once; default one. */
  readonly parallel?: number;
  /** Records of one group only stand in a call together; default: all of them may. */
  readonly groupOf?: (record: RecordToDelete) => string;
}

const NOT_NOW: DeleteOutcome = { kind: 'throttled', retryAt: null };

/**
 * Sends deletions, so many a call, each record once whatever stands twice in the list. Once the CRM says "not now" or cannot be
 * reached nothing more is sent; a call that is refused as a whole is halved until the record that it is about stands alone (R17).
 *
 * @param send one call's outcomes, in its records' order
 * @throws RemoteError what concerns every call: credentials, an account that is closed; when nothing is under way any more
 */
export async function deleteInCalls(
  records: readonly RecordToDelete[],
  { perCall, parallel = 1, groupOf = () => '' }: DeletionCalls,
  send: (batch: readonly RecordToDelete[]) => Promise<readonly DeleteOutcome[]>,
): Promise<readonly DeleteOutcome[]> {
  const outcomes = new Map<string, DeleteOutcome>();
  let stopped: DeleteOutcome | null = null;
  const settle = (batch: readonly RecordToDelete[], told: readonly DeleteOutcome[]): void => {
    // An answer that is shorter than the question: nobody knows of the rest.
    for (const [index, one] of batch.entries()) outcomes.set(keyOf(one), told[index] ?? { kind: 'unknown' });
  };
  const call = async (batch: readonly RecordToDelete[]): Promise<void> => {
    if (stopped !== null) return;
    try {
      settle(batch, await send(batch));
    } catch (error) {
      if (error instanceof RemoteError && error.kind === 'invalid' && batch.length > 1) {
        const middle = Math.ceil(batch.length / 2);
        await call(batch.slice(0, middle));
        return call(batch.slice(middle));
      }
      const outcome = deletionOutcomeOf(error);
      settle(
        batch,
        batch.map(() => outcome),
      );
      if (outcome.kind !== 'refused') stopped ??= outcome.kind === 'throttled' ? outcome : NOT_NOW;
    }
  };
  const once = new Map(records.map((one) => [keyOf(one), one])).values();
  const batches = [...Map.groupBy(once, groupOf).values()].flatMap((group) => chunks(group, perCall));
  await atOnce(batches, parallel, call, () => stopped !== null);
  return records.map((one) => outcomes.get(keyOf(one)) ?? stopped ?? NOT_NOW);
}

const keyOf = ({ kind, id }: RecordToDelete): string => `${kind} ${id}`;

/**
 * What the failure of a call means for each deletion in it: not now, perhaps done, or refused, also for want of a right, which
 * stops nothing else. @throws what concerns every call
 */
export function deletionOutcomeOf(error: unknown): DeleteOutcome {
  if (!(error instanceof RemoteError)) throw error;
  const { kind, status, code, params } = error;
  if (kind === 'throttled' || kind === 'quota') return { kind: 'throttled', retryAt: error.retryAt ?? null };
  if (kind === 'unavailable' || kind === 'unexpected') return { kind: 'unknown' };
  const told = { ...params, code: code ?? `HTTP ${status ?? ''}`.trim() };
  if (kind === 'invalid') return { kind: 'refused', faults: [deletionFault('rejected_by_crm', told)] };
  if (kind === 'forbidden' && error.case !== 'account_closed')
    return { kind: 'refused', faults: [deletionFault('no_permission', told)] };
  throw error;
}
