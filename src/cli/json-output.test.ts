import { rmSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { preparedDataFolder } from '../../test/support/data-folder.ts';
import { readConfig } from '../config.ts';
import type { Cli } from './cli.ts';
import { compose, type Product } from './compose.ts';
import { runCommand } from './program.ts';

const folder = preparedDataFolder('json');
let product: Product;
beforeAll(async () => {
  product = await compose({ config: readConfig({ TANDEM_DATA: folder, LOG_LEVEL: 'silent', PORT: '4567' }) });
});
afterAll(async () => {
  await product.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One command line on the open product, with the files that it may read. */
async function tandem(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  let code = 0;
  const out: string[] = [];
  const notes: string[] = [];
  const cli: Cli & { exit(): number } = {
    out: (line) => void out.push(line),
    note: (line) => void notes.push(line),
    progress: () => undefined,
    isTerminal: false,
    setExit: (next) => {
      code = next;
    },
    exit: () => code,
    readInput: async () => '',
    askSecret: async () => '',
    variables: async () => ({}),
    openRead: async (path) => Readable.from([Buffer.from(files[path] ?? '')]),
    openWrite: async () => new PassThrough().resume(),
    withProduct: (work) => work(product),
  };
  const status = await runCommand(args, cli);
  return { status, stdout: out.join('\n'), stderr: notes.join('\n') };
}
const json = async (args: readonly string[], files?: Readonly<Record<string, string>>): Promise<unknown> => {
  const { status, stdout, stderr } = await tandem([...args, '--json'], files);
  expect(stdout, `${args.join(' ')}: ${status} ${stderr}`).not.toBe('');
  return JSON.parse(stdout) as unknown;
};

test('every command but those that are a process of their own can answer one JSON document', async () => {
  const namesIn = (help: string): readonly string[] =>
    [...help.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help');
  const groups = ['user', 'api-key'];
  const all = namesIn((await tandem(['--help'])).stdout).map((name) => [name]);
  for (const group of groups)
    all.push(...namesIn((await tandem([group, '--help'])).stdout).map((name) => [group, name]));
  const commands = all.filter(([name = '', sub]) => sub !== undefined || !groups.includes(name));
  expect(commands.length).toBeGreaterThan(25);
  for (const command of commands) {
    if (['serve', 'worker', 'emulate'].includes(command[0] ?? '')) continue;
    expect((await tandem([...command, '--help'])).stdout, command.join(' ')).toContain('--json');
  }
});

test('settings as code tell as JSON what they did; a connection that a browser authorises says which address to open', async () => {
  const file = (connections: string): Record<string, string> => ({ 'file.yaml': `connections:\n${connections}` });
  const oauth = file(
    '  - { name: sales, crm: hubspot, credentials: { method: oauth, clientId: a, clientSecret: b }, import: { leads: true } }\n',
  );
  const address = 'http://localhost:4567/crm?tab=sales';
  expect(await json(['connect', 'file.yaml'], oauth)).toMatchObject({ name: 'sales', open: address });
  expect(await json(['apply', 'file.yaml'], oauth)).toEqual({
    connections: [{ name: 'sales', action: 'unchanged', changes: [] }],
  });
  const other = file('  - { name: sales, crm: hubspot, schedule: { everyMinutes: 60 } }\n');
  const changed = { name: 'sales', action: 'changed', changes: ['schedule.everyMinutes: 120 → 60'] };
  expect(await tandem(['diff', 'file.yaml', '--json'], other)).toMatchObject({
    status: 3,
    stdout: JSON.stringify({ connections: [changed] }),
  });
  expect(await json(['apply', 'file.yaml'], other)).toEqual({ connections: [changed] });
  expect(await json(['dump'])).toMatchObject({
    connections: [{ name: 'sales', credentials: { clientSecret: `\${SALES_CLIENTSECRET}` } }],
  });
  const second = file(
    '  - { name: second, crm: hubspot, credentials: { method: oauth, clientId: a, clientSecret: b } }\n',
  );
  const said = await tandem(['connect', 'file.yaml'], second);
  expect(said).toMatchObject({ status: 0, stdout: 'http://localhost:4567/crm?tab=second' });
  expect(said.stderr).toContain('press "Connect with …"');
  expect(await json(['apply', '--prune', 'file.yaml'], other)).toMatchObject({
    connections: [{ action: 'unchanged' }, { name: 'second', action: 'removed' }],
  });
});

test('pause, resume and why answer as JSON', async () => {
  await json(['import', 'list.csv'], { 'list.csv': 'E-mail;Prénom\nada@example.com;Ada\n' });
  await product.engine.store.db.updateTable('connections').set({ enabled: true }).execute();
  expect(await json(['pause'])).toEqual({
    connections: [{ name: 'sales', enabled: true, pausedReason: 'person' }],
  });
  expect(await json(['resume', 'sales'])).toMatchObject({ connections: [{ pausedReason: null }] });
  expect(await json(['resume'])).toMatchObject({ connections: [{ pausedReason: null }] });
  expect(await json(['why', 'ada@example.com'])).toMatchObject({
    contact: { email: 'ada@example.com' },
    connections: [
      { name: 'sales', gates: expect.arrayContaining([expect.objectContaining({ passed: false })]) as unknown },
    ],
  });
  expect(await tandem(['why', 'nobody@example.com', '--json'])).toMatchObject({ status: 2, stdout: '' });
});
