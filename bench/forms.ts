import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { chromium, type Page } from 'playwright-core';
import { findBrowser } from '../scripts/test-run/needs.ts';
import { formInput } from '../src/api/contract/form.ts';
import { startEmulator } from '../src/cli/emulate.ts';
import { type Running, serve } from '../src/cli/serve.ts';
import { readConfig } from '../src/config.ts';
import { createConnection } from '../src/engine/connections.ts';
import { requestRuns } from '../src/engine/runs.ts';
import { createForm } from '../src/hub/forms/form-store.ts';
import { saveContacts } from '../src/hub/save-contacts.ts';

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const PORT = 4619;
const LATENCY_MS = 50;
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/**
 * From the click on a form's button in a real browser to the record in an emulated CRM that takes 50 ms for each call:
 * while nothing else runs, and while many contacts are being exported to the same CRM. Measured is the moment at which the
 * hub knows the record, a little after it was made.
 */
export async function measureForms(options: { readonly forms: number; readonly backfill: number }): Promise<void> {
  const executablePath = findBrowser();
  if (executablePath === undefined) return void process.stdout.write('forms: left out, there is no browser\n');
  const data = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
  const url = `http://localhost:${PORT}`;
  const crm = await startEmulator('salesforce', 0);
  crm.emulator.faults.add({ kind: 'slow', ms: LATENCY_MS, times: Number.MAX_SAFE_INTEGER });
  const running = await serve({
    // Each visitor has an address of his own, or the form would hold them for coming from one network.
    config: readConfig({ PORT: String(PORT), TANDEM_DATA: data, TANDEM_URL: url, TANDEM_TRUST_PROXY: '127.0.0.1,::1' }),
    emulatedHosts: new Set([new URL(crm.url).host]),
  });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const { engine } = running.product;
    const { id } = await createConnection(
      engine,
      {
        name: 'bench',
        enabled: true,
        ...crm.settings,
        export: { enabled: true, minimumScore: 20 },
        quota: { dailyShare: 1 },
      },
      'api',
    );
    const definition = formInput.parse({ name: 'bench', hourlyCeiling: 10_000 });
    const { name, enabled, ...rest } = definition;
    const form = await engine.store.transaction((trx) =>
      createForm(trx, { name, enabled, definition: rest }, { ids: engine.ids, at: engine.clock.now(), by: 'bench' }),
    );
    const load = async (from: number): Promise<readonly Page[]> => {
      const pages: Page[] = [];
      for (let index = 0; index < options.forms; index += 1) {
        const context = await browser.newContext({
          userAgent: CHROME,
          extraHTTPHeaders: { 'x-forwarded-for': `203.${Math.floor((from + index) / 250)}.${(from + index) % 250}.7` },
        });
        const page = await context.newPage();
        await page.goto(`${url}/f/${form.id}`);
        await page.fill('#email', `visitor${from + index}@example.com`);
        await page.fill('#last_name', 'Visitor');
        await page.fill('#company', 'Acme');
        pages.push(page);
      }
      await pause(3_200);
      return pages;
    };
    await settled(running);
    print('forms, nothing else running', await submitAll(running, await load(0), 0));
    const pages = await load(options.forms);
    await backfill(running, options.backfill);
    await requestRuns(engine, id, { mode: 'changes', trigger: 'person', direction: 'toCrm' });
    const started = performance.now();
    const times = await submitAll(running, pages, options.forms);
    const left = await waiting(running);
    print(`forms, ${options.backfill} contacts being exported`, times);
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(
      `  meanwhile exported: ${options.backfill - left} in ${seconds.toFixed(1)} s${left === 0 ? ' (all: the export was over before the last form)' : ''}\n`,
    );
  } finally {
    await browser.close();
    await running.stop();
    await crm.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

async function submitAll(running: Running, pages: readonly Page[], from: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (const [index, page] of pages.entries()) {
    const clicked = performance.now();
    await page.click('button');
    await arrived(running, `visitor${from + index}@example.com`);
    times.push(performance.now() - clicked);
    await page.context().close();
    await pause(150);
  }
  return times;
}

async function arrived(running: Running, email: string): Promise<void> {
  for (;;) {
    const found = await sql<{ one: number }>`
      select 1 as one from links l join contacts c on c.id = l.contact_id where c.email_key = ${email}`.execute(
      running.product.engine.store.db,
    );
    if (found.rows.length > 0) return;
    await pause(5);
  }
}

async function backfill(running: Running, count: number): Promise<void> {
  const { engine } = running.product;
  for (let start = 0; start < count; start += 1_000) {
    const ids: string[] = [];
    await engine.store.transaction((trx) =>
      saveContacts(
        trx,
        Array.from({ length: 1_000 }, (_, index) => ({
          fields: { email: `old${start + index}@example.com`, last_name: 'Old', company: 'Acme' },
        })),
        {
          by: 'import',
          at: engine.clock.now(),
          newId: () => {
            const id = engine.ids.next('ct');
            ids.push(id);
            return id;
          },
          mode: 'create',
        },
      ),
    );
    // They have reached the minimum score by what they did before.
    await sql`update contacts set score = 20, carried_points = 20 where id = any(${ids}::text[])`.execute(
      engine.store.db,
    );
  }
}

const waiting = async (running: Running): Promise<number> =>
  (
    await sql<{ count: number }>`select count(*)::int as count from due where side = 'crm'`.execute(
      running.product.engine.store.db,
    )
  ).rows[0]?.count ?? 0;

async function settled(running: Running): Promise<void> {
  for (;;) {
    const open = await sql<{ count: number }>`
      select count(*)::int as count from runs where status in ('queued', 'running')`.execute(
      running.product.engine.store.db,
    );
    if (open.rows[0]?.count === 0) return;
    await pause(200);
  }
}

/** Median, 95th percentile, slowest. */
function print(name: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string =>
    `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)} ms`;
  process.stdout.write(
    `${name}: ${times.length} submitted in a browser, in the CRM after ${at(0.5)} (median), ${at(0.95)} (p95), ${at(1)} (slowest)\n`,
  );
}
