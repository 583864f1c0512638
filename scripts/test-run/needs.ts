import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

/** What some tests need and not every machine has. */
export type Need = 'browser' | 'postgres' | 'zapier' | 'client';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of a Chromium, or undefined. */
export const findBrowser = (): string | undefined => BROWSERS.find((path) => existsSync(path));
/** The folder of PostgreSQL's programs, or undefined. */
export const findPostgres = (): string | undefined =>
  globSync('/usr/lib/postgresql/*/bin')
    .filter((path) => existsSync(`${path}/initdb`))
    .sort()
    .at(-1);

/** Folders with packages of their own, so that the product's dependencies stay small, and what is looked for in each. */
const OWN_PACKAGES = {
  zapier: ['zapier-platform-core', 'zapier-platform-schema'],
  client: ['openapi-fetch', 'openapi-typescript', 'typescript'],
} as const;
type OwnPackages = keyof typeof OWN_PACKAGES;
const isOwn = (need: Need): need is OwnPackages => need in OWN_PACKAGES;
const ROOT = join(import.meta.dirname, '..', '..');

const hasOwn = (folder: OwnPackages): boolean =>
  OWN_PACKAGES[folder].every((name) => existsSync(join(ROOT, folder, 'node_modules', name, 'package.json')));

function provideOwn(folder: OwnPackages): boolean {
  if (hasOwn(folder)) return true;
  process.stderr.write(`Installing the packages of ${folder}/ …\n`);
  spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: join(ROOT, folder),
    stdio: 'ignore',
    shell: process.platform === 'win32',
  });
  return hasOwn(folder);
}

/** Installs the Zapier app's packages, where npm and its registry can be reached. @returns whether they are there. */
export const provideZapier = (): boolean => provideOwn('zapier');
/** The same for the typed client's. */
export const provideClient = (): boolean => provideOwn('client');

const PACKAGES = { browser: 'chromium', postgres: 'postgresql' } as const;

const isThere = (need: Need): boolean =>
  isOwn(need) ? provideOwn(need) : (need === 'browser' ? findBrowser() : findPostgres()) !== undefined;
const howToGet = (need: Need): string =>
  isOwn(need) ? `npm ci --prefix ${need}` : `apt-get install ${PACKAGES[need]}`;

/** Debian's packages can be installed here, by us. */
const canInstall = (): boolean =>
  process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;

/** Installs what is missing where that is possible; returns what is still missing, each with how to get it. */
export function provide(needs: readonly Need[]): readonly { readonly need: Need; readonly how: string }[] {
  const missing = needs.filter((need) => !isThere(need));
  const packages = missing.flatMap((need) => (isOwn(need) ? [] : [PACKAGES[need]]));
  if (packages.length > 0 && canInstall()) install(packages);
  return needs.filter((need) => !isThere(need)).map((need) => ({ need, how: howToGet(need) }));
}

function install(packages: readonly string[]): void {
  process.stderr.write(`Installing what the tests need: ${packages.join(', ')} …\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
  } catch {
    process.stderr.write('They could not be installed; the tests that need them are left out.\n');
  }
}
