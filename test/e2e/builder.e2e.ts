import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HONEYPOT } from '../../src/api/public/form-page.ts';
import { CHROME, openStage, type Stage } from '../support/browser.ts';
import { hears } from '../support/notices.ts';

describe('marketing builds a form of every kind of question', () => {
  let stage: Stage;
  let page: Page;
  let key = '';
  beforeAll(async () => {
    stage = await openStage();
    page = await stage.newPage();
    await stage.setUp(page);
    const { createApiKey } = await import('../../src/api/api-keys.ts');
    const { store, ids, clock } = stage.running.product.engine;
    key = (await createApiKey(store, { name: 'e2e', by: 'test', role: 'admin' }, { ids, now: clock.now() })).key;
  });
  afterAll(() => stage.close());

  const post = async (path: string, body: object): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(`${stage.url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.ok, await response.clone().text()).toBe(true);
    return (await response.json()) as Readonly<Record<string, unknown>>;
  };

  test('questions are found by typing, one after the other, and what somebody answers is shown in words', async () => {
    await post('/fields', { key: 'moment', label: 'Best moment', type: 'dateTime' });
    await post('/fields', { key: 'size', label: 'Company size', type: 'oneOf', options: ['1-10', '11-50'] });
    const form = await post('/forms', { name: 'Call me', fields: [{ field: 'email', required: true }] });
    await page.goto(`${stage.url}/forms/${String(form['id'])}`);
    const add = page.getByRole('combobox', { name: 'Add a question' }).or(page.getByPlaceholder('Add a question'));
    for (const name of ['Best moment', 'Company size']) {
      await add.first().fill(name);
      await page.getByRole('option', { name, exact: true }).click();
      await page.getByRole('button', { name: `Remove: ${name}`, exact: true }).waitFor();
      await expect.poll(() => add.first().inputValue()).toBe('');
    }
    await hears(page, 'saved as version 2', () => page.getByRole('button', { name: 'Save the form' }).click());

    const visitor = await (await stage.newContext({ userAgent: CHROME })).newPage();
    await visitor.goto(String(form['address']));
    await visitor.locator('[name=email]').fill('vic@visitor.example');
    await visitor.locator('[name=moment]').fill('2026-12-24T10:30');
    await visitor.locator('[name=size]').selectOption({ label: '11-50' });
    // Held, however long the machine takes: shown with the same values as what is accepted.
    await visitor.locator(`[name="${HONEYPOT}"]`).fill('https://spam.example', { force: true });
    await visitor.getByRole('button', { name: 'Send' }).click();
    await visitor.getByText('Thank you').waitFor();

    await page.goto(`${stage.url}/forms?tab=submissions&status=held`);
    await page.getByText(/Best moment: 24 Dec 2026/).waitFor();
    await page.getByText(/Company size: 11-50/).waitFor();
  });

  test('the account shows the zone that is set, by whatever name', async () => {
    await page.goto(`${stage.url}/account`);
    const zone = page.getByRole('combobox', { name: 'Time zone' }).or(page.getByRole('textbox', { name: 'Time zone' }));
    await expect.poll(() => zone.first().inputValue()).not.toBe('');
  });
});
