import { rmSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { vi } from 'vitest';
import { findBrowser } from '../../scripts/test-run/needs.ts';
import { type EmulatedServer, startEmulator } from '../../src/cli/emulate.ts';
import { type Running, serve, setupLink } from '../../src/cli/serve.ts';
import { readConfig } from '../../src/config.ts';
import { requestRuns, waitForRuns } from '../../src/engine/runs.ts';
import { preparedDataFolder } from './data-folder.ts';
import { freePort } from './free-port.ts';
import { listenForNotices } from './notices.ts';
import { PATIENCE_MS } from './patience.ts';

/** The password of whoever a browser test makes. */
export const PASSWORD = 'correct horse battery';
/** A person's browser: a headless one calls itself a machine, and forms believe it. */
export const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

export interface Stage {
  readonly url: string;
  readonly running: Running;
  readonly salesforce: EmulatedServer;
  readonly hubspot: EmulatedServer;
  readonly setup: string;
  /** Somebody's own browser, with our patience. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** A page of our interface in a browser of its own; what its notices say is kept (`hears`). */
  newPage(locale?: string): Promise<Page>;
  /** Makes the first administrator, who is signed in on this page then. */
  setUp(page: Page, email?: string): Promise<void>;
  /** Carries over what has changed, in both directions, and waits for the end. @throws when a run did not succeed */
  synchronise(connection: string, mode?: 'changes' | 'full'): Promise<void>;
  /** Waits until nothing synchronises any more. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/** The whole product on a port, two emulated CRMs beside it, and a real browser in front of it. */
export async function openStage(env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const port = await freePort();
  const data = preparedDataFolder('e2e');
  const url = `http://localhost:${port}`;
  const [salesforce, hubspot] = [await startEmulator('salesforce', 0), await startEmulator('hubspot', 0)];
  const emulatedHosts = new Set([salesforce, hubspot].map((server) => new URL(server.url).host));
  const running = await serve({
    config: readConfig({ PORT: String(port), TANDEM_DATA: data, TANDEM_URL: url, LOG_LEVEL: 'error', ...env }),
    emulatedHosts,
  });
  const browser = await launch();
  const setup = (await setupLink(running.product)) ?? '';
  const newContext = async (options: BrowserContextOptions = {}): Promise<BrowserContext> => {
    // Nothing is clicked while it still moves.
    const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  };
  return {
    url,
    running,
    salesforce,
    hubspot,
    setup,
    newContext,
    newPage: async (locale = 'en-GB') => {
      const context = await newContext({ locale, viewport: { width: 1280, height: 900 } });
      await listenForNotices(context);
      return context.newPage();
    },
    setUp: async (page, email = 'ada@example.com') => {
      await page.goto(setup);
      await makeAdministrator(page, email, PASSWORD);
      await page.waitForURL((address) => !address.pathname.startsWith('/setup'));
    },
    ...synchronising(running),
    close: async () => {
      await browser.close();
      await running.stop();
      await Promise.all([salesforce.stop(), hubspot.stop()]);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function launch(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('no browser');
  return chromium.launch({
    executablePath,
    timeout: PATIENCE_MS,
    // A container's shared memory is too small for pages.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
}

/** Fills the page in on which the first administrator is made. */
export async function makeAdministrator(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Make the administrator' }).click();
}

function synchronising({ product: { engine } }: Running): Pick<Stage, 'synchronise' | 'quiet'> {
  return {
    synchronise: async (connection, mode = 'changes') => {
      const asked = await requestRuns(engine, connection, { mode, trigger: 'person' });
      const ids = asked.map((run) => run.id);
      const ended = await waitForRuns(engine, ids, PATIENCE_MS);
      const bad = ended.filter((run) => run.status !== 'succeeded');
      if (bad.length > 0) throw new Error(`runs that did not succeed: ${JSON.stringify(bad)}`);
    },
    quiet: () =>
      vi.waitFor(
        async () => {
          const { length } = await engine.store.db
            .selectFrom('runs')
            .select('id')
            .where('status', 'in', ['queued', 'running'])
            .execute();
          if (length > 0) throw new Error(`${length} runs have not ended`);
        },
        { timeout: PATIENCE_MS },
      ),
  };
}
