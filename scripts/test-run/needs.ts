import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';

/** What some tests need and not every machine has. */
export type Need = 'browser' | 'postgres';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of a Chromium, or undefined. */
export const findBrowser = (): string | undefined => BROWSERS.find((path) => existsSync(path));
/** The folder of PostgreSQL's programs, or undefined. */
export const findPostgres = (): string | undefined =>
  globSync('/usr/lib/postgresql/*/bin')
    .filter((path) => existsSync(`${path}/initdb`))
    .sort()
    .at(-1);

const PACKAGES: Readonly<Record<Need, string>> = { browser: 'chromium', postgres: 'postgresql' };

const isThere = (need: Need): boolean => (need === 'browser' ? findBrowser() : findPostgres()) !== undefined;

/** Debian's packages can be installed here, by us. */
const canInstall = (): boolean =>
  process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;

/** Installs what is missing where that is possible; returns what is still missing, each with how to get it. */
export function provide(needs: readonly Need[]): readonly { readonly need: Need; readonly how: string }[] {
  const missing = needs.filter((need) => !isThere(need));
  if (missing.length > 0 && canInstall()) install(missing.map((need) => PACKAGES[need]));
  return needs.filter((need) => !isThere(need)).map((need) => ({ need, how: `apt-get install ${PACKAGES[need]}` }));
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
