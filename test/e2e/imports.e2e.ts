import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnection } from '../../src/engine/connections.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { openStage, type Stage } from '../support/browser.ts';

/** As Excel saves it in France: Windows-1252, `;`, French headings, days in the French order, one bad address. */
const ROWS = [
  'Courriel;Prénom;Nom;Société;Née le;Taille',
  'ada@example.com;Ada;Lovelace;Crêperie Analytique;10/12/1815;1,65',
  'grace@example.com;Grâce;Hopper;Navy;09/12/1906;1,70',
  'nobody;Hélène;Sans-Adresse;Nulle Part;01/02/1990;1,60',
];

describe('a list in a real browser', () => {
  let stage: Stage;
  let page: Page;
  let folder = '';
  const errors: string[] = [];
  beforeAll(async () => {
    stage = await openStage();
    folder = await mkdtemp(join(tmpdir(), 'tandem-list-'));
    page = await stage.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    await createConnection(
      stage.running.product.engine,
      {
        name: 'salesforce',
        enabled: true,
        ...stage.salesforce.settings,
        export: { enabled: true, minimumScore: 0 },
      },
      'screen',
    );
    await stage.setUp(page, 'marketing@example.com');
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true });
  });
  const inHub = async (email: string) =>
    (await findContact(stage.running.product.engine.store.db, email, stage.url))?.fields;
  const bring = async (name: string, content: string | Buffer): Promise<void> => {
    const file = join(folder, name);
    writeFileSync(file, content);
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByRole('heading', { name }).waitFor();
  };
  /** Takes the list from whoever imports it as soon as so many rows are stored. @returns what lets it go on */
  const holdAt = async (rows: number): Promise<() => Promise<void>> => {
    const { db } = stage.running.product.engine.store;
    await sql`create function hold() returns trigger language plpgsql as $$ begin
      if new.status = 'running' and new.position = ${sql.lit(rows)} then
        new.lease_number := new.lease_number + 1;
        new.lease_until := ${sql.lit(Number.MAX_SAFE_INTEGER)};
      end if;
      return new;
    end $$`.execute(db);
    await sql`create trigger hold before update on imports for each row execute function hold()`.execute(db);
    return async () => void (await sql`drop trigger hold on imports`.execute(db));
  };
  const pick = async (label: string, choice: string): Promise<void> => {
    await page.getByRole('combobox', { name: label }).click();
    await page.getByRole('option', { name: choice, exact: true }).click();
  };

  test('it is proposed how the list is read, and a column can become a new field, before anything is stored', async () => {
    await page.goto(`${stage.url}/contacts`);
    await page.getByRole('link', { name: 'Import', exact: true }).click();
    await bring('salon.csv', Buffer.from(ROWS.join('\r\n'), 'latin1'));
    await expect.poll(() => page.getByRole('combobox', { name: 'Characters' }).inputValue()).toBe('Windows (Western)');
    await expect.poll(() => page.getByRole('combobox', { name: 'Between columns' }).inputValue()).toBe('Semicolon ;');
    await expect.poll(() => page.getByRole('combobox', { name: 'Field for “Société”' }).inputValue()).toBe('Company');
    await page.getByText('Crêperie Analytique').waitFor();
    await page.getByText('"nobody" is not an e-mail address.').waitFor();
    await pick('Field for “Née le”', 'New field …');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Born');
    await dialog.getByRole('combobox').first().click();
    await page.getByRole('option', { name: 'Date', exact: true }).click();
    await dialog.getByRole('button', { name: 'Make a field' }).click();
    await page.getByText('1815-12-10').waitFor();
    // In the other order the tenth of December is the twelfth of October.
    await pick('Dates', '12/31/2026');
    await page.getByText('1815-10-12').waitFor();
    await pick('Dates', '31/12/2026');
    await page.getByText('1815-12-10').waitFor();
    expect(await inHub('ada@example.com')).toBeUndefined();
  });

  test('[R9] [R8a] its age and its ground are said; counting tells what it would do and whom the CRM would get, and keeps nothing', async () => {
    await page.getByLabel('How old is this list?').fill('2024-05-06');
    await page.getByLabel('They agreed:').click();
    await page.getByRole('combobox', { name: 'To what' }).fill('newsletter');
    await page.getByLabel('When and how, in your words').fill('Cards filled in at our stand in Lyon');
    await page.getByLabel('When and how, in your words').blur();
    await page.getByText('otherwise nobody is taken to have agreed').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Count what it would do' }).click();
    await page.getByText('salesforce: 2 people enter').waitFor();
    await page.getByText('Import 2 rows').waitFor();
    expect(await inHub('ada@example.com')).toBeUndefined();
  });

  test('imported in the background, with a report', async () => {
    await page.getByRole('button', { name: 'Import 2 rows' }).click();
    await page.getByRole('heading', { name: 'What it did' }).waitFor();
    expect(await inHub('grace@example.com')).toMatchObject({
      first_name: 'Grâce',
      born: '1906-12-09',
      consent: expect.stringContaining('newsletter') as string,
    });
    await page.getByText('"nobody" is not an e-mail address.').waitFor();
  });

  test('the refused row is corrected in the downloaded list and brought in again; formulas stay harmless', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByText('Download the refused rows').click(),
    ]);
    const rejected = readFileSync(await download.path(), 'utf8');
    expect(rejected).toContain('tandem_reason');
    expect(rejected).toContain('Courriel: ""nobody"" is not an e-mail address.');
    await page.getByRole('link', { name: 'All lists' }).click();
    await bring('again.csv', rejected.replace('nobody;', 'helene@example.com;').replace('Nulle Part', "'=1+1"));
    await expect
      .poll(() => page.getByRole('combobox', { name: 'Field for “tandem_reason”' }).inputValue())
      .toBe('Leave out');
    await page.getByRole('button', { name: 'Count what it would do' }).click();
    await page.getByRole('button', { name: 'Import one row' }).click();
    await page.getByRole('heading', { name: 'What it did' }).waitFor();
    expect(await inHub('helene@example.com')).toMatchObject({ last_name: 'Sans-Adresse', company: '=1+1' });
  });

  test('a long list is watched, stopped, and goes on where it was', async () => {
    const people = Array.from({ length: 6_000 }, (_, index) => `p${index}@example.com;Pia`);
    await page.getByRole('link', { name: 'All lists' }).click();
    await bring('many.csv', ['E-mail;Prénom', ...people].join('\n'));
    await page.getByRole('button', { name: 'Count what it would do' }).click();
    const start = page.getByRole('button', { name: 'Import 6,000 rows' });
    await start.waitFor();
    const goOn = await holdAt(1_000);
    await start.click();
    await page.getByText('1,000 of 6,000 rows').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Going on begins where it stopped.').waitFor();
    expect(await inHub('p999@example.com')).toMatchObject({ first_name: 'Pia' });
    expect(await inHub('p1000@example.com')).toBeUndefined();
    await goOn();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Imported', { exact: true }).waitFor();
    expect(await inHub('p5999@example.com')).toMatchObject({ first_name: 'Pia' });
  });

  test('taken back: people whom nobody touched go', async () => {
    await page.getByRole('button', { name: 'Take it back …' }).click();
    await page.getByRole('button', { name: 'Take it back', exact: true }).click();
    await page.getByText('Taken back', { exact: true }).waitFor();
    await page.getByText(/people were removed/).waitFor();
    expect(await inHub('p5999@example.com')).toBeUndefined();
    expect(await inHub('ada@example.com')).toMatchObject({ first_name: 'Ada' });
    expect(errors).toEqual([]);
  });
});
