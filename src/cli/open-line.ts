import { openWorkerLine, type WorkerLine } from '../store/worker-line.ts';
import type { Product } from './compose.ts';

/**
 * Who a worker is to the leases (R35), and how it hears that something waits. An embedded database has one process at a time,
 * which hears itself, and takes up at once what the last one left.
 */
export async function openLine({ engine, processId, wakeHere }: Product): Promise<WorkerLine> {
  if (engine.store.kind === 'embedded') return { owner: 'embedded', close: async () => undefined };
  return openWorkerLine(engine.store, { self: processId, clock: engine.clock, onWake: wakeHere });
}
