import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyWaiting } from '../../src/engine/submissions.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { saveContact, saveContacts } from '../../src/hub/save-contacts.ts';
import { ORIGIN, openApi } from '../support/api.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { type Api, FIREFOX, type MadeForm, makeForm, submit } from '../support/forms.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describeEachDatabase('proof, consent and opt-out', (open) => {
  let api: Api;
  let key: string;
  let text: { id: string };
  let form: MadeForm;
  beforeEach(async () => {
    await emptyStore(open());
    api = openApi(open());
    key = await api.keyFor({ role: 'admin' });
    const made = await api.call('POST', '/api/v1/consent-texts', {
      key,
      body: {
        name: 'News',
        purpose: 'newsletter',
        mail: true,
        words: { en: 'Send me news.', fr: 'Envoyez-moi des nouvelles.' },
      },
    });
    text = (await made.json()) as { id: string };
    form = await makeForm(api, key, {
      fields: [{ field: 'email', required: true }, { field: 'last_name' }, { field: 'phone', progressive: true }],
      consents: [{ text: text.id }],
      doubleOptIn: true,
    });
  });
  afterEach(() => applyWaiting(api.deps.engine).then(() => undefined));
  const inHub = (email: string) => findContact(open().db, email, ORIGIN);
  const save = (fields: Record<string, unknown>, by: 'person' | 'import' | 'api' = 'person') =>
    open().transaction((trx) =>
      saveContact(
        trx,
        { fields },
        { by, at: api.clock.now(), newId: () => api.deps.engine.ids.next('ct'), mode: 'upsert' },
      ),
    );
  const agreeing = (values: Record<string, string>) => ({ ...values, [`consent.${text.id}`]: '1' });
  const send = async (values: Record<string, string>, options = {}, to: { id: string } = form) => {
    const response = await submit(api, to, values, options);
    await applyWaiting(api.deps.engine);
    return response;
  };
  const linkIn = async (kind = '/c/'): Promise<string> => {
    const mail = await open()
      .db.selectFrom('outbox')
      .select(['text', 'recipient'])
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow();
    return new URL(new RegExp(`https://\\S+${kind}\\S+`).exec(mail.text)?.[0] ?? '').pathname;
  };
  const press = (path: string, cookie?: string) =>
    api.call('POST', path, {
      headers: { 'user-agent': FIREFOX, origin: ORIGIN, ...(cookie === undefined ? {} : { cookie }) },
    });
  const consents = async (id: string) =>
    ((await (await api.call('GET', `/api/v1/contacts/${id}/consents`, { key })).json()) as { items: object[] }).items;

  test('[R45] double opt-in: opening the link does nothing, its button proves the submission, once', async () => {
    const { id } = await save({ email: 'ada@example.com', last_name: 'Lovelace' });
    await send(agreeing({ email: 'ada@example.com', last_name: 'Byron' }));
    expect((await inHub(id))?.fields['last_name']).toBe('Lovelace');
    expect(await consents(id)).toEqual([]);
    const link = await linkIn();
    const opened = await (await api.call('GET', link)).text();
    expect(opened).toContain('<button');
    expect((await inHub(id))?.fields['last_name']).toBe('Lovelace');
    const confirmed = await press(link);
    expect(await confirmed.text()).toContain('it is confirmed');
    expect(await inHub(id)).toMatchObject({ fields: { last_name: 'Byron', consent: 'newsletter' } });
    expect(await consents(id)).toMatchObject([
      {
        purpose: 'newsletter',
        given: true,
        how: 'form',
        source: form.id,
        sourceVersion: 1,
        words: 'Send me news.',
        language: 'en',
        proven: true,
      },
    ]);
    // Replayed: nothing more, and no cookie.
    const again = await press(link);
    expect(await again.text()).toContain('confirmed before');
    expect(again.headers.get('set-cookie')).toBeNull();
    expect((await press('/c/forged')).status).toBe(404);
    api.clock.advance(15 * DAY_MS);
    expect((await api.call('GET', link)).status).toBe(404);
  });

  test('[R45] a cookie earned by a confirmed link proves that contact in that browser, and nobody else', async () => {
    await send({ email: 'ada@example.com', last_name: 'Lovelace' });
    const cookie = ((await press(await linkIn())).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(cookie).toMatch(/^tandem_browser=/);
    const plain = await makeForm(api, key, { fields: [{ field: 'email', required: true }, { field: 'last_name' }] });
    await send({ email: 'ada@example.com', last_name: 'King' }, { cookie }, plain);
    expect((await inHub('ada@example.com'))?.fields['last_name']).toBe('King');
    // The colleague in the same browser is another contact; that he is known already makes him no more proven.
    await save({ email: 'charles@example.com', last_name: 'Babbage' });
    await send({ email: 'charles@example.com', last_name: 'Changed' }, { cookie }, plain);
    expect((await inHub('charles@example.com'))?.fields['last_name']).toBe('Babbage');
    expect((await inHub('ada@example.com'))?.fields['last_name']).toBe('King');
  });

  test('[R45] a value that somebody entered after the submission is not replaced by its late confirmation', async () => {
    await save({ email: 'ada@example.com', last_name: 'Lovelace' });
    await send({ email: 'ada@example.com', last_name: 'Byron' });
    api.clock.advance(DAY_MS);
    await save({ email: 'ada@example.com', last_name: 'King' });
    await press(await linkIn());
    expect((await inHub('ada@example.com'))?.fields['last_name']).toBe('King');
  });

  test('[R46] an opt-out is lifted by a proven submission with a consent box, not by an unproven one, an edit or a list', async () => {
    const { id } = await save({ email: 'ada@example.com', opt_out: true });
    const optedOut = async () => (await inHub(id))?.fields['opt_out'];
    const single = await makeForm(api, key, {
      fields: [{ field: 'email', required: true }],
      consents: [{ text: text.id }],
    });
    await send(agreeing({ email: 'ada@example.com' }), {}, single);
    expect(await optedOut()).toBe(true);
    await expect(save({ email: 'ada@example.com', opt_out: false })).rejects.toThrow('opt_out_lift');
    await open().transaction((trx) =>
      saveContacts(trx, [{ fields: { email: 'ada@example.com', opt_out: false, city: 'Wien' } }], {
        by: 'import',
        at: api.clock.now(),
        newId: () => 'x',
        mode: 'upsert',
      }),
    );
    expect((await inHub(id))?.fields).toMatchObject({ opt_out: true, city: 'Wien' });
    await send({ email: 'ada@example.com' });
    await press(await linkIn());
    expect(await optedOut()).toBe(true);
    await send(agreeing({ email: 'ada@example.com' }));
    await press(await linkIn());
    expect(await optedOut()).toBe(false);
    expect(await open().db.selectFrom('contacts').select('opt_out_lifted_at').executeTakeFirst()).toEqual({
      opt_out_lifted_at: api.clock.now(),
    });
  });

  test('[R46] an administrator lifts an opt-out with a reason; marketing cannot', async () => {
    const { id } = await save({ email: 'ada@example.com', opt_out: true });
    const marketing = await api.keyFor({ role: 'marketing' });
    const lift = (who: string, body: object) => api.call('POST', `/api/v1/contacts/${id}/opt-in`, { key: who, body });
    expect((await lift(marketing, { reason: 'she phoned' })).status).toBe(403);
    expect((await lift(key, {})).status).toBe(422);
    expect((await lift(key, { reason: 'she phoned' })).status).toBe(200);
    expect((await inHub(id))?.fields['opt_out']).toBe(false);
    expect((await lift(key, { reason: 'again' })).status).toBe(409);
    expect(
      await open().db.selectFrom('audit').select('detail').where('action', '=', 'opt-out lifted').execute(),
    ).toEqual([{ detail: { reason: 'she phoned' } }]);
  });

  test('[R46] the own preference page: only its buttons count, opting out takes every consent back, and coming back is possible', async () => {
    await send(agreeing({ email: 'ada@example.com' }));
    await press(await linkIn());
    const { id = '' } = (await inHub('ada@example.com')) ?? {};
    const made = await api.call('POST', `/api/v1/contacts/${id}/preference-link`, { key, body: {} });
    const path = new URL(((await made.json()) as { address: string }).address).pathname;
    const page = await (await api.call('GET', path)).text();
    expect(page).toContain('a•••@example.com');
    expect(page).not.toContain('ada@example.com');
    expect((await inHub(id))?.fields).toMatchObject({ consent: 'newsletter' });
    const post = (body: string) =>
      api.call('POST', path, { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    // One click of a mail program (RFC 8058).
    expect((await post('List-Unsubscribe=One-Click')).status).toBe(303);
    expect((await inHub(id))?.fields).toMatchObject({ opt_out: true });
    expect((await inHub(id))?.fields['consent']).toBeUndefined();
    await post('do=in');
    expect((await inHub(id))?.fields['opt_out']).toBe(false);
    expect(await consents(id)).toMatchObject([
      { given: false, how: 'preferences' },
      { given: true, how: 'form' },
    ]);
    expect((await api.call('GET', '/p/forged')).status).toBe(404);
    expect(
      (
        await api.call('POST', '/p/forged', {
          body: 'do=out',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        })
      ).status,
    ).toBe(404);
  });

  test('[R8a] other words are a new version, and each consent keeps the words that stood there', async () => {
    const single = await makeForm(api, key, {
      fields: [{ field: 'email', required: true }],
      consents: [{ text: text.id }],
      locale: 'fr',
    });
    const page = await (await api.call('GET', `/f/${single.id}`)).text();
    expect(page).toContain('Envoyez-moi des nouvelles.');
    await api.call('PATCH', `/api/v1/consent-texts/${text.id}`, {
      key,
      body: { words: { fr: 'Oui, des nouvelles.' } },
    });
    // Sent from the page that was loaded before the change.
    await send({ email: 'ada@example.com', [`consent.${text.id}`]: '1' }, { page }, single);
    await send({ email: 'bob@example.com', [`consent.${text.id}`]: '2' }, {}, single);
    const words = await open()
      .db.selectFrom('consents')
      .select(['words', 'text_version', 'proven'])
      .orderBy('id')
      .execute();
    expect(words).toEqual([
      { words: 'Envoyez-moi des nouvelles.', text_version: 1, proven: false },
      { words: 'Oui, des nouvelles.', text_version: 2, proven: false },
    ]);
    expect(
      (
        (await (await api.call('GET', `/api/v1/consent-texts/${text.id}/versions`, { key })).json()) as {
          items: object[];
        }
      ).items,
    ).toHaveLength(2);
    expect((await api.call('DELETE', `/api/v1/consent-texts/${text.id}`, { key })).status).toBe(409);
    const patch = await api.call('PATCH', `/api/v1/contacts/${(await inHub('ada@example.com'))?.id}`, {
      key,
      body: { fields: { consent: 'x' } },
    });
    expect(patch.status).toBe(422);
  });

  test('[R47] a page shows nothing of anybody, and the answers for known and unknown addresses are alike', async () => {
    await save({ email: 'ada@example.com', last_name: 'Lovelace', phone: '+44 20 7946 0000' });
    const known = await send({ email: 'ada@example.com', last_name: 'X' }, { accept: 'text/html' });
    const unknown = await send({ email: 'nobody@example.com', last_name: 'X' }, { accept: 'text/html' });
    const shape = (response: Response) => [
      response.status,
      [...response.headers].map(([name, value]) => [
        name,
        name === 'location' ? value.length : name === 'x-request-id' ? '' : value,
      ]),
    ];
    expect(shape(known)).toEqual(shape(unknown));
    const pages = await Promise.all(
      [known, unknown].map(async (one) => {
        const path = new URL(one.headers.get('location') ?? '');
        return (await api.call('GET', `${path.pathname}${path.search}`)).text();
      }),
    );
    expect(pages[0]).toBe(pages[1]);
    const again = await (await api.call('GET', `/f/${form.id}`, { headers: { cookie: 'tandem_browser=x' } })).text();
    expect(again).not.toContain('Lovelace');
    expect(again).not.toContain('7946');
  });

  test('[R47] a progressive field is hidden from the browser that answered it, whoever it was about', async () => {
    const first = await send({ email: 'ada@example.com', phone: '+44 20 7946 0000' });
    const cookie = (first.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(cookie).toBe('tandem_known=phone');
    const asks = async (headers = {}) =>
      (await (await api.call('GET', `/f/${form.id}`, { headers })).text()).includes('name="phone"');
    expect(await asks()).toBe(true);
    expect(await asks({ cookie })).toBe(false);
  });
});
