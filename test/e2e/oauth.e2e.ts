import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Stage } from '../support/browser.ts';

/** From the button to the vendor's page and back, in a real browser. */
describe('authorising a CRM in the browser', () => {
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
    await stage.setUp(page);
  });
  afterAll(() => stage.close());

  test('the form shows the redirect address; the button leads to the vendor; Deny is told in words and changes nothing', async () => {
    await page.getByRole('tab', { name: 'HubSpot' }).click();
    await page.getByRole('combobox', { name: 'Method' }).click();
    await page.getByRole('option', { name: 'OAuth' }).click();
    await page.getByText(`${stage.url}/oauth/callback`).waitFor();
    await page.getByLabel('Client id').fill('emulated-client');
    await page.getByRole('textbox', { name: 'Client secret' }).fill('emulated-secret');
    await page.getByLabel('Address of the API').fill(stage.hubspot.url);
    await page.getByRole('button', { name: 'Connect with HubSpot' }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('you said no').waitFor();
    await page.getByRole('link', { name: 'To the connection hubspot' }).click();
    await page.getByText('Not authorised yet').first().waitFor();
  });

  test('Allow connects; the tab says by whom, and the fields of the account are there', async () => {
    await page.getByRole('button', { name: 'Connect with HubSpot' }).first().click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('HubSpot is connected').waitFor();
    await expect.poll(() => page.getByText('Account "HubSpot').count()).toBe(1);
    await page.getByRole('link', { name: 'To the connection hubspot' }).click();
    await page.getByText('HubSpot has authorised Tandem').waitFor();
    await expect.poll(() => page.getByText('by ada@example.com').count()).toBe(1);
    await page.getByText('Email (email)').or(page.locator('input[value="Email (email)"]')).first().waitFor();
  });

  test('revoked in the CRM: the check says so, and one click brings it back', async () => {
    stage.hubspot.emulator.oauth?.revoke();
    await page.getByRole('button', { name: 'Save and check' }).click();
    await page.getByText('HubSpot gives no access any more').waitFor();
    await page.getByRole('button', { name: 'Connect with HubSpot again' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('HubSpot is connected').waitFor();
    expect(errors).toEqual([]);
  });
});
