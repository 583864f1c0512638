import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ORIGIN, openApi } from '../../test/support/api.ts';
import { emptyStore, openTestStore } from '../../test/support/database.ts';
import { decideAtVendor, OAUTH_CRMS, type OAuthEmulator } from '../../test/support/oauth.ts';
import type { Store } from '../store/db.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

const PASSWORD = 'correct horse battery';
let browsers = 0;

/** The product with two administrators in two browsers, and one emulated CRM that has an app registered. */
async function openBench(crm: string) {
  const vendor = OAUTH_CRMS[crm];
  if (vendor === undefined) throw new Error(`no OAuth with ${crm}`);
  let emulator: OAuthEmulator | undefined;
  const sent: string[] = [];
  const api = openApi(store, async (url, init) => {
    sent.push(url);
    return (emulator as OAuthEmulator).request(url, init);
  });
  emulator = vendor.open(api.clock);
  emulator.oauth.register(`${ORIGIN}/oauth/callback`);
  const signIn = async (email: string, role: 'admin' | 'marketing' = 'admin') => {
    await api.deps.signIn.addUser({ email, password: PASSWORD, role });
    browsers += 1;
    const answer = await api.app.request(
      `${ORIGIN}/api/auth/sign-in/email`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: ORIGIN },
        body: JSON.stringify({ email, password: PASSWORD }),
      },
      // Each from an address of its own: signing in is rate limited.
      { incoming: { socket: { remoteAddress: `203.0.113.${browsers}`, remotePort: 1, remoteFamily: 'IPv4' } } },
    );
    return {
      cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '',
      origin: ORIGIN,
      accept: 'application/json',
    };
  };
  const ada = await signIn('ada@example.com');
  const made = await api.call('POST', '/api/v1/connections', {
    headers: ada,
    body: { name: 'main', crm, ...vendor.settings },
  });
  expect(made.status).toBe(201);
  const { id } = (await made.json()) as { id: string };
  const start = async (headers: Record<string, string> = ada): Promise<string> =>
    ((await (await api.call('GET', `/api/v1/connections/${id}/authorize`, { headers })).json()) as { url: string }).url;
  const arrive = async (location: string, headers: Record<string, string> = ada) => {
    const { pathname, search } = new URL(location);
    const answer = await api.call('GET', `${pathname}${search}`, { headers });
    return { status: answer.status, html: await answer.text(), headers: answer.headers };
  };
  const state = async () =>
    (await (await api.call('GET', `/api/v1/connections/${id}`, { headers: ada })).json()) as {
      authorization: { state: string; by: string | null };
      account: { name: string } | null;
      pausedReason: string | null;
    };
  const decide = (url: string, decision: 'allow' | 'deny') =>
    decideAtVendor((emulator as OAuthEmulator).app, url, decision);
  return { ...api, emulator, sent, ada, id, signIn, start, arrive, state, decide };
}

describe.each(Object.keys(OAUTH_CRMS))('OAuth in the browser with %s', (crm) => {
  test('a click, Allow, and the connection is authorised; the token is stored encrypted and renewed by itself', async () => {
    const bench = await openBench(crm);
    expect(await bench.state()).toMatchObject({ authorization: { state: 'none' }, account: null });
    const page = await bench.start();
    const back = await bench.decide(page, 'allow');
    const arrived = await bench.arrive(back);
    expect(arrived).toMatchObject({ status: 200, html: expect.stringContaining('is connected') as string });
    expect(arrived.headers.get('cache-control')).toBe('no-store');
    expect(await bench.state()).toMatchObject({
      authorization: { state: 'authorised', by: 'ada@example.com' },
      account: { name: expect.stringMatching(/.+/) as string },
      pausedReason: null,
    });
    const rows = await store.db.selectFrom('secrets').selectAll().execute();
    expect(rows.filter((row) => row.owner === `token:${bench.id}`)).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('emulated');
    // The session ends: the next call gets a new one with the refresh token.
    bench.emulator.oauth.expire();
    const check = await bench.call('POST', `/api/v1/connections/${bench.id}/check`, { headers: bench.ada, body: {} });
    expect(await check.json()).toMatchObject({ ok: true });
    expect(bench.emulator.oauth.refreshes()).toBe(1);
  });

  test('Deny leaves everything as it is and is said in words, in French too', async () => {
    const bench = await openBench(crm);
    const arrived = await bench.arrive(await bench.decide(await bench.start(), 'deny'), {
      ...bench.ada,
      'accept-language': 'fr-FR',
    });
    expect(arrived).toMatchObject({ status: 400, html: expect.stringContaining('vous avez refusé') as string });
    expect(await bench.state()).toMatchObject({ authorization: { state: 'none' } });
    expect(await store.db.selectFrom('oauth_states').selectAll().execute()).toEqual([]);
  });

  test('revoked at the vendor the connection pauses, says so, and one click brings it back', async () => {
    const bench = await openBench(crm);
    await bench.arrive(await bench.decide(await bench.start(), 'allow'));
    bench.emulator.oauth.revoke();
    const check = await bench.call('POST', `/api/v1/connections/${bench.id}/check`, { headers: bench.ada, body: {} });
    expect(await check.json()).toMatchObject({ ok: false, findings: [{ code: 'remote_auth' }] });
    expect(await bench.state()).toMatchObject({ authorization: { state: 'refused' } });
    expect(await bench.arrive(await bench.decide(await bench.start(), 'allow'))).toMatchObject({ status: 200 });
    expect(await bench.state()).toMatchObject({ authorization: { state: 'authorised' }, pausedReason: null });
  });

  test('[R42] disconnecting revokes the authorisation at the vendor and deletes the token', async () => {
    const bench = await openBench(crm);
    await bench.arrive(await bench.decide(await bench.start(), 'allow'));
    const token = JSON.parse(
      (await bench.deps.engine.secrets.load(store.db, `token:${bench.id}`))['token'] ?? '{}',
    ) as { refreshToken: string };
    expect(bench.emulator.oauth.isAlive(token.refreshToken)).toBe(true);
    await bench.call('DELETE', `/api/v1/connections/${bench.id}`, { headers: bench.ada });
    expect(bench.emulator.oauth.isAlive(token.refreshToken)).toBe(false);
    expect(await store.db.selectFrom('secrets').selectAll().execute()).toEqual([]);
  });
});

describe('the way back from the vendor', () => {
  test('a state works once, for the person who started it, in a browser that is signed in, and for minutes', async () => {
    const bench = await openBench('hubspot');
    const eve = await bench.signIn('eve@example.com');
    const mark = await bench.signIn('mark@example.com', 'marketing');
    const back = await bench.decide(await bench.start(), 'allow');
    // Somebody else's browser neither finishes it nor uses it up.
    expect(await bench.arrive(back, {})).toMatchObject({ status: 401 });
    expect(await bench.arrive(back, eve)).toMatchObject({ status: 400 });
    expect(await bench.arrive(back, mark)).toMatchObject({ status: 403 });
    expect(await bench.arrive(back)).toMatchObject({ status: 200 });
    expect((await bench.arrive(back)).html).toContain('used already');
    const late = await bench.decide(await bench.start(), 'allow');
    bench.clock.advance(16 * 60_000);
    expect((await bench.arrive(late)).html).toContain('older than 15 minutes');
    const forged = new URL(late);
    forged.searchParams.set('state', 'guessed');
    expect(await bench.arrive(forged.href)).toMatchObject({ status: 400 });
  });

  test('the browser is only ever sent to the vendor, and the page only leads back to us', async () => {
    const bench = await openBench('hubspot');
    const answer = await bench.call('GET', `/api/v1/connections/${bench.id}/authorize?next=https://evil.example`, {
      headers: { ...bench.ada, accept: 'text/html' },
    });
    expect(answer.status).toBe(302);
    const location = new URL(answer.headers.get('location') ?? '');
    expect(location.origin).toBe('https://app.hubspot.com');
    expect(location.searchParams.get('redirect_uri')).toBe(`${ORIGIN}/oauth/callback`);
    expect(location.searchParams.get('code_challenge_method')).toBe('S256');
    const back = `${await bench.decide(location.href, 'allow')}&next=https://evil.example&return_to=//evil.example`;
    const { html } = await bench.arrive(back);
    for (const [, href] of html.matchAll(/<a href="([^"]+)"/g)) expect(href).toMatch(/^\/[a-z]/);
    expect(html).not.toContain('evil');
  });

  test('what the vendor says is shown as text, never as markup, and a code it does not take is explained', async () => {
    const bench = await openBench('pipedrive');
    const back = new URL(await bench.decide(await bench.start(), 'allow'));
    back.searchParams.set('code', 'stolen-or-old');
    expect((await bench.arrive(back.href)).html).toContain('took too long, or was used twice');
    const odd = new URL(await bench.decide(await bench.start(), 'deny'));
    odd.searchParams.set('error', '<script>alert(1)</script>');
    expect((await bench.arrive(odd.href)).html).not.toContain('<script');
  });

  test('an API key cannot authorise, and a method without a browser says so', async () => {
    const bench = await openBench('hubspot');
    const key = await bench.keyFor({ role: 'admin' });
    expect((await bench.call('GET', `/api/v1/connections/${bench.id}/authorize`, { key })).status).toBe(409);
    await bench.call('PATCH', `/api/v1/connections/${bench.id}`, {
      headers: bench.ada,
      body: { credentials: { method: 'token', accessToken: 'pat-eu1-emulated' } },
    });
    const answer = await bench.call('GET', `/api/v1/connections/${bench.id}/authorize`, { headers: bench.ada });
    expect(answer.status).toBe(409);
  });

  test('saving the form again keeps the authorisation; another app ends it, another secret of the same app does not', async () => {
    const bench = await openBench('zendesk-sell');
    await bench.arrive(await bench.decide(await bench.start(), 'allow'));
    const save = (credentials: object) =>
      bench.call('PATCH', `/api/v1/connections/${bench.id}`, {
        headers: bench.ada,
        body: { credentials: { method: 'oauth', ...credentials } },
      });
    await save({});
    await save({ clientId: 'emulated-client', clientSecret: 'emulated-secret' });
    expect(await bench.state()).toMatchObject({ authorization: { state: 'authorised' } });
    await save({ clientSecret: 'a-new-secret' });
    expect((await bench.state()).authorization.state).toBe('authorised');
    await save({ clientId: 'another-app' });
    expect(await bench.state()).toMatchObject({ authorization: { state: 'none' } });
  });

  test('[R40] another account than before pauses the connection, and an account that is connected already is refused', async () => {
    const bench = await openBench('pipedrive');
    await bench.arrive(await bench.decide(await bench.start(), 'allow'));
    await store.db.updateTable('connections').set({ account_id: 'somebody-else' }).where('id', '=', bench.id).execute();
    const other = await bench.arrive(await bench.decide(await bench.start(), 'allow'));
    expect(other.html).toContain('This is another account');
    expect(await bench.state()).toMatchObject({ pausedReason: 'other_account' });
    await store.db.updateTable('connections').set({ account_id: null }).where('id', '=', bench.id).execute();
    await bench.arrive(await bench.decide(await bench.start(), 'allow'));
    const second = (await (
      await bench.call('POST', '/api/v1/connections', {
        headers: bench.ada,
        body: { name: 'second', crm: 'pipedrive', ...OAUTH_CRMS['pipedrive']?.settings },
      })
    ).json()) as { id: string };
    const url = (
      (await (
        await bench.call('GET', `/api/v1/connections/${second.id}/authorize`, { headers: bench.ada })
      ).json()) as { url: string }
    ).url;
    const taken = await bench.arrive(await bench.decide(url, 'allow'));
    expect(taken.html).toContain('connected already');
    expect(
      await store.db.selectFrom('secrets').select('owner').where('owner', '=', `token:${second.id}`).execute(),
    ).toEqual([]);
  });

  test('Pipedrive says that the app was uninstalled: believed with the app’s own secret, the connection pauses at once', async () => {
    const bench = await openBench('pipedrive');
    await bench.arrive(await bench.decide(await bench.start(), 'allow'));
    const company = (await store.db.selectFrom('connections').select('account_id').executeTakeFirstOrThrow())
      .account_id;
    const tell = (secret: string, companyId: string | null) =>
      bench.call('DELETE', '/oauth/callback', {
        headers: { authorization: `Basic ${Buffer.from(`emulated-client:${secret}`).toString('base64')}` },
        body: { client_id: 'emulated-client', company_id: Number(companyId), user_id: 1 },
      });
    expect((await tell('guessed', company)).status).toBe(404);
    expect((await tell('emulated-secret', '4711')).status).toBe(404);
    expect(await bench.state()).toMatchObject({ authorization: { state: 'authorised' }, pausedReason: null });
    expect((await tell('emulated-secret', company)).status).toBe(204);
    expect(await bench.state()).toMatchObject({ authorization: { state: 'refused' }, pausedReason: 'auth' });
  });

  test("Zoho's data centre is taken from the callback, and no secret goes to a server that is not Zoho's", async () => {
    const bench = await openBench('zoho');
    const url = await bench.start();
    expect(new URL(url).host).toBe('accounts.zoho.com');
    const back = await bench.decide(url, 'allow');
    const foreign = new URL(back);
    foreign.searchParams.set('accounts-server', 'https://accounts.zoho.com.evil.example');
    bench.sent.length = 0;
    expect((await bench.arrive(foreign.href)).html).toContain('Stopped for safety');
    expect(bench.sent).toEqual([]);
    expect(await bench.arrive(await bench.decide(await bench.start(), 'allow'))).toMatchObject({ status: 200 });
    expect(bench.sent.filter((one) => one.includes('/oauth/'))).toEqual(['https://accounts.zoho.eu/oauth/v2/token']);
    // From now on tokens are renewed there as well.
    bench.emulator.oauth.expire();
    bench.sent.length = 0;
    await bench.call('POST', `/api/v1/connections/${bench.id}/check`, { headers: bench.ada, body: {} });
    expect(bench.sent.filter((one) => one.includes('/oauth/'))).toEqual(['https://accounts.zoho.eu/oauth/v2/token']);
  });
});
