/**
 * `npm run demo`: the whole product beside two emulated CRMs, in a throw-away folder, with sample people in step.
 * `-- --all`: beside all six. `-- --people 500`: with so many sample people only.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type EmulatedServer, readPeople, startEmulator } from '../src/cli/emulate.ts';
import { runCommand } from '../src/cli/program.ts';
import { serve } from '../src/cli/serve.ts';
import { ROOT } from '../src/cli/version.ts';
import { readConfig } from '../src/config.ts';
import { manifests } from '../src/connectors/index.ts';
import type { EmulatedPerson } from '../src/connectors/kit/testing/emulator.ts';
import { createConnection } from '../src/engine/connections.ts';
import type { EngineDeps } from '../src/engine/deps.ts';
import { readRuns, requestRuns } from '../src/engine/runs.ts';
import { CAST, mapForCast, playCast, seedCast } from './demo/cast.ts';
import { createBar } from './demo/progress.ts';

const { values: wish } = parseArgs({ options: { all: { type: 'boolean' }, people: { type: 'string' } } });
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const LOGINS = [
  ['admin@example.com', 'admin'],
  ['marketing@example.com', 'marketing'],
  ['rep@example.com', 'sales'],
] as const;
const PASSWORD = 'tandem-demo';
/** How the individual customers are shared out; Salesforce has the rest. Whoever is in two CRMs would be one person. */
const SHARES: Readonly<Record<string, number>> = { pipedrive: 0.1, zoho: 0.15, 'zendesk-sell': 0.1, 'sap-c4c': 0.1 };

interface Stand {
  readonly id: string;
  readonly label: string;
  readonly server: EmulatedServer;
  readonly people: number;
}

const started = Date.now();
const config = readConfig({
  ...process.env,
  TANDEM_DATA: process.env['TANDEM_DATA'] ?? mkdtempSync(join(tmpdir(), 'tandem-demo-')),
});
const ids = wish.all === true ? [...manifests.keys()] : ['salesforce', 'hubspot'];
say(`Starting ${ids.length} emulated CRMs and filling them with sample people …`);
const stands = await openStands();
const standOf = (id: string): Stand => {
  const stand = stands.find((one) => one.id === id);
  if (stand === undefined) throw new Error(`the demo has no ${id}`);
  return stand;
};
const stage = { salesforce: standOf('salesforce').server.emulator, hubspot: standOf('hubspot').server.emulator };
const emulatedHosts = new Set(stands.map(({ server }) => new URL(server.url).host));
const running = await serve({ config, emulatedHosts, say, runCommand });
const { engine, api } = running.product;
for (const [email, role] of LOGINS)
  await api.signIn.addUser({ email, role, password: PASSWORD }).catch(() => undefined);

/** Emulators with their people: individuals are leads, store and vendor contacts are contacts in HubSpot. */
async function openStands(): Promise<readonly Stand[]> {
  const limit = wish.people === undefined ? Number.POSITIVE_INFINITY : Number(wish.people);
  const rows = (await readPeople(join(ROOT, 'samples', 'adventureworks-people.csv'))).slice(0, limit);
  // A lead of Salesforce has a company; what sales teams write where there is none.
  const individuals = rows
    .filter((one) => one.type === 'IN')
    .map((one) => ({ ...one.person, company: one.person['company'] ?? 'Private customer' }));
  const business = rows.filter((one) => one.type === 'SC' || one.type === 'VC').map((one) => one.person);
  const servers = await Promise.all(ids.map(async (id) => ({ id, server: await startEmulator(id, 0) })));
  const emulatorOf = (id: string) => servers.find((one) => one.id === id)?.server.emulator;
  const [salesforce, hubspot] = [emulatorOf('salesforce'), emulatorOf('hubspot')];
  // The cast comes first, so that everybody's first page has them.
  if (salesforce !== undefined && hubspot !== undefined) seedCast({ salesforce, hubspot });
  let from = 0;
  const sharedOut = ids.flatMap((id) => {
    const count = Math.round((SHARES[id] ?? 0) * individuals.length);
    if (id === 'salesforce' || id === 'hubspot') return [];
    from += count;
    return [[id, individuals.slice(from - count, from)] as const];
  });
  const people = new Map<string, readonly EmulatedPerson[]>([
    ...sharedOut,
    ['salesforce', individuals.slice(from)],
    ['hubspot', business],
  ]);
  return servers.map(({ id, server }) => {
    server.emulator.world.seed(people.get(id) ?? [], id === 'hubspot' ? 'contact' : 'lead');
    const label = manifests.get(id)?.label ?? id;
    return { id, label, server, people: server.emulator.world.all().length };
  });
}

async function connectTo({ id, server }: Stand): Promise<void> {
  const isSplit = manifests.get(id)?.kinds.includes('contact') === true;
  const settings = {
    name: `${id}-demo`,
    ...server.settings,
    enabled: true,
    import: { leads: true, ...(isSplit ? { contacts: id === 'hubspot' } : {}) },
    export: { enabled: true, minimumScore: 20 },
    notify: { addresses: 'marketing@example.com', when: 'problems' },
    ...(id === 'salesforce' ? { options: { assignmentRule: 'none' } } : {}),
  };
  await createConnection(engine, settings, 'api');
}

/** Both directions of one connection, with a bar. */
async function synchronise(deps: EngineDeps, { id, label, people }: Stand): Promise<void> {
  const runs = await requestRuns(deps, `${id}-demo`, { mode: 'changes', trigger: 'person' });
  const bar = createBar(label, people);
  for (;;) {
    const now = await readRuns(
      deps.store.db,
      runs.map((run) => run.id),
    );
    const seen = Math.max(...now.map((run) => run.counts.seen));
    if (now.every((run) => run.endedAt !== null)) return bar.done(seen);
    bar.show(seen);
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
  }
}

for (const stand of stands) await connectTo(stand);
await mapForCast(engine, 'salesforce-demo', 'hubspot-demo');
for (const stand of stands) await synchronise(engine, stand);
say('And now twelve people to whom something happens …');
await playCast(engine, stage, async () => {
  for (const id of ['salesforce', 'hubspot']) await quietly(id);
});

async function quietly(id: string): Promise<void> {
  const runs = await requestRuns(engine, `${id}-demo`, { mode: 'changes', trigger: 'person' });
  for (;;) {
    const now = await readRuns(
      engine.store.db,
      runs.map((run) => run.id),
    );
    if (now.every((run) => run.endedAt !== null)) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}

say(`
Ready after ${Math.round((Date.now() - started) / 1000)} s: ${config.url}

  Sign in      ${LOGINS.map(([email]) => email).join(', ')}
  Password     ${PASSWORD}
  Play sales rep in
${stands.map(({ label, server }) => `    ${label.padEnd(30)} ${server.url}`).join('\n')}

What to try
  The first page is the race: change Ada's phone on one side and watch it arrive on the other.
  Then look for the cast of the difficult, under Contacts › search; each page tells what happened and why:
${CAST.map(([name, what]) => `    ${name.padEnd(20)} ${what}`).join('\n')}
  Ctrl-C stops everything; nothing is kept.`);

await new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
await running.stop();
await Promise.all(stands.map(({ server }) => server.stop()));
if (process.env['TANDEM_DATA'] === undefined) rmSync(config.dataDir, { recursive: true, force: true });
process.exit(0);
