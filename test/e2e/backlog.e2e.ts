import { sql } from 'kysely';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnection } from '../../src/engine/connections.ts';
import { noticeAddress } from '../../src/engine/link-address.ts';
import { openStage, type Stage } from '../support/browser.ts';

const PEOPLE = 40;
const EMAIL = { kind: 'lead', hub: 'email', crm: 'email', direction: 'both' } as const;
const URL_LINE = { kind: 'lead', hub: 'url', crm: 'tandem_url', direction: 'toCrm' } as const;

/** A change that is being brought into line, links that hold the address of before, and the box for whatever is pasted. */
describe('what a change leaves, and paste anything', () => {
  let stage: Stage;
  let page: Page;
  const errors: string[] = [];
  const links = (): readonly string[] =>
    Array.from({ length: PEOPLE }, (_, index) =>
      String(stage.hubspot.emulator.world.find(`p${index}@example.com`, 1)[0]?.raw['tandem_url'] ?? ''),
    );
  beforeAll(async () => {
    stage = await openStage();
    page = await stage.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('dialog', (dialog) => void dialog.accept());
    await stage.setUp(page);
    const { engine } = stage.running.product;
    const people = Array.from({ length: PEOPLE }, (_, index) => ({ email: `p${index}@example.com`, phone: '+43 1 2' }));
    stage.hubspot.emulator.world.seed(people, 'lead');
    await createConnection(
      engine,
      {
        name: 'hubspot',
        crm: 'hubspot',
        enabled: true,
        baseUrl: stage.hubspot.url,
        credentials: stage.hubspot.settings['credentials'],
        export: { enabled: true, minimumScore: 20 },
        schedule: { everyMinutes: 1_440 },
        mappings: [EMAIL, URL_LINE],
      },
      'api',
    );
    await stage.synchronise('hubspot');
    await stage.synchronise('hubspot', 'full');
    // As if all that had been written under another address.
    const old = 'https://old.example.com';
    for (const { id: record, raw } of stage.hubspot.emulator.world.find('@example.com', PEOPLE))
      stage.hubspot.emulator.world.edit(record, { tandem_url: String(raw['tandem_url']).replace(stage.url, old) });
    await sql`update links set shadow = replace(shadow::text, ${stage.url}, ${old})::jsonb`.execute(engine.store.db);
    await sql`delete from settings where key = 'linkAddress'`.execute(engine.store.db);
    expect(await noticeAddress(engine)).toHaveLength(1);
  });
  afterAll(() => stage.close());

  test('[R36] a new mapping line shows how far it is; the button brings it into line, and the bar goes', async () => {
    await page.goto(`${stage.url}/crm?tab=hubspot`);
    const answer = await page.evaluate(
      async ({ items }) => {
        const { items: list } = (await (await fetch('/api/v1/connections')).json()) as { items: { id: string }[] };
        const response = await fetch(`/api/v1/connections/${list[0]?.id ?? ''}/mappings`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ items }),
        });
        return response.status;
      },
      { items: [EMAIL, URL_LINE, { kind: 'lead', hub: 'phone', crm: 'phone', direction: 'both' }] },
    );
    expect(answer).toBe(200);
    await page.reload();
    await page.getByText(`0 of ${PEOPLE} brought into line`).waitFor();
    await page.getByText(/Changed .*: Phone\./).waitFor();
    await page.getByRole('button', { name: 'Bring them into line now' }).click();
    await stage.quiet();
    await page.locator('[data-backlog]').waitFor({ state: 'detached' });
    await page.goto(`${stage.url}/contacts/p7@example.com`);
    await expect.poll(() => page.getByLabel('Phone', { exact: true }).inputValue()).toBe('+43 1 2');
  });

  test('[R24] links to the address of before are offered to be rewritten, and are after one click', async () => {
    // A run and an edit have passed meanwhile, and rewrote nothing.
    for (const link of links()) expect(link).toContain('https://old.example.com/contacts/ct_');
    await page.goto(`${stage.url}/crm?tab=configuration&connection=hubspot`);
    await page.getByText(`${PEOPLE} links in hubspot still point to https://old.example.com`).waitFor();
    await page.getByRole('button', { name: 'Rewrite the links' }).click();
    await page.locator('[data-stale-links]').waitFor({ state: 'detached' });
    await expect.poll(() => links().filter((link) => !link.startsWith(`${stage.url}/contacts/ct_`))).toEqual([]);
    await page.locator('[data-backlog]').waitFor({ state: 'detached' });
  });

  test('[R90] comparing both sides gives one number, and who differs with both values and why', async () => {
    const { emulator } = stage.hubspot;
    await page.goto(`${stage.url}/crm?tab=configuration&connection=hubspot`);
    await page.getByText('Never compared').waitFor();
    await page.getByRole('link', { name: 'Compare' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('button', { name: 'Compare' }).click();
    await drawer.getByText('100% in step').waitFor();
    await drawer.getByText('Every value on every mapping line is the same on both sides.').waitFor();
    emulator.world.edit(emulator.world.find('p5@example.com', 1)[0]?.id ?? '', { phone: '+43 9 999' });
    await drawer.getByRole('button', { name: 'Compare' }).click();
    await drawer.getByText('97.5% in step').waitFor();
    await page.locator('[data-difference=waits]').getByRole('button').click();
    await page.getByRole('cell', { name: '+43 9 999' }).waitFor();
    await page.getByRole('cell', { name: 'waits for the next synchronisation' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText(/97\.5%, .* ago|97\.5%, now/).waitFor();
  });

  test('what is pasted into the box leads to its page', async () => {
    const box = page.getByRole('search').getByRole('textbox');
    await box.fill('p3@example.com');
    await box.press('Enter');
    await page.waitForURL('**/contacts/ct_*');
    await expect.poll(() => page.getByLabel('E-mail', { exact: true }).inputValue()).toBe('p3@example.com');
    await box.fill('Nobody Here');
    await box.press('Enter');
    await page.waitForURL('**/contacts?q=Nobody**');
    expect(errors).toEqual([]);
  });
});
