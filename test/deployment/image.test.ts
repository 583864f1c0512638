import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { prepareDataFolder } from '../support/data-folder.ts';
import { stagesOf } from '../support/dockerfile.ts';
import { freePort } from '../support/free-port.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const [build, image, ...more] = stagesOf(read('Dockerfile'));
if (build === undefined || image === undefined) throw new Error('the Dockerfile has two stages');

mkdirSync(join(ROOT, '.tmp'), { recursive: true });
const folder = mkdtempSync(join(ROOT, '.tmp', 'image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ignored = read('.dockerignore').split('\n');
/** What `npm ci` and `npm prune --omit=dev --omit=optional` leave, by the lock file. */
const productionPackages = (): readonly string[] => {
  type Entry = { readonly dev?: true; readonly optional?: true; readonly devOptional?: true };
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> };
  return Object.entries(packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
    .map(([path]) => path);
};

test('the first stage builds what the second copies, from files that reach it', () => {
  expect(more).toEqual([]);
  expect(build.copies.flatMap((copy) => copy.sources)).toEqual(['package.json', 'package-lock.json', '.']);
  // `npm run …`, `npm ci`, `npm prune …`: commands that exist, in an order in which each has what it needs.
  expect(build.runs).toEqual(['npm ci', 'npm run build && npm prune --omit=dev --omit=optional']);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(scripts['build']).toBeDefined();
  for (const needed of ['scripts/build.ts', 'web/index.html', 'bin/launch.js', 'src', 'docs', 'samples'])
    expect({ needed, there: existsSync(join(ROOT, needed)), ignored: ignored.includes(needed) }).toEqual({
      needed,
      there: true,
      ignored: false,
    });
});

test('what the second stage copies is enough: it starts, is well, serves the web interface, answers commands and stops', async () => {
  expect(image.user).toBe('node');
  const app = join(folder, 'app');
  mkdirSync(app);
  const packages = productionPackages();
  expect(packages.length).toBeGreaterThan(20);
  for (const { from, sources, to } of image.copies) {
    expect(from).toBe('build');
    for (const source of sources) {
      const path = source.replace(/^\/app\//, '');
      const target = join(app, to, to.endsWith('/') ? basename(path) : '');
      if (path === 'node_modules') {
        // Nested packages come with those that hold them.
        const outer = packages.filter((one) => !packages.some((other) => one.startsWith(`${other}/`)));
        for (const one of outer) mkdirSync(dirname(join(app, one)), { recursive: true });
        for (const one of outer) execFileSync('cp', ['-al', join(ROOT, one), join(app, one)]);
      } else if (path === 'dist' && !existsSync(join(ROOT, path))) mkdirSync(target, { recursive: true });
      else cpSync(join(ROOT, path), target, { recursive: true, filter: (file) => !/\.test\.tsx?$/.test(file) });
    }
  }
  expect(globSync('node_modules/vitest', { cwd: app })).toEqual([]);
  chmodSync(folder, 0o755);
  const data = prepareDataFolder(join(folder, 'data'));
  // The image's user owns nothing but its data folder; a clone that root keeps to itself cannot show that.
  const NOBODY = { uid: 65_534, gid: 65_534 };
  const drops =
    process.getuid?.() === 0 && spawnSync(process.execPath, ['-e', '0'], { cwd: app, ...NOBODY }).status === 0;
  if (drops) execFileSync('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, data]);
  const port = String(await freePort());
  const env = {
    ...image.env,
    PATH: process.env['PATH'] ?? '',
    PORT: port,
    TANDEM_DATA: data,
    TANDEM_URL: `http://localhost:${port}`,
  };
  const as = { cwd: app, env, ...(drops ? NOBODY : {}) };
  const node = ([program = '', ...args]: readonly string[]): readonly string[] => {
    expect(program).toBe('node');
    return args;
  };
  const healthy = (): boolean =>
    spawnSync(
      process.execPath,
      node(image.health).map((part) => part.replace(':4000/', `:${port}/`)),
      as,
    ).status === 0;
  expect(healthy()).toBe(false);
  const server = spawn(process.execPath, [...node(image.entrypoint), ...image.command], {
    ...as,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(server, 'exit');
  try {
    while (!healthy()) expect(server.exitCode, said).toBeNull();
    const page = await fetch(`http://127.0.0.1:${port}/`);
    if (existsSync(join(ROOT, 'dist', 'web', 'index.html'))) expect(await page.text()).toContain('<div id="root">');
    expect((await fetch(`http://127.0.0.1:${port}/api/docs`)).status).toBe(200);
    const listed = spawnSync(process.execPath, [...node(image.entrypoint), 'user', 'list'], {
      ...as,
      encoding: 'utf8',
    });
    expect({ status: listed.status, said: listed.stderr }).toEqual({ status: 0, said: '' });
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
  expect({ code: server.exitCode, said: /rror/.exec(said)?.[0] }).toEqual({ code: 0, said: undefined });
});
