import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { mustHaveMemory } from '../src/store/memory.ts';
import { COMPILE_CACHE, type EndedCommand, startCommand } from './support/command.ts';
import { prepareDataFolder } from './support/data-folder.ts';

const root = join(import.meta.dirname, '..');
const data = mkdtempSync(join(tmpdir(), 'tandem-cli-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

const tandem = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<EndedCommand> => startCommand(args, { data: env['TANDEM_DATA'] ?? data, env, input }).ended;
/** Each command is a process, and a busy machine takes ten times as long as an idle one. */
const SLOW = { timeout: 240_000 };

test('every command that the documents name exists', SLOW, async () => {
  const known = new Set(
    [...(await tandem(['--help'])).stdout.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name ?? ''),
  );
  expect(known.size).toBeGreaterThan(15);
  for (const file of [...globSync('docs/**/*.md', { cwd: root }), 'README.md']) {
    for (const [, name] of readFileSync(join(root, file), 'utf8').matchAll(/`(?:npx )?tandem ([a-z-]+)/g))
      expect(known.has(name ?? ''), `${file}: tandem ${name}`).toBe(true);
  }
  const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
    .scripts;
  for (const command of Object.values(scripts))
    expect(
      globSync(command.split(' ').find((part) => /^(scripts|bin\/start|bench)/.test(part)) ?? 'package.json', {
        cwd: root,
      }),
    ).toHaveLength(1);
});

test('a person, a key, a list in, a list out: exit codes and JSON as documented', SLOW, async () => {
  expect(
    await tandem(
      ['user', 'add', 'ada@example.com', '--role', 'admin', '--password-stdin'],
      {},
      'correct horse battery\n',
    ),
  ).toMatchObject({ status: 0 });
  expect(
    JSON.parse((await tandem(['api-key', 'create', '--role', 'marketing', '--name', 'ci', '--json'])).stdout),
  ).toMatchObject({ key: expect.stringMatching(/^tdm_/) as string });
  expect(await tandem(['user', 'add', 'nobody', '--role', 'king'])).toMatchObject({ status: 2 });
  expect((await tandem(['setup-link'])).stderr).toContain('administrator already');
  const list = join(data, 'list.csv');
  writeFileSync(list, 'E-mail;Prénom;Ville\nada@example.com;Ada;Wien\nnobody;X;Y\n');
  expect(await tandem(['import', list])).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('1 created, 0 updated, 0 unchanged, 1 with problems') as string,
  });
  const out = join(data, 'out.csv');
  expect(await tandem(['export', out])).toMatchObject({ status: 0 });
  expect(readFileSync(out, 'utf8')).toContain('ada@example.com,Ada');
  expect(await tandem(['nonsense'])).toMatchObject({ status: 2 });
  expect(await tandem(['sync', 'nobody'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('There is no such connection.') as string,
  });
  expect((await tandem(['doctor'])).stdout).toContain('There is an administrator');
});

test('a taken port and a wrong variable each end in one clear sentence', SLOW, async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    server.once('listening', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '0';
  expect(await tandem(['serve'], { PORT: port })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`Port ${port} is in use by another program.`) as string,
  });
  server.close();
  expect(await tandem(['serve'], { TANDEM_COLOUR: 'red' })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('TANDEM_COLOUR is not known') as string,
  });
});

test('too little memory for the embedded database ends in one clear sentence', SLOW, () => {
  const mb = 1024 * 1024;
  expect(() => mustHaveMemory({ available: 300 * mb, addresses: null })).toThrow(
    /too little memory .*: 300 MB are free, it needs 400\..*DATABASE_URL\.$/,
  );
  expect(() => mustHaveMemory({ available: 2_000 * mb, addresses: 64_000 * mb })).not.toThrow();
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', `ulimit -v 20000000; exec "${process.execPath}" src/cli/main.ts setup-link`],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        TANDEM_DATA: join(data, 'memory'),
      },
    },
  );
  expect(stderr).toMatch(/^There is too little memory .*: this process may address 19 GB only\..*DATABASE_URL\.\n$/);
  expect(status).toBe(1);
});

test('a backup brings its key along under a passphrase; somebody is invited by a link', SLOW, async () => {
  const file = join(data, 'with-key.backup');
  const other = prepareDataFolder(join(data, 'other'));
  expect(await tandem(['backup', file, '--with-key', '--passphrase-stdin'], {}, 'short\n')).toMatchObject({
    status: 2,
  });
  expect(
    (await tandem(['backup', file, '--with-key', '--passphrase-stdin'], {}, 'correct horse battery\n')).status,
  ).toBe(0);
  const restore = (passphrase: string) =>
    tandem(['restore', file, '--passphrase-stdin', '--json'], { TANDEM_DATA: other }, `${passphrase}\n`);
  expect(await restore('wrong horse battery')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('not the passphrase') as string,
  });
  expect(JSON.parse((await restore('correct horse battery')).stdout)).toMatchObject({ credentialsLost: [] });
  const key = (folder: string): string => readFileSync(join(folder, 'secret.key'), 'utf8');
  expect(key(other)).toBe(key(data));
  expect((await tandem(['user', 'invite', 'bob@example.com', '--role', 'sales'])).stdout).toMatch(/\/invitation#\S+/);
  expect(await tandem(['fix', '--json'])).toMatchObject({ status: 0, stdout: '[]\n' });
});
