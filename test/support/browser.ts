import { rmSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findBrowser } from '../../scripts/test-run/needs.ts';
import { type EmulatedServer, startEmulator } from '../../src/cli/emulate.ts';
import { type Running, serve, setupLink } from '../../src/cli/serve.ts';
import { readConfig } from '../../src/config.ts';
import { preparedDataFolder } from './data-folder.ts';
import { freePort } from './free-port.ts';

export interface Stage {
  readonly url: string;
  readonly running: Running;
  readonly salesforce: EmulatedServer;
  readonly hubspot: EmulatedServer;
  readonly browser: Browser;
  readonly setup: string;
  newPage(locale?: string): Promise<Page>;
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
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('no browser');
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  const setup = (await setupLink(running.product)) ?? '';
  return {
    url,
    running,
    salesforce,
    hubspot,
    browser,
    setup,
    newPage: async (locale = 'en-GB') =>
      (await browser.newContext({ locale, viewport: { width: 1280, height: 900 } })).newPage(),
    close: async () => {
      await browser.close();
      await running.stop();
      await Promise.all([salesforce.stop(), hubspot.stop()]);
      rmSync(data, { recursive: true, force: true });
    },
  };
}
