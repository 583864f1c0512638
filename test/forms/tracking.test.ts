import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cleanOld } from '../../src/engine/retention.ts';
import { applyWaiting } from '../../src/engine/submissions.ts';
import { findContact } from '../../src/hub/read-contacts.ts';
import { ORIGIN, openApi } from '../support/api.ts';
import { describeEachDatabase, emptyStore } from '../support/database.ts';
import { type Api, FIREFOX, makeForm, submit } from '../support/forms.ts';

const SITE = 'https://www.shop.example';
const ADA = 'ada-browser-0000000000';
const BOB = 'bob-browser-0000000000';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describeEachDatabase('visitors', (open) => {
  let api: Api;
  let key: string;
  let site: string;
  beforeEach(async () => {
    await emptyStore(open());
    api = openApi(open());
    key = await api.keyFor({ role: 'admin' });
    await open()
      .db.insertInto('score_rules')
      .values([
        { id: 'v', name: 'Visit', on_event: 'visit', points: 1, updated_at: 0 },
        { id: 'd', name: 'Download', on_event: 'download', points: 5, updated_at: 0 },
      ])
      .execute();
    await api.call('PATCH', '/api/v1/settings', { key, body: { sites: [SITE] } });
    const tracking = await api.call('GET', '/api/v1/tracking', { key });
    site = ((await tracking.json()) as { key: string }).key;
  });
  afterEach(() => applyWaiting(api.deps.engine).then(() => undefined));
  const page = (path = '/', referrer = '', age = 0) => ({
    t: 'page',
    u: `${SITE}${path}`,
    r: referrer,
    n: 'Title',
    d: {},
    a: age,
  });
  const send = (visitor: string, signs: unknown, options: { origin?: string; agent?: string; key?: string } = {}) =>
    api.call('POST', '/t', {
      body: JSON.stringify({ k: options.key ?? site, v: visitor, e: signs }),
      headers: {
        'content-type': 'text/plain;charset=UTF-8',
        origin: options.origin ?? SITE,
        'user-agent': options.agent ?? FIREFOX,
      },
    });
  const events = async (where = sql`true`) =>
    (
      await sql<{
        type: string;
        visitor: string;
        contact_id: string | null;
        points: number;
        data: Record<string, unknown>;
      }>`
        select type, visitor, contact_id, points, data from events where ${where} order by at, type desc, id`.execute(
        open().db,
      )
    ).rows;
  const inHub = (email: string) => findContact(open().db, email, ORIGIN);

  test('pages are gathered to visits of 30 minutes, with medium and source, and without the address’s parameters', async () => {
    expect(
      (
        await send(ADA, [
          page('/a?utm_medium=cpc&utm_source=google&email=ada@example.com', '', 2_000),
          page('/b', '', 1_000),
        ])
      ).status,
    ).toBe(204);
    api.clock.advance(29 * MINUTE);
    await send(ADA, [page('/c')]);
    api.clock.advance(31 * MINUTE);
    await send(ADA, [{ t: 'download', u: `${SITE}/d`, r: '', n: '', d: { file: 'prices.pdf' }, a: 0 }]);
    expect((await events()).map((one) => `${one.type} ${String(one.data['page'])}`)).toEqual([
      'visit www.shop.example/a',
      'page www.shop.example/a',
      'page www.shop.example/b',
      'page www.shop.example/c',
      'visit www.shop.example/d',
      'download www.shop.example/d',
    ]);
    expect((await events(sql`type = 'visit'`))[0]).toMatchObject({
      points: 1,
      contact_id: null,
      data: { medium: 'paid_search', source: 'google' },
    });
    expect(JSON.stringify(await events())).not.toContain('ada@example.com');
  });

  test('[R45] visits before a form are the person’s once it is known; the colleague in the same browser gets none of them', async () => {
    const form = await makeForm(api, key, {
      name: 'F',
      phase: null,
      fields: [{ field: 'email', required: true }],
      origins: [SITE],
    });
    await send(ADA, [page('/?utm_medium=email&utm_source=news')]);
    api.clock.advance(40 * MINUTE);
    await send(ADA, [page('/', 'https://www.google.com/')]);
    await submit(api, form, { email: 'ada@example.com', _visitor: ADA }, { query: '?utm_medium=social&utm_source=fb' });
    await applyWaiting(api.deps.engine);
    const ada = await inHub('ada@example.com');
    expect(ada).toMatchObject({
      score: 2,
      fields: { medium: 'email', source: 'news', last_medium: 'social', last_source: 'facebook' },
    });
    await submit(api, form, { email: 'bob@example.com', _visitor: ADA });
    await applyWaiting(api.deps.engine);
    expect((await inHub('bob@example.com'))?.score).toBe(0);
    api.clock.advance(40 * MINUTE);
    await send(ADA, [page('/later', 'https://news.example.org/')]);
    expect(await inHub('ada@example.com')).toMatchObject({
      score: 3,
      fields: { medium: 'email', last_medium: 'referral' },
    });
    expect((await events(sql`visitor = ${ADA}`)).every((one) => one.contact_id === ada?.id)).toBe(true);
  });

  test('a download by our own link on a site counts for the browser’s person', async () => {
    const upload = await api.call('POST', '/api/v1/files?name=paper.pdf', {
      key,
      body: 'x',
      headers: { 'content-type': 'application/pdf' },
    });
    const file = (await upload.json()) as { id: string };
    await send(ADA, [page()]);
    await api.call('GET', `/d/${file.id}?v=${ADA}`, { headers: { 'user-agent': FIREFOX } });
    expect((await events(sql`type = 'download'`)).map((one) => [one.visitor, one.data['name'], one.points])).toEqual([
      [ADA, 'paper.pdf', 5],
    ]);
  });

  test('a download that is told before the page it was clicked on does not become the first touch', async () => {
    const upload = await api.call('POST', '/api/v1/files?name=paper.pdf', {
      key,
      body: 'x',
      headers: { 'content-type': 'application/pdf' },
    });
    const file = (await upload.json()) as { id: string };
    const form = await makeForm(api, key, { name: 'F', fields: [{ field: 'email', required: true }], origins: [SITE] });
    await api.call('GET', `/d/${file.id}?v=${ADA}`, { headers: { 'user-agent': FIREFOX } });
    await send(ADA, [page('/?utm_medium=cpc&utm_source=google', '', 300), page('/second', '', 200)]);
    api.clock.advance(4_000);
    await submit(api, form, { email: 'ada@example.com', _visitor: ADA });
    await applyWaiting(api.deps.engine);
    expect((await inHub('ada@example.com'))?.fields).toMatchObject({ medium: 'paid_search', source: 'google' });
    expect((await events()).map((one) => one.type).sort()).toEqual(['download', 'form', 'page', 'page', 'visit']);
  });

  test('machines, excluded addresses, wrong keys and other sites leave nothing', async () => {
    expect((await send(ADA, [page()], { agent: 'Googlebot/2.1 (+http://www.google.com/bot.html)' })).status).toBe(204);
    expect((await send(ADA, [page()], { key: 'pk_guess' })).status).toBe(403);
    expect((await send(ADA, [page()], { origin: 'https://evil.example' })).status).toBe(403);
    expect((await send('short', [page()])).status).toBe(400);
    expect((await send(ADA, [{ t: 'form', u: SITE }])).status).toBe(400);
    expect((await send(ADA, [{ t: 'page', u: 'javascript:alert(1)' }])).status).toBe(400);
    expect((await send(ADA, 'x')).status).toBe(400);
    expect((await send(ADA, [{ ...page(), n: 'x'.repeat(17_000) }])).status).toBe(413);
    expect(await events()).toEqual([]);
    expect(
      (
        await send(ADA, [
          { t: 'video_seen', u: SITE, n: '<script>\u0000', d: { seconds: 12, __proto__: 1, nested: {} } },
        ])
      ).status,
    ).toBe(204);
    expect((await events(sql`type = 'video_seen'`))[0]?.data).toMatchObject({ seconds: 12, title: '<script>' });
    const bad = await api.call('PATCH', '/api/v1/tracking', { key, body: { excluded: ['10.0.0.0/8', 'office'] } });
    expect(bad.status).toBe(422);
    expect((await api.call('PATCH', '/api/v1/tracking', { key, body: { excluded: ['10.0.0.0/8'] } })).status).toBe(200);
  });

  test('what one address or all visitors send beyond their minute is refused and not kept', async () => {
    api = openApi(open(), undefined, { TANDEM_TRACK_PER_ADDRESS: '3', TANDEM_TRACK_PER_MINUTE: '10' });
    const post = (remote: string, signs: number) =>
      Promise.resolve(
        api.app.request(
          `${ORIGIN}/t`,
          {
            method: 'POST',
            headers: { 'content-type': 'text/plain', origin: SITE, 'user-agent': FIREFOX },
            body: JSON.stringify({
              k: site,
              v: ADA,
              e: Array.from({ length: signs }, (_, n) => page(`/${remote}/${n}`)),
            }),
          },
          { incoming: { socket: { remoteAddress: remote } } },
        ),
      ).then((response) => response.status);
    const loud: number[] = [];
    for (let n = 0; n < 4; n += 1) loud.push(await post('203.0.113.9', 1));
    expect(loud).toEqual([204, 204, 204, 429]);
    expect([await post('203.0.113.10', 7), await post('203.0.113.11', 1)]).toEqual([204, 429]);
    expect(await events(sql`type = 'page'`)).toHaveLength(10);
    api.clock.advance(MINUTE);
    expect(await post('203.0.113.9', 1)).toBe(204);
  });

  test('[R39] anonymous visits and browsers go after 90 days, known people’s stay', async () => {
    const form = await makeForm(api, key, { name: 'F', fields: [{ field: 'email', required: true }] });
    await send(ADA, [page()]);
    await send(BOB, [page()]);
    await submit(api, form, { email: 'ada@example.com', _visitor: ADA });
    await applyWaiting(api.deps.engine);
    api.clock.advance(89 * DAY);
    await cleanOld(api.deps.engine);
    expect(await events(sql`visitor = ${BOB}`)).not.toEqual([]);
    api.clock.advance(3 * DAY);
    await cleanOld(api.deps.engine);
    expect(await events(sql`visitor = ${BOB}`)).toEqual([]);
    expect(await events(sql`visitor = ${ADA}`)).not.toEqual([]);
    expect((await sql<{ id: string }>`select id from visitors`.execute(open().db)).rows).toEqual([{ id: ADA }]);
  });
});
