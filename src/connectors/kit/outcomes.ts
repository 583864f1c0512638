import type { WriteOutcome } from './connector.ts';
import { RemoteError } from './errors.ts';

/**
 * What the failure of a call means for each write in it: not now, or — sent, and the answer is lost or cannot be read — it may
 * have happened (R31). @throws what concerns every call: credentials, rights, our picture of the CRM
 */
export function outcomeOfFailure(error: unknown): WriteOutcome {
  if (!(error instanceof RemoteError)) throw error;
  if (error.kind === 'throttled' || error.kind === 'quota')
    return { kind: 'throttled', retryAt: error.retryAt ?? null };
  if (error.kind === 'unavailable' || error.kind === 'unexpected') return { kind: 'unknown' };
  throw error;
}

/**
 * For CRMs that take one record a call: at most `parallel` calls at once, outcomes in the order of the items. Once the vendor
 * says "not now" nothing more is sent: going on gets the address banned.
 */
export async function writeEach<T>(
  items: readonly T[],
  parallel: number,
  write: (item: T) => Promise<WriteOutcome>,
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = items.map(() => ({ kind: 'throttled', retryAt: null }));
  const waiting = [...items.entries()];
  let stopped: WriteOutcome | null = null;
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, item] = next;
      const outcome: WriteOutcome = stopped ?? (await write(item).catch(outcomeOfFailure));
      if (outcome.kind === 'throttled') stopped = outcome;
      outcomes[index] = outcome;
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
  return outcomes;
}
