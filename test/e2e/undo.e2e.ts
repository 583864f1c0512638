import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnection, updateConnection } from '../../src/engine/connections.ts';
import { openStage, type Stage } from '../support/browser.ts';

const PEOPLE = 6;
const EMAIL = { kind: 'lead', hub: 'email', crm: 'email', direction: 'both' } as const;
const RIGHT = { kind: 'lead', hub: 'job_title', crm: 'jobtitle', direction: 'both' } as const;
const WRONG = { kind: 'lead', hub: 'job_title', crm: 'company', direction: 'both' } as const;

/** Somebody maps the wrong field, sees what came of it, takes it back, and nothing brings it in again. */
describe('a run is taken back', () => {
  let stage: Stage;
  let page: Page;
  const errors: string[] = [];
  const titles = async (): Promise<readonly unknown[]> => {
    const rows = await stage.running.product.engine.store.db
      .selectFrom('contacts')
      .select('fields')
      .orderBy('email')
      .execute();
    return rows.map((row) => row.fields['job_title'] ?? null);
  };
  beforeAll(async () => {
    stage = await openStage();
    page = await stage.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    await stage.setUp(page);
    const { engine } = stage.running.product;
    const people = Array.from({ length: PEOPLE }, (_, index) => ({
      email: `p${index}@example.com`,
      job_title: `Engineer ${index}`,
      company: `Acme ${index}`,
    }));
    stage.hubspot.emulator.world.seed(people, 'lead');
    await createConnection(
      engine,
      {
        name: 'hubspot',
        crm: 'hubspot',
        enabled: true,
        baseUrl: stage.hubspot.url,
        credentials: stage.hubspot.settings['credentials'],
        schedule: { everyMinutes: 1_440 },
        mappings: [EMAIL, RIGHT],
      },
      'api',
    );
    await stage.synchronise('hubspot');
    await updateConnection(engine, 'hubspot', { mappings: [EMAIL, WRONG] }, { writtenBy: 'screen' });
    stage.hubspot.emulator.world.seed([{ email: 'new@example.com', company: 'Newcomers' }], 'lead');
    await stage.synchronise('hubspot', 'full');
  });
  afterAll(() => stage.close());

  test('[R38] the plan says what goes back before anything is written; carried out, all is as before', async () => {
    expect(await titles()).toContain('Acme 3');
    await page.goto(`${stage.url}/crm?tab=history`);
    await page
      .locator('.run-row', { hasText: 'hubspot → Tandem' })
      .filter({ hasText: `${PEOPLE} updated` })
      .getByRole('link', { name: `${PEOPLE} updated` })
      .click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('button', { name: 'Undo this run …' }).click();
    await drawer.getByText(`${PEOPLE} would be put back`, { exact: true }).waitFor();
    await drawer.getByText('1 would be removed here', { exact: true }).waitFor();
    expect(await titles()).toContain('Acme 3');
    await drawer.getByRole('button', { name: 'p3@example.com' }).click();
    await drawer.getByRole('cell', { name: 'Engineer 3', exact: true }).waitFor();
    await drawer.getByRole('button', { name: 'Undo', exact: true }).click();
    await drawer.getByText(`Held: ${PEOPLE} values and one person that neither side repeats.`).waitFor();
    await expect.poll(titles).toEqual(Array.from({ length: PEOPLE }, (_, index) => `Engineer ${index}`));
  });

  test('[R38] after Go on the next runs do not repeat it; the contact says what is held, and lets it go', async () => {
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('button', { name: 'Go on', exact: true }).click();
    await drawer.getByText('The schedule of this connection waits.').waitFor({ state: 'detached' });
    await stage.synchronise('hubspot');
    await stage.synchronise('hubspot', 'full');
    expect(await titles()).toEqual(Array.from({ length: PEOPLE }, (_, index) => `Engineer ${index}`));
    await page.goto(`${stage.url}/contacts/p3@example.com`);
    const held = page.locator('[data-held]');
    await held.getByText('Job title: Engineer 3 here, Acme 3 in hubspot').waitFor();
    await held.getByRole('button', { name: 'Take the one from hubspot' }).click();
    await held.waitFor({ state: 'detached' });
    await stage.synchronise('hubspot');
    expect(await titles()).toContain('Acme 3');
    expect(errors).toEqual([]);
  });
});
