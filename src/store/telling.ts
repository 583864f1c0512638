import { randomUUID } from 'node:crypto';
import type { Log } from '../platform/log.ts';
import type { Store } from './db.ts';
import { tellWorkers } from './worker-line.ts';

export interface Telling {
  /** What this process calls itself. */
  readonly processId: string;
  /** Returns at once; many calls become few notices. */
  readonly tell: () => void;
  /** Waits for what is being told. */
  readonly end: () => Promise<void>;
}

/** Tells the workers of other processes that something waits, where there can be any. Whoever misses it looks by himself. */
export function createTelling(store: Store, log: Log): Telling {
  const processId = randomUUID();
  let wanted = false;
  let running: Promise<void> | null = null;
  const send = async (): Promise<void> => {
    while (wanted) {
      wanted = false;
      await tellWorkers(store.db, processId).catch((error: unknown) =>
        log.warn({ err: error }, 'the workers could not be told'),
      );
    }
    running = null;
  };
  return {
    processId,
    tell: () => {
      if (store.kind === 'embedded') return;
      wanted = true;
      running ??= send();
    },
    end: async () => {
      await running;
    },
  };
}
