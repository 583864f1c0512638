import { Command } from 'commander';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestStore } from '../../test/support/database.ts';
import { START, syncNow, testDeps } from '../../test/support/engine.ts';
import { createHubSpotEmulator, type HubSpotEmulator } from '../connectors/hubspot/emulator/emulator.ts';
import { createConnection } from '../engine/connections.ts';
import type { EngineDeps } from '../engine/deps.ts';
import { manualClock } from '../platform/clock.ts';
import type { Store } from '../store/db.ts';
import type { Cli } from './cli.ts';
import type { Product } from './compose.ts';
import { addParityCommand } from './parity.ts';

let store: Store;
let deps: EngineDeps;
let crm: HubSpotEmulator;
beforeEach(async () => {
  store = await openTestStore();
  const clock = manualClock(START);
  crm = createHubSpotEmulator({ clock });
  deps = testDeps(store, clock, crm.request);
  const credentials = { method: 'token', accessToken: crm.token };
  const line = (hub: string) => ({ kind: 'lead', hub, crm: hub, direction: 'both' });
  const mappings = [line('email'), line('city')];
  const { id } = await createConnection(
    deps,
    { name: 'hs', crm: 'hubspot', enabled: true, credentials, mappings },
    'api',
  );
  crm.world.seed(
    ['ada', 'bob', 'cleo', 'dora'].map((name) => ({ email: `${name}@example.com`, city: 'Wien' })),
    'lead',
  );
  await syncNow(deps, id);
});
afterEach(() => store.close());

/** The command as it is typed, on this engine. */
async function tandem(...args: string[]): Promise<{ readonly code: number; readonly out: readonly string[] }> {
  const out: string[] = [];
  let code = 0;
  const cli = {
    out: (text: string) => void out.push(text),
    progress: () => undefined,
    setExit: (next: number) => {
      code = next;
    },
    // `parity` uses nothing else of the product than the engine, and nothing else of the command line than these.
    withProduct: (work: (product: Product) => Promise<unknown>) => work({ engine: deps } as Product),
  } as Partial<Cli> as Cli;
  const program = new Command('tandem').exitOverride();
  addParityCommand(program, cli);
  await program.parseAsync(args, { from: 'user' });
  return { code, out };
}

test('[R90] parity ends well when both sides are the same, and with 3, the values and why when somebody differs', async () => {
  expect(await tandem('parity', 'hs')).toMatchObject({ code: 0, out: ['hs: 100 % in step, 4 of 4; 1 API call'] });
  crm.world.edit(crm.world.find('ada@example.com', 1)[0]?.id ?? '', { city: 'Graz' });
  const { code, out } = await tandem('parity', 'hs');
  expect(code).toBe(3);
  expect(out).toEqual([
    'hs: 75 % in step, 3 of 4; 1 API call',
    '  1 waits',
    expect.stringMatching(/^waits: ada@example\.com \(\d+\)$/),
    '    city: "Wien" here, "Graz" there (waits)',
  ]);
  const json = JSON.parse((await tandem('parity', 'hs', '--json', '--sample', '2')).out[0] ?? '{}') as object;
  expect(json).toMatchObject({ sample: 2, linked: 4, compared: 2, repaired: 0 });
});

test('[R90] a sample that is no number is refused before anything is asked of the CRM', async () => {
  const before = crm.calls();
  await expect(tandem('parity', 'hs', '--sample', 'some')).rejects.toMatchObject({ problems: [{ path: 'sample' }] });
  expect(crm.calls()).toBe(before);
});
