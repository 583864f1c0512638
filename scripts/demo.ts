/** `npm run demo`: the whole product beside two emulated CRMs, in a throw-away folder, with sample people in step. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../src/cli/compose.ts';
import { type EmulatedServer, readPeople, startEmulator } from '../src/cli/emulate.ts';
import { runCommand } from '../src/cli/program.ts';
import { serve } from '../src/cli/serve.ts';
import { readConfig } from '../src/config.ts';
import { createConnection } from '../src/engine/connections.ts';
import type { EngineDeps } from '../src/engine/deps.ts';
import { readRuns, requestRuns } from '../src/engine/runs.ts';
import { recordEvents } from '../src/hub/record-events.ts';
import { saveContact } from '../src/hub/save-contacts.ts';
import { castOfTheDifficult, makeTrouble } from './demo/cast.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const LOGINS = [
  ['admin@example.com', 'admin'],
  ['marketing@example.com', 'marketing'],
  ['rep@example.com', 'sales'],
] as const;
const PASSWORD = 'tandem-demo';

const config = readConfig({
  ...process.env,
  TANDEM_DATA: process.env['TANDEM_DATA'] ?? mkdtempSync(join(tmpdir(), 'tandem-demo-')),
});
const started = Date.now();
say('Starting two emulated CRMs and filling them with sample people …');
const people = await readPeople(join(ROOT, 'samples', 'adventureworks-people.csv'));
const salesforce = await startEmulator('salesforce', 0);
const hubspot = await startEmulator('hubspot', 0);
const individuals = people.filter((one) => one.type === 'IN').map((one) => one.person);
const business = people.filter((one) => one.type === 'SC' || one.type === 'VC').map((one) => one.person);
// The race is run by the first of all people.
const ada = {
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'ada.lovelace@example.com',
  company: 'Analytical Engines',
  job_title: 'Boss',
  phone: '+44 20 7946 0001',
  mobile: '+44 7700 900001',
  street: '12 St James’s Square',
  postal_code: 'SW1Y 4JH',
  city: 'London',
  state: 'England',
  country: 'United Kingdom',
  website: 'https://analytical.example',
};
for (const { emulator } of [salesforce, hubspot]) emulator.world.seed([ada], 'lead');
salesforce.emulator.world.seed(individuals, 'lead');
hubspot.emulator.world.seed(business, 'contact');
castOfTheDifficult(salesforce.emulator.world, hubspot.emulator.world);
say(
  `${individuals.length} individual customers are leads in Salesforce, ${business.length} store and vendor contacts are contacts in HubSpot.`,
);

const emulatedHosts = new Set([salesforce, hubspot].map((server) => new URL(server.url).host));
const running = await serve({ config, emulatedHosts, say, runCommand });
const { engine, api } = running.product;
for (const [email, role] of LOGINS)
  await api.signIn.addUser({ email, role, password: PASSWORD }).catch(() => undefined);

async function connectTo(server: EmulatedServer, name: string, contacts: boolean): Promise<string> {
  const settings = {
    name,
    ...server.settings,
    enabled: true,
    import: { leads: true, contacts },
    export: { enabled: true, minimumScore: 20 },
    notify: { addresses: 'marketing@example.com', when: 'problems' },
  };
  return (await createConnection(engine, settings, 'api')).id;
}

/** A bar that fills as people come in. */
async function synchronise(deps: EngineDeps, id: string, label: string, total: number): Promise<void> {
  const runs = await requestRuns(deps, id, { mode: 'changes', trigger: 'person' });
  for (;;) {
    const now = await readRuns(
      deps.store.db,
      runs.map((run) => run.id),
    );
    const seen = Math.max(...now.map((run) => run.counts.seen));
    const share = Math.min(1, seen / Math.max(1, total));
    process.stderr.write(`\r${label}  ${'█'.repeat(Math.round(share * 30)).padEnd(30, '░')} ${seen}`);
    if (now.every((run) => run.endedAt !== null)) break;
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
  }
  process.stderr.write('\n');
}

const first = await connectTo(salesforce, 'salesforce-demo', false);
const second = await connectTo(hubspot, 'hubspot-demo', true);
await synchronise(engine, first, 'Salesforce', individuals.length + 10);
await synchronise(engine, second, 'HubSpot   ', business.length + 6);
await makeTrouble(engine, {
  salesforce: salesforce.emulator.world,
  hubspot: hubspot.emulator.world,
  saveContact,
  recordEvents,
});
await synchronise(engine, first, 'Salesforce', 10);
await synchronise(engine, second, 'HubSpot   ', 10);

say(`
Ready after ${Math.round((Date.now() - started) / 1000)} s: ${config.url}

  Sign in      ${LOGINS.map(([email]) => email).join(', ')}
  Password     ${PASSWORD}
  Play sales rep in   Salesforce ${salesforce.url}
                      HubSpot    ${hubspot.url}

What to try
  0. The first page is the race: change Ada's phone on one side and watch it arrive on the other.
  1. Open "API / CRM", then History: the numbers open the people, with each field before and after.
  2. Change somebody's phone in an emulated CRM, press "Synchronise", and look at the contact's page.
  3. Change the same field on both sides: the later one wins, and Conflicts keeps both.
  4. Look for the cast of the difficult: ${'Rita Required, Tina Twice, Max Merged, Lena Leadtocontact, Vera Vanished, Noah Nomail, Conrad Conflict, Laura Longname, Åsa Ünïcode, Olga Optedout, Paul Picklist, Theo Throttle'}.
  Ctrl-C stops everything; nothing is kept.`);

await new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
await running.stop();
await Promise.all([salesforce.stop(), hubspot.stop()]);
if (process.env['TANDEM_DATA'] === undefined) rmSync(config.dataDir, { recursive: true, force: true });
process.exit(0);
