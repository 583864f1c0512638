import { createServer, type Server } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formInput } from '../../src/api/contract/form.ts';
import { storeFile } from '../../src/hub/forms/files.ts';
import { createForm } from '../../src/hub/forms/form-store.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { readTracking } from '../../src/hub/tracking/settings.ts';
import { saveInstanceSettings } from '../../src/store/instance-settings.ts';
import { CHROME, openStage, type Stage } from '../support/browser.ts';

describe('visits in a real browser', () => {
  let stage: Stage;
  let server: Server;
  let site = '';
  let body = '';
  beforeAll(async () => {
    stage = await openStage();
    server = createServer((request, response) => {
      if (request.url?.endsWith('.pdf') === true) {
        response.setHeader('content-type', 'application/pdf');
        return response.end('%PDF-1.4');
      }
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.setHeader(
        'content-security-policy',
        `default-src 'none'; script-src ${stage.url}; connect-src ${stage.url}`,
      );
      return response.end(`<!doctype html><html lang="en"><title>Shop</title>${body}</html>`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    site = `http://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterAll(async () => {
    server.close();
    await stage.close();
  });
  const engine = () => stage.running.product.engine;
  const events = async () =>
    (
      await sql<{ type: string; page: string; contact_id: string | null }>`
        select type, data ->> 'page' as page, contact_id from events order by at, type desc`.execute(engine().store.db)
    ).rows;

  test('nothing before consent; then pages, single-page addresses, files and our own downloads; named by a form', async () => {
    const { store, ids, clock } = engine();
    const context = { ids, at: clock.now(), by: 'test' };
    const { key } = await readTracking(store.db, clock.now());
    const { file, form } = await store.transaction(async (trx) => {
      await saveInstanceSettings(trx, { sites: [site] }, clock.now());
      const { name, enabled, ...definition } = formInput.parse({
        name: 'F',
        fields: [{ field: 'email', required: true }],
      });
      return {
        file: await storeFile(
          trx,
          { name: 'paper.pdf', type: 'application/pdf', content: new Uint8Array([1]) },
          context,
        ),
        form: await createForm(trx, { name, enabled, definition }, context),
      };
    });
    body = `<a id="own" href="${stage.url}/d/${file.id}">paper</a> <a id="file" href="/prices.pdf" download>prices</a>
      <a data-tandem-form href="${stage.url}/f/${form.id}">Form</a>
      <script async src="${stage.url}/t.js" data-site="${key}"></script><script async src="${stage.url}/f/${form.id}.js"></script>`;
    const visitor = await stage.newContext({ userAgent: CHROME, acceptDownloads: true });
    const page = await visitor.newPage();
    const posts: string[] = [];
    page.on('request', (request) => {
      if (request.url() === `${stage.url}/t`) posts.push(request.postData() ?? '');
    });
    await page.goto(`${site}/?utm_medium=cpc&utm_source=google`);
    await page.waitForFunction('window.tandem !== undefined');
    await page.evaluate(`history.pushState({}, '', '/before')`);
    await page.click('#file');
    expect(await visitor.cookies(site)).toEqual([]);
    await page.goto(`${site}/?utm_medium=cpc&utm_source=google`);
    await page.waitForFunction('window.tandem !== undefined');
    expect(posts).toEqual([]);
    await page.evaluate('tandem.consent(true)');
    await expect.poll(() => visitor.cookies(site)).toMatchObject([{ name: 'tandem_v', sameSite: 'Lax' }]);
    const [cookie] = await visitor.cookies(site);
    const days = ((cookie?.expires ?? 0) * 1000 - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(395);
    await page.evaluate(`history.pushState({}, '', '/second')`);
    await page.click('#file');
    await page.click('#own');
    await expect
      .poll(async () => (await events()).map((one) => one.type).sort())
      .toEqual(['download', 'download', 'page', 'page', 'visit']);
    expect(JSON.stringify(await events())).not.toContain('utm_');
    const loaded = Date.now();
    await page.getByLabel('E-mail').fill('vera@example.com');
    await expect.poll(() => Date.now() - loaded).toBeGreaterThan(3_100);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Thank you').waitFor();
    await expect
      .poll(async () => (await findContact(store.db, 'vera@example.com', ''))?.fields)
      .toMatchObject({ medium: 'paid_search', source: 'google' });
    const vera = await findContact(store.db, 'vera@example.com', '');
    await expect.poll(async () => (await events()).filter((one) => one.contact_id !== vera?.id)).toEqual([]);
    await page.evaluate('tandem.consent(false)');
    await expect.poll(() => visitor.cookies(site)).toEqual([]);
    await visitor.close();
  });
});
