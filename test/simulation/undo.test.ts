import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../src/store/db.ts';
import { openTestStore } from '../support/database.ts';
import { play } from './play.ts';

const SEEDS = [11, 12, 13];
const STEPS = 60;
/** A busy machine takes ten times as long as an idle one. */
const PATIENCE_MS = 240_000;

let store: Store;
let undone = 0;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test.each(SEEDS)(
  '[R38] with runs taken back among edits, faults and crashes both sides agree on all that is not held, and a further run writes nothing: seed %i',
  async (seed) => {
    const tally = await play(store, seed, STEPS, { undoes: true });
    undone += tally.undone;
  },
  PATIENCE_MS,
);

test('runs were taken back', () => expect(undone).toBeGreaterThan(5));
