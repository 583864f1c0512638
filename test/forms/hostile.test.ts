import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyWaiting } from '../../src/engine/submissions.ts';
import type { Store } from '../../src/store/db.ts';
import { ORIGIN, openApi } from '../support/api.ts';
import { emptyStore, openTestStore } from '../support/database.ts';
import { type Api, FIREFOX, type MadeForm, makeForm, submit } from '../support/forms.ts';

const EVIL = 'https://evil.example';
const SCRIPT = '"><script>alert(1)</script>';

describe('what the public may send, and what becomes of it', () => {
  let store: Store;
  let api: Api;
  let key: string;
  let form: MadeForm;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    await emptyStore(store);
    api = openApi(store);
    key = await api.keyFor({ role: 'admin' });
    form = await makeForm(api, key, {
      name: SCRIPT,
      title: SCRIPT,
      intro: SCRIPT,
      origins: ['www.friend.example'],
      fields: [
        { field: 'email', required: true, label: SCRIPT },
        { field: 'last_name', help: SCRIPT },
      ],
      hidden: [{ field: 'city', parameter: 'town' }],
    });
  });
  afterEach(() => applyWaiting(api.deps.engine).then(() => undefined));
  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    Promise.resolve(
      api.app.request(`${ORIGIN}/f/${form.id}`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'user-agent': FIREFOX,
          origin: ORIGIN,
          accept: 'application/json',
          ...headers,
        },
      }),
    );
  const stored = () => store.db.selectFrom('submissions').selectAll().execute();
  const good = (extra = '') => `_key=${form.key}&email=ada%40example.com&last_name=L${extra}`;

  test('script in names, texts and answers is text on every page, in the script, and in the mail', async () => {
    const page = await (await api.call('GET', `/f/${form.id}?town=${encodeURIComponent(SCRIPT)}`)).text();
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    const again = await submit(api, form, { email: 'none', last_name: SCRIPT }, { accept: 'text/html' });
    expect(again.status).toBe(422);
    const shown = await again.text();
    expect(shown).not.toContain('<script');
    expect(shown).toContain('&quot;&gt;&lt;script&gt;');
    const script = await (await api.call('GET', `/f/${form.id}.js`)).text();
    expect(script).not.toContain('<script>');
    await api.call('PATCH', `/api/v1/forms/${form.id}`, { key, body: { doubleOptIn: true } });
    await submit(api, form, { email: 'ada@example.com', last_name: SCRIPT });
    const mail = await store.db.selectFrom('outbox').select(['html', 'subject']).executeTakeFirstOrThrow();
    expect(mail.html).not.toContain('<script');
    expect(mail.subject).not.toContain('\n');
  });

  test('no page of the public has a script or takes one from elsewhere, and frames are for the sites on the list', async () => {
    const { headers } = await api.call('GET', `/f/${form.id}`);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self' https://www.friend.example",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('a wrong or missing key, another site, a missing site: refused, counted, and nothing is stored', async () => {
    expect((await post(good().replace(form.key, 'pk_guess'))).status).toBe(403);
    expect((await post('email=ada%40example.com')).status).toBe(403);
    expect((await post(good(), { origin: EVIL })).status).toBe(403);
    expect((await post(good(), { origin: 'null' })).status).toBe(403);
    expect((await post(good(), { origin: 'https://www.friend.example.evil.example' })).status).toBe(403);
    const none = await api.app.request(`${ORIGIN}/f/${form.id}`, {
      method: 'POST',
      body: good(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(none.status).toBe(403);
    expect(await stored()).toEqual([]);
    const refusals = (await (await api.call('GET', `/api/v1/forms/${form.id}/refusals`, { key })).json()) as {
      items: object[];
    };
    expect(refusals.items).toContainEqual(expect.objectContaining({ reason: 'origin', detail: EVIL, count: 1 }));
    expect(refusals.items).toContainEqual(expect.objectContaining({ reason: 'key', count: 2 }));
    expect((await post(good(), { origin: 'https://www.friend.example' })).status).toBe(200);
  });

  test('only sites on the list may read the answer', async () => {
    const allowed = await post(good(), { origin: 'https://www.friend.example' });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://www.friend.example');
    expect((await post(good(), { origin: EVIL })).headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await api.call('OPTIONS', `/f/${form.id}`, { headers: { origin: EVIL } });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('ten megabytes, bytes that are no UTF-8, and what is neither a form nor JSON', async () => {
    expect((await post('x'.repeat(10 * 1024 * 1024))).status).toBe(413);
    expect((await post(new Uint8Array([0x65, 0x3d, 0xff, 0xfe]))).status).toBe(400);
    expect((await post(`${good()}&city=%FF%FE`)).status).toBe(400);
    expect((await post('<xml/>', { 'content-type': 'text/xml' })).status).toBe(415);
    expect((await post('[1]', { 'content-type': 'application/json' })).status).toBe(400);
    expect((await post('{"a":', { 'content-type': 'application/json' })).status).toBe(400);
    expect(await stored()).toEqual([]);
  });

  test('control characters, half surrogates, prototype names and unknown fields leave nothing behind', async () => {
    const response = await post(
      JSON.stringify({
        _key: form.key,
        email: 'ada@example.com',
        last_name: 'L\u0000ove\ud800lace',
        __proto__: { polluted: true },
        constructor: 'x',
        opt_out: 'true',
        score: '50',
        notes: 'x',
        city: '\u0000Wien',
      }),
      { 'content-type': 'application/json' },
    );
    expect(response.status).toBe(200);
    await applyWaiting(api.deps.engine);
    expect((await stored())[0]?.fields).toEqual({ last_name: 'Love\ufffdlace', city: 'Wien' });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('a form leads to its own address only, whatever the visitor sends', async () => {
    const done = await submit(
      api,
      form,
      { email: 'ada@example.com', redirect: EVIL, _redirect: EVIL },
      { accept: 'text/html' },
    );
    expect(done.status).toBe(303);
    expect(done.headers.get('location')).toMatch(new RegExp(`^${ORIGIN}/f/${form.id}\\?done=`));
    for (const redirect of ['javascript:alert(1)', '//evil.example', 'data:text/html,x', '/relative'])
      expect((await api.call('PATCH', `/api/v1/forms/${form.id}`, { key, body: { redirect } })).status).toBe(422);
    await api.call('PATCH', `/api/v1/forms/${form.id}`, {
      key,
      body: { redirect: 'https://www.friend.example/thanks' },
    });
    const led = await submit(api, form, { email: 'bob@example.com', redirect: EVIL }, { accept: 'text/html' });
    expect(led.headers.get('location')).toBe('https://www.friend.example/thanks');
  });

  test('a form can be made of sensible fields only, and says where it is not', async () => {
    const make = async (input: object) => {
      const response = await api.call('POST', '/api/v1/forms', { key, body: { name: 'F', ...input } });
      const body = (await response.json()) as { errors?: { path: string; code: string }[] };
      return body.errors?.map((error) => `${error.path} ${error.code}`) ?? response.status;
    };
    const email = { field: 'email', required: true };
    expect(await make({ fields: [] })).toEqual(['fields email_missing']);
    expect(await make({ fields: [email, email] })).toEqual(['fields.1.field field_twice']);
    expect(await make({ fields: [email, { field: 'opt_out' }] })).toEqual(['fields.1.field not_in_forms']);
    expect(await make({ fields: [email, { field: 'score' }] })).toEqual(['fields.1.field calculated']);
    expect(await make({ fields: [email, { field: 'nonsense' }] })).toEqual(['fields.1.field unknown_field']);
    expect(await make({ consents: [{ text: 'cst_x' }], file: 'fil_x' })).toEqual([
      'consents.0.text not_found_text',
      'file not_found_file',
    ]);
    expect(await make({ hidden: [{ field: 'city', value: 'a', parameter: 'b' }] })).toEqual([
      'hidden.0 value_or_parameter',
    ]);
    // Parsers of URLs take `;` in a host; in our content policy it would end a directive and begin the next.
    for (const site of ['ftp://x', 'https://x;script-src', 'https://x!!', 'two words', "https://'unsafe-inline'"]) {
      expect(await make({ origins: [site] }), site).toEqual(['origins.0 site_address']);
      expect(await make({ redirect: `${site}/thanks` }), site).toEqual(['redirect site_address']);
    }
    for (const site of ['www.example.com', 'http://localhost:4000', 'https://[2001:db8::1]', 'https://münchen.example'])
      expect(await make({ origins: [site] }), site).toBe(201);
    expect(await make({ nonsense: 1 })).toEqual(['nonsense unknown_key']);
    expect(await make({})).toBe(201);
  });

  test('a deleted form is gone, a closed one says so, and neither takes anything', async () => {
    await api.call('PATCH', `/api/v1/forms/${form.id}`, { key, body: { enabled: false } });
    expect((await api.call('GET', `/f/${form.id}`)).status).toBe(410);
    expect((await post(good())).status).toBe(410);
    expect((await api.call('GET', `/f/${form.id}.js`)).status).toBe(404);
    await api.call('DELETE', `/api/v1/forms/${form.id}`, { key });
    expect((await api.call('GET', `/f/${form.id}`)).status).toBe(404);
    expect((await post(good())).status).toBe(404);
    expect(await stored()).toEqual([]);
  });

  test('two people who change a form at once: the second is told', async () => {
    const patch = (match: string) =>
      api.call('PATCH', `/api/v1/forms/${form.id}`, { key, body: { title: 'T' }, headers: { 'if-match': match } });
    expect((await patch('"1"')).status).toBe(200);
    expect((await patch('"1"')).status).toBe(412);
  });

  test('a file is an attachment that no browser runs, is counted for whoever submitted, and not for machines', async () => {
    const upload = await api.call('POST', '/api/v1/files?name=..%2F%22white%0Apaper%22.html', {
      key,
      body: '<script>alert(1)</script>',
      headers: { 'content-type': 'text/html' },
    });
    const file = (await upload.json()) as { id: string; name: string; address: string };
    expect(file.name).toBe('.._white_paper_.html');
    await api.call('PATCH', `/api/v1/forms/${form.id}`, { key, body: { file: file.id } });
    expect((await api.call('DELETE', `/api/v1/files/${file.id}`, { key })).status).toBe(409);
    const answer = (await (await submit(api, form, { email: 'ada@example.com' })).json()) as {
      file: { address: string };
    };
    await applyWaiting(api.deps.engine);
    const url = new URL(answer.file.address);
    const get = (agent: string, query = url.search) =>
      api.call('GET', `${url.pathname}${query}`, { headers: { 'user-agent': agent } });
    const got = await get(FIREFOX);
    expect(await got.text()).toBe('<script>alert(1)</script>');
    expect(got.headers.get('content-disposition')).toMatch(/^attachment; filename=/);
    expect(got.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    await get('Googlebot/2.1 (+http://www.google.com/bot.html)');
    await get('Barracuda Link Protect');
    await get(FIREFOX, '?s=sub_forged.xxxx');
    const events = await store.db
      .selectFrom('events')
      .select(['type', 'contact_id'])
      .where('type', '=', 'download')
      .execute();
    expect(events).toHaveLength(1);
    const files = (await (await api.call('GET', '/api/v1/files', { key })).json()) as {
      items: { downloads: number }[];
    };
    expect(files.items[0]?.downloads).toBe(2);
    expect((await api.call('POST', '/api/v1/files?name=x', { key, body: 'x'.repeat(21 * 1024 * 1024) })).status).toBe(
      413,
    );
  });
});
