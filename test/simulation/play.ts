import type { Store } from '../../src/store/db.ts';
import { emptyStore } from '../support/database.ts';
import { assertSettled } from './invariants.ts';
import { type Tally, World } from './world.ts';

/** Plays one history and asserts what must hold after it. A failure names the seed that replays it. */
export async function play(store: Store, seed: number, steps: number): Promise<Tally> {
  await emptyStore(store);
  const world = new World(store, seed);
  try {
    await world.open();
    for (let step = 0; step < steps; step += 1) await world.step();
    await world.quiet(4);
    await assertSettled(world);
    return world.tally;
  } catch (error) {
    throw new Error(`SIM_SEED=${seed} SIM_STEPS=${steps}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
