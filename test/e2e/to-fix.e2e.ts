import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnection } from '../../src/engine/connections.ts';
import { createField } from '../../src/hub/fields.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact } from '../../src/hub/save-contacts.ts';
import { openStage, type Stage } from '../support/browser.ts';
import { hears } from '../support/notices.ts';

const LONG = `Workshop with ${'many '.repeat(25)}machines`;

/** What a person decides by a dialog: values that a list does not have, conflicts, and the mapping's own table. */
describe('the dialogs of To fix, Conflicts and the mapping', () => {
  let stage: Stage;
  let page: Page;
  const errors: string[] = [];
  const questions: string[] = [];
  const engine = () => stage.running.product.engine;
  const inCrm = (email: string) => stage.hubspot.emulator.world.find(email, 1)[0]?.raw ?? {};
  const edit = (email: string, fields: Readonly<Record<string, string>>) =>
    engine().store.transaction((trx) =>
      saveContact(
        trx,
        { fields: { email, ...fields } },
        { by: 'person', at: engine().clock.now(), newId: () => engine().ids.next('ct'), mode: 'upsert' },
      ),
    );
  const sync = () => stage.synchronise('hubspot');
  beforeAll(async () => {
    stage = await openStage();
    page = await stage.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('dialog', (dialog) => {
      questions.push(dialog.message());
      void dialog.accept();
    });
    await stage.setUp(page);
    const made = await fetch(`${stage.hubspot.url}/crm/v3/properties/contacts`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${String((stage.hubspot.settings['credentials'] as { accessToken: string }).accessToken)}`,
      },
      body: JSON.stringify({
        name: 'branch',
        label: 'Line of business',
        groupName: 'contactinformation',
        type: 'enumeration',
        fieldType: 'select',
        options: [
          { value: '1', label: 'Retail' },
          { value: '2', label: 'Food' },
        ],
      }),
    });
    expect(made.ok, await made.text()).toBe(true);
    const now = engine().clock.now();
    const options = ['Retail', 'Steel', 'Wood', 'Glass', 'Paper', LONG];
    await engine().store.transaction((trx) =>
      createField(trx, { key: 'branch', label: 'Branch', type: 'oneOf', options }, now),
    );
    const both = { kind: 'lead', direction: 'both' } as const;
    await createConnection(
      engine(),
      {
        name: 'hubspot',
        crm: 'hubspot',
        enabled: true,
        baseUrl: stage.hubspot.url,
        credentials: stage.hubspot.settings['credentials'],
        export: { enabled: true, minimumScore: 0 },
        schedule: { everyMinutes: 1_440 },
        mappings: [
          { ...both, hub: 'email', crm: 'email' },
          { ...both, hub: 'last_name', crm: 'lastname' },
          { ...both, hub: 'city', crm: 'city', conflict: 'ask' },
          { ...both, hub: 'branch', crm: 'branch' },
        ],
      },
      'api',
    );
    for (const branch of ['Steel', 'Wood', 'Glass', LONG])
      await edit(`${branch === LONG ? 'long' : branch.toLowerCase()}@example.com`, { branch, last_name: 'Person' });
    await edit('steel2@example.com', { branch: 'Steel', last_name: 'Person' });
    await edit('conflict@example.com', { city: 'Wien', last_name: 'Conrad' });
    await sync();
  });
  afterAll(() => stage.close());

  test('[R21] one dialog decides for everybody: mapped, created in the CRM after a question, left out', async () => {
    await page.goto(`${stage.url}/to-fix`);
    const cause = page.locator('[data-cause]');
    await cause.getByText('“Line of business” in HubSpot does not have these values').waitFor();
    await cause.getByRole('button', { name: 'Decide for all' }).click();
    const dialog = page.getByRole('dialog');
    const say = async (value: string, what: RegExp): Promise<void> => {
      await dialog
        .getByPlaceholder('not decided')
        .and(page.getByLabel(new RegExp(`: ${value}`)))
        .click();
      await page.getByRole('option', { name: what }).click();
    };
    const apply = dialog.getByRole('button', { name: /^Apply to/ });
    await say('Steel', /^Food$/);
    await say('Wood', /^Leave it out/);
    await say('Glass', /^Create “Glass” in HubSpot$/);
    await hears(page, 'One choice was created.', () => apply.click());
    await dialog.waitFor({ state: 'detached' });
    expect(questions.at(-1)).toContain('“Glass”');
    await sync();
    expect([inCrm('steel@example.com')['branch'], inCrm('steel2@example.com')['branch']]).toEqual(['2', '2']);
    expect(inCrm('wood@example.com')['branch'] ?? '').toBe('');
    expect(inCrm('glass@example.com')['branch']).not.toBe('');
    expect(inCrm('glass@example.com')['branch']).not.toBe('2');
  });

  test('[R15c] a rejection says who, which field, why and what to do; its dialog shows a long value whole and maps it', async () => {
    await page.reload();
    const line = page.locator('[data-reason=not_in_list]');
    await expect.poll(() => line.innerText()).toMatch(/Person is not in the list of|of Person/);
    await expect.poll(() => line.innerText()).toContain('“Line of business” in HubSpot');
    await expect.poll(() => line.innerText()).toContain('Map the value to one of the list');
    expect(await line.innerText()).not.toContain(LONG);
    await line.getByRole('button', { name: 'Map the value' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Mend “Line of business”').waitFor();
    expect(await dialog.locator('[data-whole-value]').innerText()).toBe(LONG);
    await dialog
      .getByLabel(/^What “Workshop/)
      .first()
      .fill('Food');
    await page.getByRole('option', { name: 'Food' }).click();
    await hears(page, 'One person is tried again with the next run.', () =>
      dialog.getByRole('button', { name: 'Apply' }).first().click(),
    );
    await sync();
    expect(inCrm('long@example.com')['branch']).toBe('2');
    await page.reload();
    await page.getByText('Nothing to fix').waitFor();
  });

  test('[R4c] a held conflict is decided by a button, and the winner’s value is on both sides', async () => {
    const [record] = stage.hubspot.emulator.world.find('conflict@example.com', 1);
    await edit('conflict@example.com', { city: 'Graz' });
    stage.hubspot.emulator.world.edit(record?.id ?? '', { city: 'Linz' });
    await sync();
    await page.goto(`${stage.url}/conflicts`);
    const held = page.locator('[data-conflict=held]');
    await held.getByText('Graz').waitFor();
    await held.getByText('Linz').waitFor();
    await held.getByRole('button', { name: 'Take the CRM’s' }).click();
    await held.waitFor({ state: 'detached' });
    await sync();
    const contact = await findContact(engine().store.db, 'conflict@example.com', stage.url);
    expect(contact?.fields['city']).toBe('Linz');
    expect(inCrm('conflict@example.com')['city']).toBe('Linz');
  });

  test('[R21] the mapping’s value table makes a choice in the CRM after a question; a line is removed and saved', async () => {
    await page.goto(`${stage.url}/crm?tab=hubspot`);
    await page.getByRole('button', { name: /^More: Branch/ }).click();
    const row = page.getByRole('row').filter({ hasText: 'Paper' });
    const before = questions.length;
    await hears(page, 'Paper', () => row.getByRole('button', { name: 'Create in HubSpot' }).click());
    expect(questions).toHaveLength(before + 1);
    await row.getByRole('button', { name: 'Create in HubSpot' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^Remove: City/ }).click();
    await hears(page, 'The mapping is saved', () =>
      page.getByRole('button', { name: 'Update the configuration' }).click(),
    );
    await page.reload();
    await page.getByRole('button', { name: /^More: Branch/ }).waitFor();
    expect(await page.getByRole('button', { name: /^Remove: City/ }).count()).toBe(0);
    expect(errors).toEqual([]);
  });
});
