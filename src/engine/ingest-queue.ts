import { ingest, type Sign } from '../hub/tracking/ingest.ts';
import { isRetryable } from '../store/db.ts';
import type { EngineDeps } from './deps.ts';

/** Signs of visitors, gathered for a moment and stored together: a thousand a second cost some statements, not thousands. */
export interface IngestQueue {
  /** Resolves once the signs are stored. @returns false when too many wait; nothing of them is kept. */
  add(signs: readonly Sign[]): Promise<boolean>;
}

const GATHER_MS = 100;
const BATCH = 2_000;
const WAITING_MAX = 50_000;
const TRIES = 5;

interface Waiting {
  readonly signs: readonly Sign[];
  readonly settle: (error?: unknown) => void;
}

export function createIngestQueue(deps: EngineDeps): IngestQueue {
  let waiting: Waiting[] = [];
  let count = 0;
  let running: Promise<void> | null = null;

  /** Somebody who submits a form at the same moment locks person and browser the other way round: once more. */
  const store = async (signs: readonly Sign[]): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        await deps.store.transaction((trx) => ingest(trx, signs, { ids: deps.ids, now: deps.clock.now() }));
        return;
      } catch (error) {
        if (!isRetryable(error) || tries >= TRIES) throw error;
      }
    }
  };
  const takeBatch = (): readonly Waiting[] => {
    let signs = 0;
    let end = 0;
    for (; end < waiting.length && signs < BATCH; end += 1) signs += waiting[end]?.signs.length ?? 0;
    const batch = waiting.slice(0, end);
    waiting = waiting.slice(end);
    count -= signs;
    return batch;
  };
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      await deps.clock.sleep(GATHER_MS);
      const batch = takeBatch();
      const signs = batch.flatMap((one) => one.signs);
      try {
        await store(signs);
        for (const one of batch) one.settle();
      } catch (error) {
        deps.log.error({ err: error, signs: signs.length }, 'signs of visitors could not be stored');
        for (const one of batch) one.settle(error);
      }
    }
  };
  return {
    add: (signs) => {
      if (count + signs.length > WAITING_MAX) return Promise.resolve(false);
      count += signs.length;
      const stored = new Promise<boolean>((resolve, reject) => {
        const settle = (error?: unknown): void =>
          error === undefined ? resolve(true) : reject(error instanceof Error ? error : new Error('not stored'));
        waiting.push({ signs, settle });
      });
      running ??= drain().finally(() => {
        running = null;
      });
      return stored;
    },
  };
}
