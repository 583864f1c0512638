import type { Store } from '../../src/store/db.ts';
import { emptyStore } from '../support/database.ts';
import { assertSettled } from './invariants.ts';
import { type Tally, World } from './world.ts';

/** Plays one history and asserts what must hold after it. A failure names the seed that replays it. */
export async function play(
  store: Store,
  seed: number,
  steps: number,
  more: { readonly undoes?: boolean } = {},
): Promise<Tally> {
  await emptyStore(store);
  const world = new World(store, seed, more);
  try {
    await world.open();
    for (let step = 0; step < steps; step += 1) await world.step();
    world.calm();
    // "At most two more runs per connection in each direction (with several connections: two rounds over all)."
    await world.round();
    await world.round();
    await assertSettled(world);
    return world.tally;
  } catch (error) {
    throw new Error(`SIM_SEED=${seed} SIM_STEPS=${steps}: ${said(error)}`, { cause: error });
  }
}

/** What an assertion saw and wanted, also where no test runner shows it. */
function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { actual, expected } = error as { actual?: unknown; expected?: unknown };
  const sides =
    actual === undefined ? '' : `\n  seen   ${JSON.stringify(actual)}\n  wanted ${JSON.stringify(expected)}`;
  return `${error.message}${sides.slice(0, 2_000)}`;
}
