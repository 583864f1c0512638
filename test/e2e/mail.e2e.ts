import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnection } from '../../src/engine/connections.ts';
import { openStage, PASSWORD, type Stage } from '../support/browser.ts';
import { startSmtp } from '../support/smtp.ts';

describe('a mail about a synchronisation, from the CRM to the reader and back to the people it counts', () => {
  let stage: Stage;
  let page: Page;
  let smtp: Awaited<ReturnType<typeof startSmtp>>;
  beforeAll(async () => {
    smtp = await startSmtp();
    stage = await openStage({ SMTP_URL: smtp.url, MAIL_FROM: 'Tandem <tandem@example.com>' });
    const { engine, api } = stage.running.product;
    await api.signIn.addUser({
      email: 'ada@example.com',
      password: PASSWORD,
      role: 'admin',
      locale: 'en',
      timeZone: 'Europe/Paris',
    });
    stage.hubspot.emulator.world.seed(
      [
        { email: 'grace@example.com', first_name: 'Grace', last_name: 'Hopper' },
        { email: 'linus@example.com' },
        { first_name: 'Noah', last_name: 'Nomail' },
      ],
      'lead',
    );
    await createConnection(
      engine,
      {
        name: 'sales',
        ...stage.hubspot.settings,
        enabled: true,
        schedule: { everyMinutes: 1_440 },
        notify: { addresses: 'ada@example.com', when: 'each' },
      },
      'api',
    );
    page = await stage.newPage();
  });
  afterAll(async () => {
    await stage.close();
    await smtp.stop();
  });

  test('it arrives by SMTP, readable as HTML and as text', async () => {
    await expect.poll(() => smtp.arrived.length).toBe(1);
    const [first] = smtp.arrived;
    expect(first?.to).toEqual(['ada@example.com']);
    expect(first?.mail.subject).toBe('HubSpot → Tandem: 2 new, 0 updated, 1 needs you');
    expect(first?.mail.text).toContain('Noah Nomail has no e-mail address in HubSpot');
    expect(String(first?.mail.html)).toContain('Noah Nomail has no e-mail address in HubSpot');
  });

  test('its figures open exactly the people they count, after signing in', async () => {
    const links = [...(smtp.arrived[0]?.mail.text?.matchAll(/(\d+) (?:new|needs you): (\S+)/g) ?? [])].map(
      ([, n, url]) => ({ n: Number(n), url: url ?? '' }),
    );
    expect(links.map((link) => link.n)).toEqual([2, 1]);
    await page.goto(links[0]?.url ?? '');
    await page.getByLabel('E-mail').fill('ada@example.com');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('dialog').getByText('Grace Hopper').waitFor();
    for (const { n, url } of links) {
      await page.goto(url);
      await page.getByRole('dialog').locator('[data-item]').first().waitFor();
      await expect.poll(() => page.getByRole('dialog').locator('[data-item]').count()).toBe(n);
    }
  });

  test('the button leads to what has to be fixed', async () => {
    await page.goto(/Fix it: (\S+)/.exec(smtp.arrived[0]?.mail.text ?? '')?.[1] ?? '');
    await page.getByText('Noah Nomail has no e-mail address in HubSpot').waitFor();
  });

  test('Settings › Mail shows it as its reader sees it, and sends it again', async () => {
    await page.goto(`${stage.url}/settings?tab=mail`);
    await page.getByText('HubSpot → Tandem: 2 new, 0 updated, 1 needs you').click();
    const preview = page.frameLocator('iframe[title="The mail as its reader sees it"]');
    await preview.getByRole('heading', { name: '2 new' }).waitFor();
    await preview.getByText('Noah Nomail has no e-mail address').waitFor();
    await page.getByText('As text').click();
    await page.locator('pre', { hasText: 'Fix it: http' }).waitFor();
    const before = smtp.arrived.length;
    await page.getByRole('button', { name: 'Send again' }).click();
    await expect.poll(() => smtp.arrived.length).toBe(before + 1);
    expect(smtp.arrived.at(-1)?.mail.messageId).toBe(smtp.arrived[0]?.mail.messageId);
  });
});
