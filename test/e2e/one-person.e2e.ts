import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnection } from '../../src/engine/connections.ts';
import { openStage, type Stage } from '../support/browser.ts';

/** Contacts that turn out to be one person: merged from To fix, and said to be two from a contact's page. */
describe('two contacts that are one person', () => {
  let stage: Stage;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    stage = await openStage();
    page = await stage.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    await stage.setUp(page);
    const { world } = stage.salesforce.emulator;
    const [max, moritz, tina] = world.seed(
      [
        { email: 'max@example.com', first_name: 'Max', last_name: 'Mayer', company: 'Acme', phone: '+43 1 234' },
        { email: 'm.mayer@work.example', first_name: 'Maximilian', last_name: 'Mayer', company: 'Bell', city: 'Graz' },
        { email: 'tina@example.com', first_name: 'Tina', last_name: 'Twice', company: 'Acme' },
        { email: 'tom@example.com', first_name: 'Tom', last_name: 'Other', company: 'Acme' },
      ],
      'lead',
    );
    await createConnection(
      stage.running.product.engine,
      {
        name: 'salesforce',
        crm: 'salesforce',
        enabled: true,
        ...stage.salesforce.settings,
        schedule: { everyMinutes: 1_440 },
      },
      'api',
    );
    await stage.synchronise('salesforce');
    world.merge(max ?? '', moritz ?? '');
    world.edit(tina ?? '', { email: 'tom@example.com' });
    await stage.synchronise('salesforce');
  });
  afterAll(() => stage.close());

  test('[R18b] To fix shows what a merge keeps, and one click merges', async () => {
    await page.goto(`${stage.url}/to-fix`);
    const card = page.locator('[data-merge="records_merged"]');
    await card.getByText('salesforce has made their two records one.').waitFor();
    // The one whose record lives would stay.
    await card.getByRole('row', { name: /Phone.*\+43 1 234.*comes along/ }).waitFor();
    await card.getByRole('row', { name: /Company.*Acme.*gives way to “Bell”/ }).waitFor();
    await card.getByRole('radio', { name: 'Keep max@example.com' }).check();
    await card.getByRole('row', { name: /City.*Graz.*comes along/ }).waitFor();
    await card.getByRole('button', { name: 'Merge, keep max@example.com' }).click();
    await card.waitFor({ state: 'detached' });
    // The other address leads to the one that is kept (R10c).
    await page.goto(`${stage.url}/contacts/m.mayer@work.example`);
    await page.getByRole('heading', { name: 'Max Mayer' }).waitFor();
    await page.getByRole('tab', { name: 'Who set which value' }).click();
    await page.getByText('It replaced “Bell”.').waitFor();
  });

  test('[R10b] a refused address names who has it, with the way there; of two people nobody asks again', async () => {
    await page.goto(`${stage.url}/to-fix`);
    await page.getByText('The address tom@example.com of Tina Twice belongs to Tom Other already.').waitFor();
    await page.getByRole('link', { name: 'Open Tom Other' }).click();
    await page.getByRole('heading', { name: 'Tom Other' }).waitFor();
    const card = page.locator('[data-merge="address_taken"]');
    await card.getByRole('button', { name: 'They are two people' }).click();
    await card.waitFor({ state: 'detached' });
    await page.goto(`${stage.url}/to-fix`);
    await page.getByText('The address tom@example.com of Tina Twice').waitFor();
    await page.locator('[data-merge]').waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
  });
});
