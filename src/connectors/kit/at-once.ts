import type { WriteOutcome } from './connector.ts';

/**
 * Several calls under way at once: hides the way to the vendor's server and its work behind each other. After a failure, or
 * when `isOver` says so, nothing more is begun; what is under way is waited for.
 *
 * @param most how many at once: the vendor's limit of calls in flight, and room for others.
 * @returns one result per item that was begun, in the order of the items.
 * @throws the first failure, when nothing is under way any more.
 */
export async function atOnce<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
  isOver: () => boolean = () => false,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const failures: unknown[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    while (failures.length === 0 && !isOver()) {
      const next = waiting.next();
      if (next.done === true) return;
      const [index, item] = next.value;
      try {
        results.set(index, await work(item));
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return [...results.entries()].sort(([a], [b]) => a - b).map(([, result]) => result);
}

/** The vendor has said "not now" to one of these writes: going on gets the address banned. */
export const isThrottled = (outcomes: ReadonlyMap<string, WriteOutcome>): boolean =>
  [...outcomes.values()].some(({ kind }) => kind === 'throttled');
