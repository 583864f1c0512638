import { readFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runImports } from '../src/engine/run-imports.ts';
import { exportCsv } from '../src/hub/export-csv.ts';
import type { Store } from '../src/store/db.ts';
import { ORIGIN, openApi } from './support/api.ts';
import { emptyStore, openTestStore } from './support/database.ts';
import { type Api, FIREFOX, makeForm } from './support/forms.ts';

const SCRIPT = '"><img src=x onerror=alert(1)><script>alert(1)</script>';
const SQL = `x'; drop table contacts; --`;
const TEN_MB = 10 * 1024 * 1024;

/** Each kind of hostile input, and where it is refused or shown to be harmless besides here: file and part of the title. */
const ELSEWHERE: readonly (readonly [string, string, string])[] = [
  ['script in names', 'test/forms/hostile.test.ts', 'script in names, texts and answers is text on every page'],
  ['script in names', 'src/mail/layout.test.ts', 'no value becomes markup'],
  ['script in names', 'src/api/oauth.test.ts', 'what the vendor says is shown as text, never as markup'],
  ['formulas in CSV', 'test/engine/imports.test.ts', 'export → import changes nothing, whatever stands in the fields'],
  ['10 MB bodies', 'src/api/app.test.ts', 'broken JSON, ten megabytes, SQL in a search'],
  ['10 MB bodies', 'test/forms/hostile.test.ts', 'ten megabytes, bytes that are no UTF-8'],
  ['forged webhook signatures', 'src/api/hooks.test.ts', 'a forged call is refused, a huge one too'],
  ['open redirects', 'test/forms/hostile.test.ts', 'a form leads to its own address only'],
  ['open redirects', 'src/api/oauth.test.ts', 'the browser is only ever sent to the vendor'],
  ['replayed tokens', 'test/forms/proof.test.ts', 'its button proves the submission, once'],
  ['replayed tokens', 'src/api/oauth.test.ts', 'a state works once'],
  ['replayed tokens', 'src/api/routes/account-routes.test.ts', 'one link, once, and other sessions end'],
  ['header injection', 'src/mail/send-mails.test.ts', 'a value can add no header'],
];

test.each(ELSEWHERE)('%s: %s proves “%s”', (_, file, title) => {
  const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  const line = source.split('\n').find((one) => one.includes(title));
  expect(line).toMatch(/^\s*test\(/);
});

describe('hostile input over the API', () => {
  let store: Store;
  let api: Api;
  let key: string;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    await emptyStore(store);
    api = openApi(store);
    key = await api.keyFor({ role: 'admin' });
  });
  const contacts = async () => (await sql`select 1 from contacts`.execute(store.db)).rows.length;
  const make = (fields: object) => api.call('POST', '/api/v1/contacts', { key, body: { fields } });

  test('script in names is stored as it is, answered as data, and text in what a person is handed', async () => {
    expect((await make({ email: 'ada@example.com', first_name: SCRIPT })).status).toBe(201);
    const answer = await api.call('GET', '/api/v1/contacts/ada@example.com', { key });
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(((await answer.json()) as { fields: { first_name: string } }).fields.first_name).toBe(SCRIPT);
    const handed = await api.call('POST', '/api/v1/contacts/ada@example.com/export', { key, body: { as: 'html' } });
    const { html } = (await handed.json()) as { html: string };
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('<img src=x');
  });

  test('formulas in a list stay text: in the hub, in an export, and in the list of refused rows', async () => {
    const list = 'E-mail,City\nada@example.com,=HYPERLINK("https://evil.example")\n=cmd|calc,@SUM(1)\n';
    const made = await api.call('POST', '/api/v1/imports?name=list.csv', {
      key,
      body: list,
      headers: { 'content-type': 'text/csv' },
    });
    const { id } = (await made.json()) as { id: string };
    expect((await api.call('POST', `/api/v1/imports/${id}/approve`, { key, body: {} })).status).toBe(200);
    await runImports(api.deps.engine);
    const rejected = await (await api.call('GET', `/api/v1/imports/${id}/rejected.csv`, { key })).text();
    expect(rejected).toContain(`'=cmd|calc,'@SUM(1)`);
    const chunks: Buffer[] = [];
    await exportCsv(
      store,
      new Writable({
        write: (chunk: Buffer, _, done) => {
          chunks.push(chunk);
          done();
        },
      }),
      ORIGIN,
    );
    const exported = (await buffer(Readable.from(chunks))).toString();
    expect(exported).toContain(`'=HYPERLINK`);
    expect(exported).not.toMatch(/[,\n]"?[=@]/);
  });

  test('ten megabytes where a megabyte is wanted, and a list above its limit, are refused before they are read', async () => {
    const { key: form, id } = await makeForm(api, key, { fields: [{ field: 'email', required: true }] });
    const big = 'x'.repeat(TEN_MB);
    for (const path of [`/f/${id}`, '/t', '/api/v1/contacts', '/api/v1/contacts/search'])
      expect([path, (await api.call('POST', path, { key, body: big, headers: { origin: ORIGIN } })).status]).toEqual([
        path,
        413,
      ]);
    expect(form).toMatch(/^\w/);
    const said = await api.call('POST', '/api/v1/imports?name=list.csv', {
      key,
      body: 'E-mail\n',
      headers: { 'content-length': String(101 * 1024 * 1024) },
    });
    expect(said.status).toBe(413);
    expect(await contacts()).toBe(0);
  });

  test('bytes that are no UTF-8 are refused', async () => {
    const bad = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]);
    const send = (path: string, type: string) =>
      api.app.request(`${ORIGIN}${path}`, {
        method: 'POST',
        body: bad,
        headers: { 'content-type': type, origin: ORIGIN, 'user-agent': FIREFOX, authorization: `Bearer ${key}` },
      });
    expect((await send('/t', 'text/plain')).status).toBe(400);
    const { id } = await makeForm(api, key, { fields: [{ field: 'email', required: true }] });
    expect((await send(`/f/${id}`, 'application/x-www-form-urlencoded')).status).toBe(400);
    expect((await send('/api/v1/contacts', 'application/json')).status).toBe(400);
    expect(await contacts()).toBe(0);
  });

  test('SQL in searches, filters, orders, segments, ids and headings is a value that nothing matches, or refused', async () => {
    await make({ email: 'ada@example.com' });
    const search = (body: object) => api.call('POST', '/api/v1/contacts/search', { key, body });
    expect(await (await search({ search: SQL })).json()).toMatchObject({ items: [] });
    const condition = (field: string, op: string, value: string) => search({ filter: [{ field, op, value }] });
    expect(await (await condition('city', 'is', SQL)).json()).toMatchObject({ items: [] });
    expect(await (await condition('city', 'contains', SQL)).json()).toMatchObject({ items: [] });
    expect((await condition(SQL, 'is', 'x')).status).toBe(422);
    expect((await condition('city', SQL, 'x')).status).toBe(422);
    expect((await search({ sort: SQL })).status).toBe(422);
    expect((await search({ cursor: SQL })).status).toBeLessThan(500);
    expect((await api.call('GET', `/api/v1/contacts/${encodeURIComponent(SQL)}`, { key })).status).toBe(404);
    expect((await api.call('GET', `/api/v1/imports/${encodeURIComponent(SQL)}`, { key })).status).toBe(404);
    const list = await api.call('POST', '/api/v1/imports?name=x.csv', {
      key,
      body: `E-mail,${SQL}\nbob@example.com,${SQL}\n`,
      headers: { 'content-type': 'text/csv' },
    });
    expect(list.status).toBe(201);
    expect(await contacts()).toBe(1);
  });

  test('no parameter sends a browser elsewhere', async () => {
    for (const path of ['/contacts/ct_none', '/f/frm_none', '/d/fil_none', '/c/none', '/p/none', '/oauth/callback']) {
      const answer = await api.call(
        'GET',
        `${path}?to=https://evil.example&next=//evil.example&redirect_uri=https://evil.example`,
      );
      const target = answer.headers.get('location');
      expect([path, target === null ? ORIGIN : new URL(target, ORIGIN).origin]).toEqual([path, ORIGIN]);
    }
  });
});
