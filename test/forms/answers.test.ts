import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyWaiting } from '../../src/engine/submissions.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { openApi } from '../support/api.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { type Api, makeForm, submit } from '../support/forms.ts';

describeEachDatabase('answers of every kind', (open) => {
  let api: Api;
  let key: string;
  beforeEach(async () => {
    await emptyStore(open());
    api = openApi(open());
    key = await api.keyFor({ role: 'admin' });
  });
  afterEach(() => applyWaiting(api.deps.engine).then(() => undefined));

  const momentOf = async (email: string): Promise<unknown> => {
    await applyWaiting(api.deps.engine);
    return (await findContact(open().db, email, 'https://x'))?.fields['moment'];
  };

  test('a moment that somebody picks is one of the visitor’s clocks where they are known, else of the instance’s', async () => {
    await api.call('PATCH', '/api/v1/settings', { key, body: { timeZone: 'Europe/Paris' } });
    await api.call('POST', '/api/v1/fields', { key, body: { key: 'moment', label: 'When?', type: 'dateTime' } });
    const form = await makeForm(api, key, { fields: [{ field: 'email', required: true }, { field: 'moment' }] });
    const page = await (await api.call('GET', `/f/${form.id}`)).text();
    expect(page).toContain('name="moment" type="datetime-local"');
    expect(await (await api.call('GET', `/f/${form.id}.js`)).text()).toContain('"input":"datetime-local"');
    await submit(api, form, { email: 'ada@example.com', moment: '2026-07-01T10:30' });
    await submit(api, form, { email: 'bob@example.com', moment: '2026-07-01T10:30', _zone: 'America/New_York' });
    await submit(api, form, { email: 'cy@example.com', moment: '2026-07-01T10:30', _zone: 'Mars/Base' });
    await submit(api, form, { email: 'dee@example.com', moment: '2026-07-01T10:30:00+05:00' });
    expect(await momentOf('ada@example.com')).toBe('2026-07-01T08:30:00.000Z');
    expect(await momentOf('bob@example.com')).toBe('2026-07-01T14:30:00.000Z');
    expect(await momentOf('cy@example.com')).toBe('2026-07-01T08:30:00.000Z');
    expect(await momentOf('dee@example.com')).toBe('2026-07-01T05:30:00.000Z');
    for (const moment of ['tomorrow', '2026-02-30T10:00', '2026-07-01T99:30']) {
      const refused = await submit(api, form, { email: 'ada@example.com', moment });
      expect(refused.status).toBe(422);
    }
  });

  test('whoever opens a confirmed link again still finds the file, and nothing counts twice', async () => {
    const upload = await api.call('POST', '/api/v1/files?name=prices.pdf', {
      key,
      body: '%PDF-1.4',
      headers: { 'content-type': 'application/pdf' },
    });
    expect(upload.status).toBeLessThan(300);
    const { id: file } = (await upload.json()) as { id: string };
    const form = await makeForm(api, key, { doubleOptIn: true, file, fields: [{ field: 'email', required: true }] });
    await submit(api, form, { email: 'ada@example.com' });
    await applyWaiting(api.deps.engine);
    const mail = await open().db.selectFrom('outbox').select('text').executeTakeFirstOrThrow();
    const path = new URL(/https:\S+\/c\/\S+/.exec(mail.text)?.[0] ?? '').pathname;
    const press = async () => (await api.call('POST', path, { headers: { accept: 'text/html' } })).text();
    const download = /href="([^"]+\/d\/[^"]+)"/;
    expect(await (await api.call('GET', path)).text()).not.toMatch(download);
    expect(await press()).toMatch(download);
    const again = await (await api.call('GET', path)).text();
    expect(again).toContain('confirmed before');
    const { pathname, search } = new URL((download.exec(again)?.[1] ?? '').replaceAll('&amp;', '&'));
    expect((await api.call('GET', `${pathname}${search}`)).status).toBe(200);
    expect(await press()).toMatch(download);
    const events = await open().db.selectFrom('events').select('type').where('type', '=', 'form').execute();
    expect(events).toHaveLength(1);
  });
});
