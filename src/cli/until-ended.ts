import { DeadHolders } from '../engine/dead-holders.ts';
import type { EngineDeps } from '../engine/deps.ts';
import { drainConnection } from '../engine/worker.ts';
import type { Cli } from './cli.ts';

/**
 * Does what waits for a connection, or watches while a worker does that has it, until what was asked for is over.
 * @returns it as it is then.
 */
export async function untilEnded<T>(
  cli: Cli,
  engine: EngineDeps,
  connectionId: string,
  asked: {
    readonly read: () => Promise<T>;
    readonly isOver: (found: T) => boolean;
    readonly progress: (found: T) => string;
  },
): Promise<T> {
  const owner = `cli-${engine.ids.next('run')}`;
  const dead = new DeadHolders(engine);
  for (;;) {
    await drainConnection(engine, connectionId, owner, dead);
    const found = await asked.read();
    if (asked.isOver(found)) {
      cli.progress('');
      return found;
    }
    cli.progress(asked.progress(found));
    await engine.clock.sleep(300);
  }
}
