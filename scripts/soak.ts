/** `npm run soak`: the simulation with fresh seeds, until the time is up (minutes, default 5). `SIM_SEED=n` replays one. */
import { randomInt } from 'node:crypto';
import { play } from '../test/simulation/play.ts';
import { openTestStore } from '../test/support/database.ts';

const steps = Number(process.env['SIM_STEPS'] ?? 80);
const replay = process.env['SIM_SEED'];
const minutes = Number(process.argv[2] ?? 5);
const store = await openTestStore();
const until = Date.now() + minutes * 60_000;
let played = 0;
try {
  do {
    const seed = replay === undefined ? randomInt(2 ** 31) : Number(replay);
    const tally = await play(store, seed, steps);
    played += 1;
    process.stderr.write(
      `\rseed ${seed}: ${tally.hubEdits + tally.crmEdits} edits, ${tally.faults} faults, ${tally.crashes} crashes; ${played} histories `,
    );
  } while (replay === undefined && Date.now() < until);
  process.stderr.write(`\n${played} histories held.\n`);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await store.close();
}
