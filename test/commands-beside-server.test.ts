import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmulatedServer, startEmulator } from '../src/cli/emulate.ts';
import { type EndedCommand, type StartedCommand, startCommand } from './support/command.ts';
import { prepareDataFolder } from './support/data-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'tandem-beside-'));
const data = join(folder, 'data');
/** Commands are typed somewhere else than where the server was started. */
const desk = join(folder, 'desk');
mkdirSync(desk);
const started: StartedCommand[] = [];

function start(
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string; data?: string } = {},
): StartedCommand {
  const command = startCommand(args, { data, cwd: desk, ...options });
  started.push(command);
  return command;
}

const tandem = (args: readonly string[], options?: Parameters<typeof start>[1]): Promise<EndedCommand> =>
  start(args, options).ended;
const serve = async (): Promise<StartedCommand> => {
  const server = start(['serve'], { env: { PORT: '0', TANDEM_ALLOW_HOSTS: '127.0.0.1' } });
  await server.says('is ready');
  return server;
};

afterAll(() => {
  for (const { child } of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Each command is a process, and a busy machine takes ten times as long as an idle one. */
const SLOW = { timeout: 240_000 };

describe('commands beside a running server on the embedded database', SLOW, () => {
  let server: StartedCommand;
  let crm: EmulatedServer;
  beforeAll(async () => {
    crm = await startEmulator('hubspot', 0);
    crm.emulator.world.seed([{ email: 'grace@example.com', first_name: 'Grace' }, { first_name: 'Nobody' }], 'lead');
    server = await serve();
  });
  afterAll(async () => {
    await crm.stop();
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ status: 0, stderr: expect.not.stringContaining('rror') as string });
    expect(existsSync(join(data, 'tandem.sock'))).toBe(false);
  });

  test('only the owner of the folder can reach the socket', () => {
    expect(statSync(join(data, 'tandem.sock')).mode & 0o777).toBe(0o600);
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });

  test('a person with a password from standard input, a key as JSON, a list of people', async () => {
    const added = await tandem(['user', 'add', 'ada@example.com', '--role', 'admin', '--password-stdin'], {
      input: 'correct horse battery\n',
    });
    expect(added).toMatchObject({ status: 0, stdout: 'ada@example.com can sign in.\n' });
    const key = await tandem(['api-key', 'create', '--role', 'marketing', '--name', 'ci', '--json']);
    expect(JSON.parse(key.stdout)).toMatchObject({ key: expect.stringMatching(/^tdm_/) as string });
    expect((await tandem(['user', 'list'])).stdout).toBe('ada@example.com  admin\n');
  });

  test('files are those of whoever typed the command: in, out, and a backup while it runs', async () => {
    const rows = Array.from(
      { length: 5_000 },
      (_, index) => `p${index}@example.com;Person ${index};${'Wien '.repeat(20)}`,
    );
    writeFileSync(join(desk, 'list.csv'), ['E-mail;Prénom;Ville', ...rows, 'nobody;X;Y', ''].join('\n'));
    expect(await tandem(['import', 'list.csv'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('5000 created, 0 updated, 0 unchanged, 1 with problems') as string,
    });
    expect(await tandem(['export', 'out.csv'])).toMatchObject({ status: 0, stderr: '5000 contacts\n' });
    expect(readFileSync(join(desk, 'out.csv'), 'utf8')).toContain('p4999@example.com,Person 4999');
    expect(await tandem(['backup', 'one.backup'])).toMatchObject({ status: 0 });
    expect(statSync(join(desk, 'one.backup')).mode & 0o777).toBe(0o600);
    const elsewhere = prepareDataFolder(join(folder, 'restored'));
    expect(await tandem(['restore', 'one.backup'], { data: elsewhere })).toMatchObject({ status: 0 });
    expect((await tandem(['export', 'again.csv'], { data: elsewhere })).stderr).toContain('5000 contacts\n');
  });

  test('what goes wrong over there is said here, with the exit code of the documents', async () => {
    expect(await tandem(['import', 'none.csv'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('There is no such file') as string,
    });
    expect(await tandem(['backup', 'no/such/folder/x'])).toMatchObject({ status: 2 });
    expect(existsSync(join(desk, 'no'))).toBe(false);
    expect(await tandem(['backup', '/dev/full'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('The disk is full.') as string,
    });
    expect(await tandem(['restore', 'one.backup'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('The database is not empty.') as string,
    });
    expect(await tandem(['setup-link'])).toMatchObject({ status: 1 });
    expect(await tandem(['sync', 'nobody'])).toMatchObject({ status: 2 });
    expect(await tandem(['nonsense'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("unknown command 'nonsense'") as string,
    });
    expect(await tandem(['sync'])).toMatchObject({ status: 2 });
  });

  test('doctor looks at the running instance, version at the program', async () => {
    const doctor = await tandem(['doctor']);
    expect(doctor.stdout).toContain('✓ There is an administrator');
    expect((await tandem(['version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await tandem(['--help'])).stdout).toContain('backup');
  });

  test('settings as code take the variables of whoever typed the command; a sync prints its counts', async () => {
    const { accessToken } = crm.settings['credentials'] as { accessToken: string };
    writeFileSync(
      join(desk, 'crm.yaml'),
      `connections:\n  - name: hs\n    crm: hubspot\n    enabled: true\n    baseUrl: ${crm.url}\n    credentials: { method: token, accessToken: "\${SECRET_TOKEN}" }\n`,
    );
    expect(await tandem(['connect', 'crm.yaml'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('The variable SECRET_TOKEN is not set.') as string,
    });
    expect(await tandem(['connect', 'crm.yaml'], { env: { SECRET_TOKEN: accessToken } })).toMatchObject({ status: 0 });
    const synced = await tandem(['sync', 'hs', '--direction', 'toHub', '--full', '--json']);
    expect(synced.status).toBe(3);
    expect(JSON.parse(synced.stdout)).toMatchObject({
      runs: [{ status: 'succeeded', counts: { seen: 2, rejected: 1 } }],
    });
    expect(await tandem(['why', 'grace@example.com'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('hs') as string,
    });
  });

  test('a program of another version is told so', async () => {
    const socket = connect(join(data, 'tandem.sock'));
    socket.write('{"type":"hello","version":"0.0.0","args":["doctor"],"isTerminal":false}\n');
    let said = '';
    for await (const text of socket.setEncoding('utf8')) said += String(text);
    expect(said).toContain('this command is version 0.0.0');
    expect(said).toContain('{"type":"exit","code":1}');
  });

  test('a command that is broken off, or speaks nonsense, leaves the server well', async () => {
    const pipe = join(desk, 'endless');
    execFileSync('mkfifo', [pipe]);
    const broken = start(['import', 'endless']);
    // Opening a pipe for writing waits until somebody reads it: the command is under way.
    const writer = await open(pipe, 'w');
    await writer.write('E-mail\nnobody-yet@example.com\n');
    broken.child.kill('SIGKILL');
    await broken.ended;
    await writer.close();
    const socket = connect(join(data, 'tandem.sock'));
    socket.on('error', () => undefined).write('nonsense\n');
    await once(socket, 'close');
    expect(await tandem(['user', 'list'])).toMatchObject({ status: 0 });
  });
});

describe('without a server', SLOW, () => {
  test('a server that was killed leaves a socket and a lock behind; commands and the next server take no notice', async () => {
    const killed = await serve();
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(existsSync(join(data, 'tandem.sock'))).toBe(true);
    expect(await tandem(['user', 'list'])).toMatchObject({ status: 0, stdout: 'ada@example.com  admin\n' });
    const next = await serve();
    expect(await tandem(['user', 'list'])).toMatchObject({ status: 0 });
    next.child.kill('SIGTERM');
    expect(await next.ended).toMatchObject({ status: 0 });
  });

  test('two commands at once: the second waits its turn', async () => {
    const both = await Promise.all([tandem(['user', 'list']), tandem(['api-key', 'list'])]);
    expect(both.map((one) => one.status)).toEqual([0, 0]);
  });

  test('a second server on the folder is refused', async () => {
    const first = await serve();
    const second = await tandem(['serve'], { env: { PORT: '0' } });
    expect(second).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is in use by another Tandem') as string,
    });
    expect(await tandem(['user', 'list'])).toMatchObject({ status: 0 });
    first.child.kill('SIGTERM');
    await first.ended;
  });

  test('a folder with a very long name is reached too', { skip: process.platform !== 'linux' }, async () => {
    const long = prepareDataFolder(join(folder, 'x'.repeat(120)));
    const server = start(['serve'], { env: { PORT: '0' }, data: long });
    await server.says('is ready');
    expect(await tandem(['doctor'], { data: long })).toMatchObject({
      stdout: expect.stringContaining('Database: embedded') as string,
    });
    server.child.kill('SIGTERM');
    await server.ended;
  });
});
