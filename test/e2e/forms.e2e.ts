import { createServer, type Server } from 'node:http';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HONEYPOT } from '../../src/api/public/form-page.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { CHROME, openStage, type Stage } from '../support/browser.ts';
import { hears } from '../support/notices.ts';

/** A company's own website: another origin, with a content policy that allows nothing inline. */
async function openSite(hub: string, body: () => string): Promise<{ url: string; server: Server }> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader(
      'content-security-policy',
      `default-src 'none'; script-src ${hub}; connect-src ${hub}; form-action 'none'; style-src 'self'`,
    );
    response.end(`<!doctype html><html lang="en"><title>Site</title><h1>Our site</h1>${body()}</html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://localhost:${port}`, server };
}

describe('forms in a real browser', () => {
  let stage: Stage;
  let marketing: Page;
  let site: { url: string; server: Server };
  let embed = '';
  let address = '';
  const errors: string[] = [];
  beforeAll(async () => {
    stage = await openStage();
    marketing = await stage.newPage();
    marketing.on('pageerror', (error) => errors.push(error.message));
    site = await openSite(stage.url, () => embed);
  });
  afterAll(async () => {
    site.server.close();
    await stage.close();
  });
  const engine = () => stage.running.product.engine;
  const inHub = (email: string) => findContact(engine().store.db, email, stage.url);
  const inCrm = (email: string) => stage.salesforce.emulator.world.find(email, 5).filter((record) => !record.deleted);
  const visitor = (options: BrowserContextOptions = {}): Promise<BrowserContext> =>
    stage.newContext({ userAgent: CHROME, ...options });
  /** Fills the hosted page in as slowly as a person does. */
  const submit = async (context: BrowserContext, form: string, values: Record<string, string>): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(form);
    const loaded = Date.now();
    for (const [name, value] of Object.entries(values)) await page.locator(`[name="${name}"]`).fill(value);
    await expect.poll(() => Date.now() - loaded).toBeGreaterThan(3_100);
    await page.locator('button[type=submit]').click();
    await page.getByText('Thank you').waitFor();
    return page;
  };
  const key = async (): Promise<string> => {
    const { createApiKey } = await import('../../src/api/api-keys.ts');
    const made = await createApiKey(
      engine().store,
      { name: 'e2e', by: 'test', role: 'admin' },
      { ids: engine().ids, now: engine().clock.now() },
    );
    return made.key;
  };
  const makeForm = async (body: object): Promise<{ id: string; address: string; embed: string }> => {
    const response = await fetch(`${stage.url}/api/v1/forms`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await key()}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as { id: string; address: string; embed: string };
  };
  const confirmLink = async (): Promise<string> => {
    const mail = await engine()
      .store.db.selectFrom('outbox')
      .select('text')
      .where('kind', '=', 'form-confirmation')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow();
    return /http\S+\/c\/\S+/.exec(mail.text)?.[0] ?? '';
  };

  test('marketing builds a form with what is there by default, and sees it while building', async () => {
    await createConnection(
      engine(),
      {
        name: 'salesforce',
        enabled: true,
        ...stage.salesforce.settings,
        // What the screen proposes to somebody who switches the export on.
        export: { enabled: true, minimumScore: 20 },
      },
      'screen',
    );
    await stage.setUp(marketing);
    await marketing.getByRole('link', { name: 'Forms' }).click();
    await marketing.getByRole('button', { name: 'New form' }).first().click();
    await marketing.getByLabel('Title', { exact: true }).fill('Talk to us');
    const preview = marketing.frameLocator('iframe');
    await preview.getByRole('heading', { name: 'Talk to us' }).waitFor();
    await marketing.getByLabel('Sites whose pages may send').fill(site.url);
    await marketing.getByText('reaches salesforce at once').waitFor();
    await hears(marketing, 'saved as version 2', () =>
      marketing.getByRole('button', { name: 'Save the form' }).click(),
    );
    address = (await marketing.locator('a[href*="/f/frm_"]').first().getAttribute('href')) ?? '';
    embed = (await marketing.locator('code').first().textContent()) ?? '';
    expect(embed).toContain(address);
  });

  test('[R35] created, Tandem to CRM: somebody whom nobody knows submits a form, without JavaScript, and is in the CRM', async () => {
    const context = await visitor({ javaScriptEnabled: false });
    await submit(context, address, { email: 'john@example.com', last_name: 'Smith', company: 'Trade Show Ltd' });
    await expect.poll(() => inCrm('john@example.com').length).toBe(1);
    expect(inCrm('john@example.com')[0]?.fields).toMatchObject({ last_name: 'Smith', company: 'Trade Show Ltd' });
    await marketing.goto(`${stage.url}/crm?tab=history`);
    await marketing.locator('.run-row', { hasText: 'form' }).first().waitFor();
    await context.close();
  });

  test('on another site, under a strict content policy: a link without JavaScript, the form with it', async () => {
    const plain = await visitor({ javaScriptEnabled: false });
    const link = await plain.newPage();
    await link.goto(site.url);
    await expect.poll(() => link.locator('a[data-tandem-form]').getAttribute('href')).toBe(address);
    await plain.close();
    const context = await visitor();
    const page = await context.newPage();
    const blocked: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !/favicon|status of 422/.test(message.text())) blocked.push(message.text());
    });
    await page.goto(site.url);
    await page.getByLabel('E-mail').fill('grace@example.com');
    const loaded = Date.now();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Please fill this in.').first().waitFor();
    await page.getByLabel('Last name').fill('Hopper');
    await page.getByLabel('Company').fill('Navy');
    await expect.poll(() => Date.now() - loaded).toBeGreaterThan(3_500);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Thank you. We have received it.').waitFor();
    await expect.poll(() => inCrm('grace@example.com').length).toBe(1);
    expect(blocked).toEqual([]);
    await context.close();
  });

  test('[R45] what somebody unproven says of a known person is kept beside it, and one click takes it over', async () => {
    const context = await visitor();
    await submit(context, address, {
      email: 'grace@example.com',
      first_name: 'Grace',
      last_name: 'Murray',
      company: 'Navy',
    });
    await expect.poll(async () => (await inHub('grace@example.com'))?.fields['first_name']).toBe('Grace');
    expect((await inHub('grace@example.com'))?.fields['last_name']).toBe('Hopper');
    await marketing.goto(`${stage.url}/contacts/${(await inHub('grace@example.com'))?.id}`);
    await marketing.getByText('Last name: “Murray”').waitFor();
    await hears(marketing, 'Taken over.', () => marketing.getByRole('button', { name: 'Take over' }).click());
    await expect.poll(() => inCrm('grace@example.com')[0]?.fields['last_name']).toBe('Murray');
    await context.close();
  });

  test('[R45] proven by the confirmed link and then by this browser; the colleague in the same browser is another contact, unproven', async () => {
    const form = await makeForm({ name: 'Guide', doubleOptIn: true });
    await engine().store.transaction((trx) =>
      saveContact(
        trx,
        { fields: { email: 'charles@example.com', last_name: 'Babbage' } },
        { by: 'person', at: engine().clock.now(), newId: () => engine().ids.next('ct'), mode: 'create' },
      ),
    );
    const context = await visitor();
    await submit(context, form.address, { email: 'mary@example.com', last_name: 'Godwin', company: 'Books' });
    const page = await context.newPage();
    await page.goto(await confirmLink());
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('Thank you, it is confirmed').waitFor();
    await submit(context, address, { email: 'mary@example.com', last_name: 'Shelley', company: 'Books' });
    await expect.poll(async () => (await inHub('mary@example.com'))?.fields['last_name']).toBe('Shelley');
    await submit(context, address, { email: 'charles@example.com', last_name: 'Changed', company: 'Engines' });
    await expect.poll(async () => (await inHub('charles@example.com'))?.fields['company']).toBe('Engines');
    expect((await inHub('charles@example.com'))?.fields['last_name']).toBe('Babbage');
    expect((await inHub('mary@example.com'))?.fields['company']).toBe('Books');
    await context.close();
  });

  test('[R46] the own preference page opts out and lifts it again, by its buttons only', async () => {
    const { id = '' } = (await inHub('mary@example.com')) ?? {};
    const made = await fetch(`${stage.url}/api/v1/contacts/${id}/preference-link`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await key()}`, 'content-type': 'application/json' },
      body: '{}',
    });
    const { address: link } = (await made.json()) as { address: string };
    const context = await visitor();
    const page = await context.newPage();
    await page.goto(link);
    expect((await inHub(id))?.fields['opt_out']).toBeUndefined();
    await page.getByRole('button', { name: 'I want no more mails' }).click();
    await page.getByText('You receive no mails from us.').waitFor();
    expect((await inHub(id))?.fields['opt_out']).toBe(true);
    await page.getByRole('button', { name: 'I want mails again' }).click();
    await page.getByText('You may receive mails from us.').waitFor();
    expect((await inHub(id))?.fields['opt_out']).toBe(false);
    await context.close();
  });

  test('[R47] the page shows nothing of anybody; what this browser answered is not asked again, here or elsewhere', async () => {
    const form = await makeForm({
      name: 'Progressive',
      fields: [
        { field: 'email', required: true },
        { field: 'phone', progressive: true, required: true },
        { field: 'job_title', progressive: true },
      ],
      progressiveAtMost: 1,
      origins: [site.url],
    });
    const context = await visitor();
    const first = await context.newPage();
    await first.goto(form.address);
    await expect.poll(() => first.locator('.field input').count()).toBe(2);
    await submit(context, form.address, { email: 'grace@example.com', phone: '+44 20 7946 0000' });
    const second = await context.newPage();
    await second.goto(form.address);
    await second.getByLabel('Job title').waitFor();
    await expect.poll(() => second.getByLabel('Phone').count()).toBe(0);
    expect(await second.content()).not.toContain('7946');
    expect(await second.content()).not.toContain('Hopper');
    const elsewhere = await visitor();
    const other = await elsewhere.newPage();
    await other.goto(form.address);
    await other.getByLabel('Phone').waitFor();
    await elsewhere.close();
    // Embedded, the browser's memory is the site's.
    embed = form.embed;
    const page = await context.newPage();
    await page.goto(site.url);
    await page.getByLabel('Phone').waitFor();
    await page.getByLabel('E-mail').fill('grace@example.com');
    await page.getByLabel('Phone').fill('+44 20 7946 0001');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Thank you').waitFor();
    await page.reload();
    await page.getByLabel('Job title').waitFor();
    await expect.poll(() => page.getByLabel('Phone').count()).toBe(0);
    await context.close();
  });

  test('a submission that a machine seems to have sent waits in a list; one click lets it through to the CRM', async () => {
    const context = await visitor();
    const page = await context.newPage();
    await page.goto(address);
    for (const [name, value] of [
      ['email', 'hasty@example.com'],
      ['last_name', 'Hasty'],
      ['company', 'Quick'],
    ] as const)
      await page.locator(`[name="${name}"]`).fill(value);
    // What people do not see. Whoever is merely too fast is tested where the clock is ours.
    await page.locator(`[name="${HONEYPOT}"]`).fill('https://spam.example', { force: true });
    await page.locator('button[type=submit]').click();
    await page.getByText('Thank you').waitFor();
    await marketing.goto(`${stage.url}/forms?tab=submissions&status=held`);
    const line = marketing.locator('.mantine-Paper-root', { hasText: 'hasty@example.com' });
    await line.getByText('A field that people do not see was filled in.').waitFor();
    expect(await inHub('hasty@example.com')).toBeUndefined();
    await line.getByRole('button', { name: 'Let through' }).click();
    await expect.poll(() => inCrm('hasty@example.com').length).toBe(1);
    await context.close();
  });

  test('who has not reached the minimum score stays here, and the page says what is missing', async () => {
    const form = await makeForm({
      name: 'Newsletter',
      phase: 'discovery',
      fields: [{ field: 'email', required: true }],
    });
    const context = await visitor();
    await submit(context, form.address, { email: 'reader@example.com' });
    await expect.poll(async () => (await inHub('reader@example.com'))?.score).toBe(5);
    await marketing.goto(`${stage.url}/contacts/${(await inHub('reader@example.com'))?.id}`);
    await marketing.getByText('Score: 5 of 20 points.').waitFor();
    await marketing.getByText('15 more points would do').waitFor();
    expect(inCrm('reader@example.com')).toEqual([]);
    await context.close();
  });

  test('a test of the form reaches nobody', async () => {
    await marketing.goto(`${stage.url}/forms`);
    await marketing.getByRole('link', { name: 'Contact us' }).click();
    const [tab] = await Promise.all([
      marketing.context().waitForEvent('page'),
      marketing.getByRole('button', { name: 'Test this form' }).click(),
    ]);
    await tab.getByText('This is a test. It reaches nobody.').waitFor();
    for (const name of ['email', 'last_name', 'company'])
      await tab.locator(`[name="${name}"]`).fill(name === 'email' ? 'tester@example.com' : 'T');
    await tab.locator('button[type=submit]').click();
    await tab.getByText('Thank you').waitFor();
    await marketing.goto(`${stage.url}/forms?tab=submissions&status=tests`);
    await marketing.getByText('tester@example.com').waitFor();
    expect(await inHub('tester@example.com')).toBeUndefined();
    expect(errors).toEqual([]);
  });
});
