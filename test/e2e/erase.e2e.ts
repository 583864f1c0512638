import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnection } from '../../src/engine/connections.ts';
import { openStage, type Stage } from '../support/browser.ts';

/** Somebody is erased with their record in the CRM: the rep does not find it any more. What the CRM refuses stands in To fix. */
describe('erasing a person in Tandem and in the CRM', () => {
  let stage: Stage;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    stage = await openStage();
    page = await stage.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    await stage.setUp(page, 'boss@example.com');
    const { world } = stage.salesforce.emulator;
    const [, kept = ''] = world.seed(
      [
        { email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace', company: 'Acme' },
        { email: 'kim@example.com', first_name: 'Kim', last_name: 'Kept', company: 'Bell' },
      ],
      'lead',
    );
    world.deletion?.protect(kept);
    const { engine } = stage.running.product;
    await createConnection(
      engine,
      { name: 'salesforce', crm: 'salesforce', enabled: true, ...stage.salesforce.settings },
      'api',
    );
    await stage.synchronise('salesforce');
  });
  afterAll(() => stage.close());

  const erase = async (email: string, record: string): Promise<void> => {
    await page.goto(`${stage.url}/contacts/${email}`);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Erase for good …' }).click();
    const dialog = page.getByRole('dialog');
    const tick = dialog.getByRole('checkbox', { name: `Delete the lead “${record}” in salesforce` });
    await tick.waitFor();
    await expect.poll(() => tick.isChecked()).toBe(false);
    await dialog.getByText('for 15 days a person can bring it back there').waitFor();
    await tick.check();
    await dialog.getByRole('textbox').fill(email);
    await dialog.getByRole('button', { name: 'Erase for good', exact: true }).click();
    await page.getByRole('dialog', { name: 'Erased' }).getByText('deleted in the CRMs now').waitFor();
    await page.getByRole('dialog', { name: 'Erased' }).getByRole('button', { name: 'Close', exact: true }).click();
    await page.waitForURL('**/contacts');
  };

  test('[R18] the tick deletes the record, and the rep does not find it any more', async () => {
    const rep = await stage.newPage();
    await rep.goto(stage.salesforce.url);
    await rep.getByText('ada@example.com').first().waitFor();
    await erase('ada@example.com', 'Ada Lovelace');
    await expect.poll(() => stage.salesforce.emulator.world.find('ada@example.com', 1)).toEqual([]);
    await rep.reload();
    await rep.getByText('kim@example.com').first().waitFor();
    expect(await rep.getByText('ada@example.com').count()).toBe(0);
    await rep.close();
  });

  test('[R18] what the CRM refuses stands in To fix with the way there, and is ticked off', async () => {
    await erase('kim@example.com', 'Kim Kept');
    await page.goto(`${stage.url}/to-fix`);
    const line = page.locator('[data-deletion="told"]');
    await line.getByText('Salesforce did not delete the record of the erased person').waitFor();
    await line.getByRole('link', { name: 'Open in Salesforce' }).waitFor();
    await page.getByText('One needs you').waitFor();
    await line.getByRole('button', { name: 'Done by hand' }).click();
    await line.waitFor({ state: 'detached' });
    await page.getByText('Nothing to fix').first().waitFor();
    expect(errors).toEqual([]);
  });
});
