import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formInput } from '../../src/api/contract/form.ts';
import { storeFile } from '../../src/hub/forms/files.ts';
import { createForm } from '../../src/hub/forms/form-store.ts';
import { CHROME, makeAdministrator, openStage, PASSWORD, type Stage } from '../support/browser.ts';
import { hears } from '../support/notices.ts';

/**
 * The article that describes the original, step by step and in its order. A step that cannot work yet stands here as
 * `(not yet: why)`; later work turns it into a step, none is deleted.
 */
describe('the walk through the article', () => {
  let stage: Stage;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    stage = await openStage();
    page = await stage.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) errors.push(message.text());
    });
  });
  afterAll(() => stage.close());
  const world = () => stage.salesforce.emulator.world;
  /** The pink button; what it began has ended, here and on the screen. */
  const synchroniseEverything = async (): Promise<void> => {
    await stage.quiet();
    await hears(page, 'Started.', () => page.getByRole('button', { name: 'Synchronise everything' }).click());
    await stage.quiet();
    await page.locator('[data-status=queued], [data-status=running]').first().waitFor({ state: 'detached' });
  };
  const openHistory = async (): Promise<void> => {
    await page.getByRole('tab', { name: 'History' }).click();
    await page.locator('.run-row').first().waitFor();
  };
  /** The newest line of a direction. */
  const line = (title: string) => page.locator('.run-row', { hasText: title }).first();

  test('without the code nobody makes an administrator; with it once', async () => {
    await page.goto(`${stage.url}/setup`);
    await makeAdministrator(page, 'eve@example.com', 'not the right one');
    await page.getByText('not valid any more').waitFor();
    await page.goto('about:blank');
    await page.goto(stage.setup);
    await makeAdministrator(page, 'ada@example.com', PASSWORD);
    await page.waitForURL('**/crm*');
  });

  test('to get to the interface: Configuration › API / CRM; several tabs are there', async () => {
    await page.getByRole('link', { name: 'Configuration › API / CRM' }).click();
    for (const name of [
      'Configuration',
      'History',
      'Salesforce',
      'Pipedrive',
      'Zoho CRM',
      'HubSpot',
      'Zendesk Sell (formerly Base)',
      'SAP C4C',
      'Zapier',
    ]) {
      // Waited for: the tabs come after the answer that says which connectors there are.
      await page.getByRole('tab', { name }).first().waitFor();
    }
  });

  test("tab C: the CRM's login details; the check answers with the account", async () => {
    await page.getByRole('tab', { name: 'Salesforce' }).click();
    // One box takes anything: of another CRM it opens that one's form, and nothing of a token shows in the address.
    const paste = async (text: string): Promise<void> => {
      await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
      await page.getByLabel('Paste anything: a token').click();
      await page.keyboard.press('ControlOrMeta+V');
    };
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await paste('pat-eu1-00000000-1111-2222-3333-444444444444');
    await page.getByText('A HubSpot token of the EU region.').waitFor();
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Access token' }).inputValue())
      .toBe('pat-eu1-00000000-1111-2222-3333-444444444444');
    await page.waitForURL('**/crm?*tab=new-hubspot*');
    expect(page.url()).not.toContain('pat-');
    await paste('https://acme--uat.sandbox.lightning.force.com/lightning/page/home');
    await page.getByText('the Salesforce sandbox “uat”').waitFor();
    await expect
      .poll(() => page.getByLabel('Address of your org').inputValue())
      .toBe('https://acme--uat.sandbox.my.salesforce.com');
    await paste('what is this');
    await page.getByText('That is nothing we know').waitFor();
    await page.getByLabel('Address of your org').fill(stage.salesforce.url);
    await page.getByLabel('Consumer key').fill('emulated-client');
    await page.getByRole('textbox', { name: 'Consumer secret' }).fill('emulated-secret');
    await page.getByLabel('Address of the API').fill(stage.salesforce.url);
    // What only its administrator knows is asked now: who gets new leads.
    await page.getByRole('combobox', { name: 'Assignment rule for new leads' }).click();
    await page.getByRole('option', { name: 'The active assignment rule of Salesforce' }).click();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('Connected to Emulated Bikes').first().waitFor();
    await page.getByText(/^\d+ leads, \d+ contacts$/).waitFor();
  });

  test('tab C: each field can be switched off, mapped and given a direction', async () => {
    await page.locator('[data-line=company]', { hasText: 'required' }).waitFor();
    const mobile = page.locator('[data-line=mobile]');
    await mobile.locator('label', { hasText: '←' }).click();
    // What cannot be carried out is closed, with the reason: the score is calculated here.
    await expect.poll(() => page.locator('[data-line=score] input[value=both]').isDisabled()).toBe(true);
    await hears(page, 'The mapping is saved', () =>
      page.getByRole('button', { name: 'Update the configuration' }).click(),
    );
  });

  test('tab A: leads are ticked by default, contacts are not; nothing is saved before "Update the configuration"', async () => {
    world().seed(
      [
        { email: 'john.smith@example.com', first_name: 'John', last_name: 'Smith', company: 'Trade Show Ltd' },
        { first_name: 'No', last_name: 'Address' },
      ],
      'lead',
    );
    await page.getByRole('tab', { name: 'Configuration', exact: true }).click();
    await expect.poll(() => page.getByLabel('LEADS in your CRM').isChecked()).toBe(true);
    await expect.poll(() => page.getByLabel('CONTACTS in your CRM').isChecked()).toBe(false);
    await page.getByLabel('Send contacts to the CRM').check();
    await page.getByLabel('Minimum score').fill('20');
    const onOff = page.getByRole('switch', { name: 'Synchronisation' });
    await expect.poll(() => onOff.isEnabled()).toBe(true);
    await onOff.check({ force: true });
    await page.getByLabel('E-mail addresses, separated by ;').fill('ada@example.com; bob@example.com');
    await page.getByText('not saved yet').waitFor();
    await hears(page, 'The configuration is updated.', () =>
      page.getByRole('button', { name: 'Update the configuration' }).click(),
    );
  });

  test('switching on leads to the preview; nothing was written yet; approving it starts the first run', async () => {
    const carryOut = page.getByRole('button', { name: 'Carry this out' }).and(page.locator(':enabled'));
    await carryOut.waitFor();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 created').waitFor();
    // Both directions are previewed, and the whole of it can be taken into a ticket.
    await dialog.getByText('Tandem → salesforce', { exact: true }).click();
    await dialog.getByText('0 created').waitFor();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await dialog.getByRole('button', { name: 'Copy as Markdown' }).click();
    const copied = (): Promise<string> => page.evaluate<string>('navigator.clipboard.readText()');
    await expect.poll(copied).toContain('| john.smith@example.com | created | Company | – | Trade Show Ltd |');
    expect(await copied()).toContain('No Address has no e-mail address in Salesforce');
    expect(await stage.running.product.engine.store.db.selectFrom('contacts').selectAll().execute()).toEqual([]);
    await hears(page, 'Started.', () => carryOut.click());
  });

  test('tab B: one line is one direction; created and rejected open the people with reasons', async () => {
    await openHistory();
    await stage.quiet();
    await page.getByText(/Next: .*, changes, both directions/).waitFor();
    await page.getByText(/Both directions, everybody: about \d+ API calls/).waitFor();
    await expect.poll(() => line('salesforce → Tandem').textContent()).toContain('1 created');
    await line('salesforce → Tandem').getByText('rejected').click();
    const people = page.getByRole('dialog');
    await people.getByText('No Address has no e-mail address in Salesforce').waitFor();
    await page.keyboard.press('Escape');
    await people.waitFor({ state: 'detached' });
  });

  test('created, Tandem to CRM: somebody not known anywhere is made in the CRM once the score is reached', async () => {
    const { engine } = stage.running.product;
    const { saveContact } = await import('../../src/hub/save-contacts.ts');
    const { recordEvents } = await import('../../src/hub/record-events.ts');
    await engine.store.transaction((trx) =>
      saveContact(
        trx,
        { fields: { email: 'new@example.com', last_name: 'Newcomer', company: 'New Ltd' } },
        { by: 'form', at: engine.clock.now(), newId: () => engine.ids.next('ct'), mode: 'create' },
      ),
    );
    await engine.store.transaction((trx) =>
      recordEvents(
        trx,
        [{ id: 'e1', type: 'form', email: 'new@example.com', at: engine.clock.now(), data: { phase: 'purchase' } }],
        engine.clock.now(),
      ),
    );
    await page.getByRole('button', { name: 'Other ways to synchronise' }).click();
    await hears(page, 'Started.', () => page.getByRole('menuitem', { name: 'Changes only' }).click());
    await expect.poll(() => world().find('new@example.com', 1).length).toBe(1);
    expect(world().find('new@example.com', 1)[0]?.raw['Tandem_Url__c']).toMatch(/\/contacts\/ct_/);
  });

  test('updated, CRM to Tandem: what the rep entered about John Smith arrives; the contact leads back to the record', async () => {
    const john = world().find('john.smith', 1)[0];
    world().edit(john?.id ?? '', { phone: '+44 20 7946 0000' });
    await synchroniseEverything();
    await page.getByRole('link', { name: 'Contacts' }).first().click();
    await page.getByPlaceholder('Search').fill('john');
    await page.getByRole('link', { name: 'John Smith' }).click();
    await expect.poll(() => page.getByLabel('Phone', { exact: true }).inputValue()).toBe('+44 20 7946 0000');
    await expect
      .poll(() => page.getByRole('link', { name: 'Open in Salesforce' }).getAttribute('href'))
      .toContain(john?.id);
  });

  test('updated, Tandem to CRM: what marketing entered is in the CRM after the next synchronisation', async () => {
    await page.getByLabel('Job title', { exact: true }).fill('Head of Bikes');
    await hears(page, 'Saved.', () => page.getByRole('button', { name: 'Save', exact: true }).click());
    await page.goto(`${stage.url}/crm?tab=history`);
    await synchroniseEverything();
    await expect.poll(() => world().find('john.smith', 1)[0]?.fields['job_title']).toBe('Head of Bikes');
  });

  test('rejected, Tandem to CRM: a mandatory field without a value is named, and mended in To fix', async () => {
    const { engine } = stage.running.product;
    const { saveContact } = await import('../../src/hub/save-contacts.ts');
    const { recordEvents } = await import('../../src/hub/record-events.ts');
    await engine.store.transaction((trx) =>
      saveContact(
        trx,
        { fields: { email: 'rita@example.com', first_name: 'Rita', last_name: 'Required' } },
        { by: 'form', at: engine.clock.now(), newId: () => engine.ids.next('ct'), mode: 'create' },
      ),
    );
    await engine.store.transaction((trx) =>
      recordEvents(
        trx,
        [{ id: 'e2', type: 'form', email: 'rita@example.com', at: engine.clock.now(), data: { phase: 'purchase' } }],
        engine.clock.now(),
      ),
    );
    await page.goto(`${stage.url}/crm?tab=history`);
    await synchroniseEverything();
    const missing = engine.store.db.selectFrom('rejections').select('id').where('reason', '=', 'missing_required');
    expect(await missing.execute()).toHaveLength(1);
    await page.getByRole('link', { name: 'To fix' }).click();
    const rejection = page.locator('[data-reason=missing_required]');
    await rejection.getByText('Salesforce demands “Company”, and Rita Required has no value there.').waitFor();
    await rejection.getByRole('button', { name: 'Set a default' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Set a default').fill('unknown');
    await hears(page, 'tried again with the next run', () =>
      dialog.getByRole('button', { name: 'Apply' }).first().click(),
    );
    await page.goto(`${stage.url}/crm?tab=history`);
    await synchroniseEverything();
    await expect.poll(() => world().find('rita@example.com', 1)[0]?.fields['company']).toBe('unknown');
  });

  test('the screen speaks French too, and nothing on it broke', async () => {
    const french = await stage.newPage('fr-FR');
    await french.goto(`${stage.url}/sign-in`);
    await french.getByRole('button', { name: 'Se connecter' }).waitFor();
    expect(errors).toEqual([]);
  });

  test('a synchronisation after each form submitted by a visitor: seconds later the person is in the CRM', async () => {
    await page.getByRole('link', { name: 'Forms' }).click();
    await page.getByRole('button', { name: 'New form' }).first().click();
    const address = await page.locator('a[href*="/f/frm_"]').first().getAttribute('href');
    const context = await stage.newContext({ userAgent: CHROME });
    const visitor = await context.newPage();
    await visitor.goto(address ?? '');
    const loaded = Date.now();
    await visitor.getByLabel('E-mail').fill('vera@example.com');
    await visitor.getByLabel('Last name').fill('Visitor');
    await visitor.getByLabel('Company').fill('Guests');
    await expect.poll(() => Date.now() - loaded).toBeGreaterThan(3_100);
    await visitor.getByRole('button', { name: 'Send' }).click();
    await visitor.getByText('Thank you').waitFor();
    await expect.poll(() => world().find('vera@example.com', 1)[0]?.fields['company']).toBe('Guests');
    await context.close();
  });

  test('updated, Tandem to CRM: John Smith asks for content through a form; what neither side knew is in the CRM', async () => {
    const { store, ids, clock } = stage.running.product.engine;
    const context = { ids, at: clock.now(), by: 'test' };
    const form = await store.transaction(async (trx) => {
      const content = new TextEncoder().encode('%PDF-1.4');
      const file = await storeFile(trx, { name: 'bikes.pdf', type: 'application/pdf', content }, context);
      const { name, enabled, ...definition } = formInput.parse({
        name: 'Get the guide',
        file: file.id,
        fields: [{ field: 'email', required: true }, { field: 'city' }],
      });
      return createForm(trx, { name, enabled, definition }, context);
    });
    expect(world().find('john.smith', 1)[0]?.fields['city'] ?? null).toBeNull();
    const browser = await stage.newContext({ userAgent: CHROME, acceptDownloads: true });
    const visitor = await browser.newPage();
    await visitor.goto(`${stage.url}/f/${form.id}`);
    const loaded = Date.now();
    await visitor.getByLabel('E-mail').fill('john.smith@example.com');
    await visitor.getByLabel('City').fill('Lyon');
    await expect.poll(() => Date.now() - loaded).toBeGreaterThan(3_100);
    await visitor.getByRole('button', { name: 'Send' }).click();
    const [download] = await Promise.all([
      visitor.waitForEvent('download'),
      visitor.locator('a[href*="/d/"]').first().click(),
    ]);
    expect(download.suggestedFilename()).toBe('bikes.pdf');
    await expect.poll(() => world().find('john.smith', 1)[0]?.fields['city']).toBe('Lyon');
    expect(world().find('john.smith', 5)).toHaveLength(1);
    await browser.close();
  });

  test.skip('the addresses receive an e-mail with each synchronisation (left out: walked in mail.e2e.ts)', () =>
    undefined);
  test.skip('Pipedrive, Zoho, Base and SAP C4C can be connected (left out: each by its contract suite, their consent in oauth.e2e.ts)', () =>
    undefined);
  test('the one-way interface with Zapier: the tab says what its app asks for, and its key works', async () => {
    await page.getByRole('link', { name: 'Configuration › API / CRM' }).click();
    await page.getByRole('tab', { name: 'Zapier' }).click();
    await page.getByText(stage.url, { exact: true }).waitFor();
    await page.getByText('leads to this machine or to a private network').waitFor();
    await page.getByRole('button', { name: 'Make a key for Zapier' }).click();
    const key = await page.locator('code', { hasText: /^tdm_/ }).textContent();
    const me = await fetch(`${stage.url}/api/v1/me`, { headers: { authorization: `Bearer ${key}` } });
    expect(await me.json()).toMatchObject({
      company: 'localhost',
      user: 'ada@example.com',
      scopes: ['contacts:read', 'contacts:write', 'webhooks:write'],
    });
  });
});
