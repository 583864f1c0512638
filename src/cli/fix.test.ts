import { Command } from 'commander';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestStore } from '../../test/support/database.ts';
import { START, syncNow, testDeps } from '../../test/support/engine.ts';
import { createSalesforceEmulator, type SalesforceEmulator } from '../connectors/salesforce/emulator/emulator.ts';
import { createConnection } from '../engine/connections.ts';
import type { EngineDeps } from '../engine/deps.ts';
import { saveContacts } from '../hub/save-contacts.ts';
import { manualClock } from '../platform/clock.ts';
import type { Store } from '../store/db.ts';
import type { Cli } from './cli.ts';
import type { Product } from './compose.ts';
import { addFixCommand } from './fix.ts';

let store: Store;
let deps: EngineDeps;
let crm: SalesforceEmulator;
let connection: string;
beforeEach(async () => {
  store = await openTestStore();
  const clock = manualClock(START);
  crm = createSalesforceEmulator({ clock });
  deps = testDeps(store, clock, crm.request);
  const credentials = { ...crm.credentials, loginUrl: 'https://emulated.my.salesforce.test' };
  const input = { name: 'sf', crm: 'salesforce', enabled: true, export: { enabled: true, minimumScore: 0 } };
  connection = (await createConnection(deps, { ...input, credentials, quota: { dailyShare: 1 } }, 'api')).id;
  // A lead of Salesforce needs a company and a last name.
  const people = [
    { email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace', company: 'Engines' },
    { email: 'bob@example.com', first_name: 'Bob', last_name: 'Brown' },
    { email: 'cleo@example.com', first_name: 'Cleo', last_name: 'Cole' },
  ];
  await store.transaction((trx) =>
    saveContacts(
      trx,
      people.map((fields) => ({ fields })),
      { by: 'person', at: clock.now(), newId: () => deps.ids.next('ct'), mode: 'create' },
    ),
  );
});
afterEach(() => store.close());

/** The command as it is typed, on this engine. */
async function tandem(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: readonly string[]; readonly notes: readonly string[] }> {
  const [out, notes]: [string[], string[]] = [[], []];
  let code = 0;
  const cli = {
    out: (line: string) => void out.push(line),
    note: (line: string) => void notes.push(line),
    setExit: (next: number) => {
      code = next;
    },
    // `fix` uses nothing else of the product than the engine, and nothing else of the command line than these.
    withProduct: (work: (product: Product) => Promise<unknown>) => work({ engine: deps } as Product),
  } as Partial<Cli> as Cli;
  const program = new Command('tandem').exitOverride();
  addFixCommand(program, cli);
  await program.parseAsync(args, { from: 'user' });
  return { code, out, notes };
}
const sync = () => syncNow(deps, connection, { direction: 'toCrm' });
const leads = (): readonly string[] =>
  crm.world
    .all()
    .map((record) => `${String(record.fields['email'])}: ${String(record.fields['company'])}`)
    .sort();

test('fix lists who could not be written and why, takes a default for all of them, and the next synchronisation writes them', async () => {
  expect((await tandem('fix')).code).toBe(0);
  await sync();
  expect(leads()).toEqual(['ada@example.com: Engines']);
  const listed = await tandem('fix', '--json');
  expect(listed.code).toBe(3);
  const lines = JSON.parse(listed.out[0] ?? '[]') as {
    id: string;
    email: string;
    reason: string;
    field: string;
    message: string;
    todo: string;
  }[];
  expect(lines.map((line) => line.email).sort()).toEqual(['bob@example.com', 'cleo@example.com']);
  expect(lines.every((line) => line.reason === 'missing_required' && line.message !== '' && line.todo !== '')).toBe(
    true,
  );
  const text = await tandem('fix', '--connection', 'sf');
  expect(text.out).toHaveLength(2);
  expect(text.out.join('\n')).toContain('Bob Brown has no value there');
  const { id } = lines[0] ?? { id: '' };
  // Trying again without a change changes nothing.
  expect((await tandem('fix', id, '--retry')).notes[0]).toContain('1 ');
  await sync();
  expect((await tandem('fix')).out).toHaveLength(2);
  expect((await tandem('fix', id, '--default', 'unknown')).notes[0]).toContain('2 people');
  await sync();
  expect(leads()).toEqual(['ada@example.com: Engines', 'bob@example.com: unknown', 'cleo@example.com: unknown']);
  expect(await tandem('fix')).toEqual({ code: 0, out: [], notes: [] });
});

test("fix takes one person's own value, which then stands in the hub, too", async () => {
  await sync();
  const lines = JSON.parse((await tandem('fix', '--json')).out[0] ?? '[]') as { id: string; email: string }[];
  const bob = lines.find((line) => line.email === 'bob@example.com');
  await tandem('fix', bob?.id ?? '', '--value', 'Brown & Sons');
  await sync();
  expect(leads()).toContain('bob@example.com: Brown & Sons');
  expect((await tandem('fix')).out).toHaveLength(1);
  await expect(tandem('fix', 'rej_none', '--value', 'x')).rejects.toMatchObject({ name: 'NotFound' });
});
