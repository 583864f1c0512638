import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADA, at, CAST, mapForCast, playCast, seedCast } from '../../scripts/demo/cast.ts';
import { createConnection } from '../../src/engine/connections.ts';
import { openStage, PASSWORD, type Stage } from '../support/browser.ts';
import { hears } from '../support/notices.ts';

/** The demo's cast is the fixture: each is found by search, and the page tells what happened and why. */
describe('the cast of the difficult', () => {
  let stage: Stage;
  let page: Page;
  beforeAll(async () => {
    stage = await openStage();
    const { engine, api } = stage.running.product;
    await api.signIn.addUser({ email: 'ada@example.com', role: 'admin', password: PASSWORD });
    const worlds = { salesforce: stage.salesforce.emulator, hubspot: stage.hubspot.emulator };
    seedCast(worlds);
    for (const server of [stage.salesforce, stage.hubspot]) {
      const settings = {
        name: server.crm,
        ...server.settings,
        enabled: true,
        import: { leads: true, contacts: false },
        export: { enabled: true, minimumScore: 20 },
      };
      await createConnection(engine, settings, 'api');
    }
    await mapForCast(engine, 'salesforce', 'hubspot');
    const synchronise = async (): Promise<void> => {
      for (const name of ['salesforce', 'hubspot']) await stage.synchronise(name);
    };
    await synchronise();
    await playCast(engine, worlds, synchronise);
    page = await stage.newPage();
    await page.goto(`${stage.url}/sign-in`);
    await page.getByLabel('E-mail').fill('ada@example.com');
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL('**/race*');
  });
  afterAll(() => stage.close());

  /** Searches somebody and opens the page. */
  const open = async (name: string): Promise<void> => {
    await page.goto(`${stage.url}/contacts`);
    await page.getByPlaceholder('Search').fill(name);
    await page.getByRole('link', { name, exact: true }).first().click();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await page.locator('[data-fact]').first().waitFor();
  };
  /** One of the facts of this kind says it. */
  const told = (fact: string, text: string | RegExp): Promise<void> =>
    page.locator(`[data-fact=${fact}]`, { hasText: text }).first().waitFor();

  test('the list is what the first page offers and the demo prints: twelve, each found by search', async () => {
    const cards = page.locator('.cast-card');
    await cards.first().waitFor();
    await expect
      .poll(() => cards.locator('p').evaluateAll((all) => all.map((one) => one.textContent)))
      .toEqual(expect.arrayContaining(CAST.map(([name]) => name)));
    await expect.poll(() => cards.count()).toBe(12);
  });

  test('Theo Throttle: the CRM asked to slow down, the run waited and went on', async () => {
    await open('Theo Throttle');
    await told('slowed', /HubSpot asked once to slow down \(429\)\. The run waited \d+(\.\d)? s/);
    expect(stage.hubspot.emulator.world.find('Theo Throttle', 1)[0]?.fields['city']).toBe('Slough, again');
  });

  test('Vera Vanished: deleted there, kept here, not made again', async () => {
    await open('Vera Vanished');
    await told('deleted_in_crm', 'Was deleted in Salesforce.');
    expect(stage.salesforce.emulator.world.find('Vera Vanished', 5)).toEqual([]);
  });

  test('Max Merged: two records became one, and the page says which', async () => {
    await page.goto(`${stage.url}/contacts?q=max.second`);
    await page.getByRole('link', { name: 'Max Merged' }).click();
    await page.locator('[data-fact]').first().waitFor();
    await told('merged_away', 'was merged into another one');
    await page.goto(`${stage.url}/contacts?q=max.merged`);
    await page.getByRole('link', { name: 'Max Merged' }).click();
    await page.locator('[data-fact]').first().waitFor();
    await told('in_step', 'In step with Salesforce.');
  });

  test('Lena Leadtocontact: converted, and contacts do not come in, so she is frozen', async () => {
    await open('Lena Leadtocontact');
    await told('box_off', 'Became a contact in Salesforce');
  });

  test('Olga Optedout: a rep does not lift an opt-out; it waits for a person, who keeps it', async () => {
    await open('Olga Optedout');
    await told('resubscribe', 'That does not lift an opt-out');
    await page.getByRole('button', { name: 'Keep the opt-out in both' }).click();
    await page.locator('[data-fact=resubscribe]').waitFor({ state: 'detached' });
  });

  test('Rita Required: the mandatory field is named; a default in To fix lets her go out', async () => {
    await open('Rita Required');
    await told('rejected', 'Salesforce demands “Company”, and Rita Required has no value there.');
    await page.locator('[data-fact=rejected]').getByRole('link', { name: 'Mend it in To fix' }).click();
    await page.locator('[data-reason=missing_required]').getByRole('button', { name: 'Set a default' }).click();
    await page.getByRole('dialog').getByLabel('Set a default').fill('unknown');
    await hears(page, 'tried again with the next run', () =>
      page.getByRole('dialog').getByRole('button', { name: 'Apply' }).first().click(),
    );
    await stage.synchronise('salesforce');
    expect(stage.salesforce.emulator.world.find(at('Rita Required'), 1)[0]?.fields['company']).toBe('unknown');
  });

  test('Noah Nomail: in no list of contacts, and found all the same, with the reason', async () => {
    await page.goto(`${stage.url}/contacts`);
    await page.getByPlaceholder('Search').fill('Noah Nomail');
    await page.getByText('Noah Nomail has no e-mail address in Salesforce').waitFor();
  });

  test('Paul Picklist: the value is not in the list; mapping it lets it through', async () => {
    await open('Paul Picklist');
    await told('rejected', 'is not in the list of “Buying role” in HubSpot');
    await page.goto(`${stage.url}/to-fix`);
    await page.locator('[data-reason=not_in_list]').getByRole('button', { name: 'Map the value' }).click();
    await page.getByLabel('What “Kingpin” is called there').first().fill('Decision maker');
    await hears(page, 'tried again with the next run', () =>
      page.getByRole('dialog').getByRole('button', { name: 'Apply' }).first().click(),
    );
    await stage.synchronise('hubspot');
    expect(stage.hubspot.emulator.world.find(at('Paul Picklist'), 1)[0]?.raw['buying_role']).toBe('decision_maker');
  });

  test('Tina Twice: two records with one address; one is kept in step, and the page says so', async () => {
    await open('Tina Twice');
    await told('duplicate', 'with the same address');
    await told('in_step', 'In step with Salesforce.');
  });

  test('Åsa Ünïcode: everything went out as it was', async () => {
    await open('Åsa Ünïcode');
    for (const { emulator } of [stage.salesforce, stage.hubspot]) {
      expect(emulator.world.find(at('Åsa Ünïcode'), 1)[0]?.fields).toMatchObject({
        first_name: 'Åsa',
        last_name: 'Ünïcode',
        company: 'Ängel & Söner 🚲',
        street: '通り 7, شارع ٣',
      });
    }
    await expect.poll(() => page.getByLabel('Company', { exact: true }).inputValue()).toBe('Ängel & Söner 🚲');
  });

  test('Laura Longname: the long city stayed here, the rest of her went out', async () => {
    await open('Laura Longname');
    await told('rejected', '“City” of Laura Longname is too long: at most 40');
    const [record] = stage.salesforce.emulator.world.find(at('Laura Longname'), 1);
    expect(record?.fields).toMatchObject({ last_name: 'Longname', city: null });
  });

  test('Conrad Conflict: the later change won, both values are told, and the value knows where it comes from', async () => {
    await open('Conrad Conflict');
    await told(
      'conflict',
      'Both sides had changed “Phone”: Tandem had “+43 1 222”, Salesforce had “+43 1 333”. Salesforce won, because it was the later change.',
    );
    await page.getByRole('button', { name: 'Why does Conrad have this Phone?' }).click();
    await page.getByText('From salesforce').first().waitFor();
    await page.getByText('Entered by a person').first().waitFor();
    expect(stage.salesforce.emulator.world.find(at('Conrad Conflict'), 1)[0]?.fields['phone']).toBe('+43 1 333');
  });

  test('the race: a change on either side arrives on the other with its time, its calls and its rule', async () => {
    await page.goto(`${stage.url}/race?connection=hubspot`);
    const left = page.locator('[data-side=crm] [data-race-field=phone]');
    const right = page.locator('[data-side=hub] [data-race-field=phone]');
    await left.waitFor();
    await expect.poll(() => left.inputValue()).toBe(ADA['phone']);
    await left.fill('+44 1');
    await left.press('Enter');
    await page.locator('[data-side=hub] [data-arrived=yes]').waitFor();
    await expect.poll(() => right.inputValue()).toBe('+44 1');
    const figures = /arrived in \d+\.\d s · (one API call|\d+ API calls) · rule R1/;
    await expect.poll(() => page.locator('[data-side=hub] .race-result').first().textContent()).toMatch(figures);
    await right.fill('+44 2');
    await right.press('Enter');
    await page.locator('[data-side=crm] [data-arrived=yes]').waitFor();
    await expect.poll(() => page.locator('[data-side=crm] .race-result').first().textContent()).toMatch(figures);
    expect(stage.hubspot.emulator.world.find('ada.lovelace', 1)[0]?.fields['phone']).toBe('+44 2');
  });
});
