import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createField } from '../../src/hub/fields.ts';
import { saveContacts } from '../../src/hub/save-contacts.ts';
import { openStage, type Stage } from '../support/browser.ts';

const PEOPLE = 620;

describe('many contacts in a real browser', () => {
  let stage: Stage;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    stage = await openStage();
    page = await stage.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    const { store, ids, clock } = stage.running.product.engine;
    await store.transaction(async (trx) => {
      await createField(
        trx,
        { key: 'stage', label: 'Stage of the deal', type: 'oneOf', options: ['Prospect', 'Client'] },
        clock.now(),
      );
      await saveContacts(
        trx,
        Array.from({ length: PEOPLE }, (_, at) => ({
          fields: { email: `p${at}@example.com`, last_name: `Person ${at}`, stage: at < 10 ? 'Client' : null },
        })),
        { by: 'person', at: clock.now(), newId: () => ids.next('ct'), mode: 'create' },
      );
    });
    await stage.setUp(page, 'marketing@example.com');
  });
  afterAll(() => stage.close());

  const pick = async (label: string, choice: string): Promise<void> => {
    await page.getByRole('combobox', { name: label, exact: true }).click();
    await page.getByRole('option', { name: choice, exact: true }).click();
  };

  test('everybody who matches is chosen, given one value of a list, and watched to the end', async () => {
    await page.goto(`${stage.url}/contacts`);
    await page.getByLabel('Choose all that are shown').check();
    await page.getByRole('button', { name: `Choose all ${PEOPLE} that match` }).click();
    await page.getByRole('button', { name: 'With them …' }).click();
    await page.getByRole('menuitem', { name: 'Set a field …' }).click();
    await pick('Field', 'Stage of the deal');
    await pick('Value', 'Prospect');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(`${PEOPLE} contacts were changed.`).waitFor();
    expect(await page.locator('[data-bulk=done]').count()).toBe(1);
  });

  test('a filter offers the choices of a list; kept as a segment, it is named while it is shown, renamed and forgotten', async () => {
    await page.goto(`${stage.url}/contacts`);
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await pick('Field', 'Stage of the deal');
    await pick('Value', 'Client');
    await page.getByText('Nobody', { exact: true }).waitFor();
    await pick('Value', 'Prospect');
    await page.getByText(`${PEOPLE} people`, { exact: true }).waitFor();
    await page.getByLabel('Name of the segment', { exact: true }).fill('Prospects');
    await page.getByRole('button', { name: 'Keep as segment' }).click();
    const shown = page.getByRole('button', { name: 'Prospects', exact: true });
    await shown.click();
    await page.getByRole('menuitem', { name: 'Rename or remove segments …' }).click();
    const box = page.getByRole('textbox', { name: 'Name of the segment “Prospects”' });
    await box.fill('To call');
    await box.press('Enter');
    await page.getByRole('textbox', { name: 'Name of the segment “To call”' }).waitFor();
    await page.getByRole('button', { name: 'Forget the segment “To call”' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Keep as segment' }).waitFor();
  });

  test('what is typed on a contact’s page stays when the contact changes meanwhile, and the field says to what', async () => {
    const { store, ids, clock } = stage.running.product.engine;
    const save = (fields: Readonly<Record<string, string>>) =>
      store.transaction((trx) =>
        saveContacts(trx, [{ fields }], {
          by: 'person',
          at: clock.now(),
          newId: () => ids.next('ct'),
          mode: 'upsert',
        }),
      );
    const [saved] = await save({ email: 'p1@example.com', city: 'Rome' });
    // The page looks again when somebody comes back to it after a while.
    await page.clock.install();
    await page.goto(`${stage.url}/contacts/${saved !== undefined && 'id' in saved ? saved.id : ''}`);
    const city = page.getByLabel('City', { exact: true });
    await city.fill('Oslo');
    await save({ email: 'p1@example.com', city: 'Bern' });
    await page.clock.fastForward(60_000);
    await page.evaluate("window.dispatchEvent(new Event('visibilitychange'))");
    await page.getByText('Changed to “Bern” since you began.', { exact: false }).waitFor();
    expect(await city.inputValue()).toBe('Oslo');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Changed to “Bern” since you began.', { exact: false }).waitFor({ state: 'detached' });
    await expect.poll(() => city.inputValue()).toBe('Oslo');
    const stored = await store.db
      .selectFrom('contacts')
      .select('fields')
      .where('email_key', '=', 'p1@example.com')
      .executeTakeFirstOrThrow();
    expect(stored.fields).toMatchObject({ city: 'Oslo' });
  });

  test('who is shown goes out as CSV, and nobody else; the page made no error', async () => {
    await page.goto(`${stage.url}/contacts?q=p61`);
    await page.getByText('11 people', { exact: true }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export as CSV' }).click();
    const text = readFileSync(await (await download).path(), 'utf8');
    expect(text.trimEnd().split('\n')).toHaveLength(12);
    expect(text).toContain('p610@example.com');
    expect(errors).toEqual([]);
  });
});
