import { createSign, generateKeyPairSync } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../src/store/db.ts';
import { ORIGIN, openApi } from '../support/api.ts';
import { emptyStore, openTestStore } from '../support/database.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

const ISSUER = 'https://id.example.com';
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const others = generateKeyPairSync('rsa', { modulusLength: 2048 });
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A provider that does what a test makes it do; what it is sent is kept. */
function openProvider() {
  const asked: { path: string; body: URLSearchParams; headers: Headers }[] = [];
  const state = {
    claims: {} as Record<string, unknown>,
    info: { email: 'grace@example.com', email_verified: true, groups: ['m'] } as Record<string, unknown>,
    key: keys.privateKey,
    issuer: ISSUER,
    redirect: null as string | null,
  };
  const answer = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, origin } = new URL(url);
    asked.push({
      path: pathname,
      body: new URLSearchParams(String(init.body ?? '')),
      headers: new Headers(init.headers),
    });
    if (origin !== ISSUER) throw new Error(`nobody may ask ${origin}`);
    if (state.redirect !== null) return new Response(null, { status: 302, headers: { location: state.redirect } });
    if (pathname === '/.well-known/openid-configuration')
      return Response.json({
        issuer: state.issuer,
        authorization_endpoint: `${ISSUER}/auth`,
        token_endpoint: `${ISSUER}/token`,
        userinfo_endpoint: `${ISSUER}/me`,
        jwks_uri: `${ISSUER}/jwks`,
        id_token_signing_alg_values_supported: ['RS256'],
      });
    if (pathname === '/jwks')
      return Response.json({
        keys: [{ ...keys.publicKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: '1' }],
      });
    if (pathname === '/me') return Response.json({ sub: 'u1', ...state.info });
    const at = Math.floor(Date.now() / 1000);
    const payload = { iss: ISSUER, sub: 'u1', aud: 'tandem', iat: at, exp: at + 300, ...state.claims };
    const text = `${base64({ alg: 'RS256', kid: '1' })}.${base64(payload)}`;
    const id_token = `${text}.${createSign('RSA-SHA256').update(text).sign(state.key, 'base64url')}`;
    return Response.json({ access_token: 'at', token_type: 'Bearer', id_token });
  };
  return { asked, state, answer };
}

async function openWorld() {
  const provider = openProvider();
  const api = openApi(store, provider.answer);
  const key = await api.keyFor({ role: 'admin' });
  const set = (body: object): Promise<Response> => api.call('PATCH', '/api/v1/sign-on', { key, body });
  const saved = await set({
    enabled: true,
    issuer: ISSUER,
    clientId: 'tandem',
    clientSecret: 's3cret-s3cret',
    roleClaim: 'groups',
    roles: { m: 'marketing', a: 'admin' },
  });
  expect(saved.status).toBe(200);
  /** A browser goes to the provider. */
  const start = async (to = '/contacts') => {
    const gone = await api.call('GET', `/sso?to=${encodeURIComponent(to)}`);
    const url = new URL(gone.headers.get('location') ?? '');
    return {
      url,
      cookie: (gone.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '',
      header: gone.headers.getSetCookie()[0] ?? '',
    };
  };
  const back = (cookie: string, query: Record<string, string>): Promise<Response> =>
    api.call('GET', `/sso/callback?${new URLSearchParams(query).toString()}`, { headers: { cookie } });
  /** The whole way, as an honest browser goes it. */
  const whole = async (): Promise<Response> => {
    const { url, cookie } = await start();
    provider.state.claims = { nonce: url.searchParams.get('nonce'), ...provider.state.claims };
    return back(cookie, { code: 'c1', state: url.searchParams.get('state') ?? '' });
  };
  const sessions = async (): Promise<number> =>
    (await sql<{ n: number }>`select count(*)::int as n from session`.execute(store.db)).rows[0]?.n ?? -1;
  return { api, key, set, provider, start, back, whole, sessions };
}

test('the way there has state, nonce and a PKCE challenge, and the way back proves them', async () => {
  const { provider, start, back, sessions, api } = await openWorld();
  const { url, cookie, header } = await start();
  expect(`${url.origin}${url.pathname}`).toBe(`${ISSUER}/auth`);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    client_id: 'tandem',
    response_type: 'code',
    redirect_uri: `${ORIGIN}/sso/callback`,
    scope: 'openid email profile',
    code_challenge_method: 'S256',
    code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
    state: expect.stringMatching(/^[\w-]{20,}$/) as string,
    nonce: expect.stringMatching(/^[\w-]{20,}$/) as string,
  });
  expect(header).toMatch(/HttpOnly/);
  expect(header).toMatch(/Secure/);
  expect(header).toMatch(/SameSite=Lax/);
  expect(decodeURIComponent(header)).not.toContain(url.searchParams.get('state') ?? '?');
  provider.state.claims = { nonce: url.searchParams.get('nonce') };
  const done = await back(cookie, { code: 'c1', state: url.searchParams.get('state') ?? '' });
  expect([done.status, done.headers.get('location')]).toEqual([302, '/contacts']);
  expect(await sessions()).toBe(1);
  const sent = provider.asked.find(({ path }) => path === '/token');
  expect(sent?.body.get('code_verifier')).toMatch(/^[\w-]{43,}$/);
  expect(sent?.headers.get('authorization')).toMatch(/^Basic /);
  const session = done.headers.getSetCookie().find((one) => one.includes('session_token')) ?? '';
  expect(session).toMatch(/HttpOnly/);
  const me = await api.call('GET', '/api/v1/me', { headers: { cookie: session.split(';')[0] ?? '' } });
  expect(await me.json()).toMatchObject({ email: 'grace@example.com', role: 'marketing' });
});

test.each([
  ['another nonce', { claims: { nonce: 'stolen' } }],
  ['another issuer', { claims: { iss: 'https://evil.example' } }],
  ['another audience', { claims: { aud: 'somebody-else' } }],
  ['a token that is over', { claims: { exp: 1_000_000_000, iat: 999_999_000 } }],
  ['a signature of another key', { key: others.privateKey }],
  [
    'user info of another subject',
    { info: { sub: 'u2', email: 'ada@example.com', email_verified: true, groups: ['a'] } },
  ],
] as const)('%s opens nothing', async (_what, tampered) => {
  const { provider, whole, sessions } = await openWorld();
  Object.assign(provider.state, tampered);
  const answer = await whole();
  expect([answer.status, await sessions()]).toEqual([502, 0]);
  const people = await sql<{ n: number }>`select count(*)::int as n from "user"`.execute(store.db);
  expect(people.rows[0]?.n).toBe(0);
});

test('another state, another browser, an old attempt and a second use open nothing', async () => {
  const { api, start, back, sessions, provider } = await openWorld();
  const first = await start();
  provider.state.claims = { nonce: first.url.searchParams.get('nonce') };
  const state = first.url.searchParams.get('state') ?? '';
  expect((await back(first.cookie, { code: 'c1', state: 'other' })).status).toBe(502);
  expect((await back('', { code: 'c1', state })).status).toBe(400);
  expect((await back('tandem_sso=made-up', { code: 'c1', state })).status).toBe(400);
  expect((await back(first.cookie, { error: 'access_denied', state })).status).toBe(403);
  api.clock.advance(11 * 60_000);
  const late = await back(first.cookie, { code: 'c1', state });
  expect(late.status).toBe(400);
  expect(late.headers.getSetCookie().join()).toMatch(/tandem_sso=;/);
  expect(await sessions()).toBe(0);
});

test('an address comes to a person who is there only when the provider has verified it', async () => {
  const { api, provider, whole, sessions } = await openWorld();
  await api.deps.signIn.addUser({ email: 'grace@example.com', password: 'a long password', role: 'sales' });
  for (const email_verified of [false, undefined, 'no']) {
    provider.state.info = { ...provider.state.info, email_verified };
    provider.state.claims = {};
    expect((await whole()).status).toBe(403);
  }
  expect(await sessions()).toBe(0);
  provider.state.info = { ...provider.state.info, email_verified: true };
  provider.state.claims = {};
  expect((await whole()).status).toBe(302);
  const { rows } = await sql<{ role: string; n: number }>`
    select u.role, (select count(*)::int from "user") as n from "user" u where email = 'grace@example.com'`.execute(
    store.db,
  );
  expect(rows).toEqual([{ role: 'marketing', n: 1 }]);
  // From now on the subject counts, whatever becomes of the address.
  provider.state.info = { email: 'grace.hopper@example.com', email_verified: false, groups: ['m'] };
  provider.state.claims = {};
  expect((await whole()).status).toBe(302);
});

test('somebody else of the provider, with the address of a person who came from there, does not become that person', async () => {
  const { provider, whole, sessions } = await openWorld();
  expect((await whole()).status).toBe(302);
  const before = await sessions();
  provider.state.claims = { sub: 'u2' };
  provider.state.info = { ...provider.state.info, sub: 'u2', groups: ['a'] };
  expect((await whole()).status).toBe(403);
  expect(await sessions()).toBe(before);
  expect((await sql<{ role: string }>`select role from "user"`.execute(store.db)).rows).toEqual([
    { role: 'marketing' },
  ]);
});

test('an address that the provider has not verified makes nobody, so that it keeps no rightful owner out', async () => {
  const { provider, whole, sessions } = await openWorld();
  provider.state.info = { ...provider.state.info, email: 'boss@example.com', email_verified: false };
  provider.state.claims = {};
  expect((await whole()).status).toBe(403);
  expect(await sessions()).toBe(0);
});

test('the secret that was given for one provider goes to no other', async () => {
  const { set } = await openWorld();
  const moved = await set({ enabled: false, issuer: 'https://other.example.com' });
  expect(moved.status).toBe(200);
  expect(await moved.json()).toMatchObject({ clientSecretSet: false });
});

test('the last administrator keeps the role that a claim would take', async () => {
  const { api, provider, whole } = await openWorld();
  await api.deps.signIn.addUser({ email: 'grace@example.com', password: 'a long password', role: 'admin' });
  expect((await whole()).status).toBe(302);
  expect((await api.deps.signIn.listUsers())[0]?.role).toBe('admin');
  expect(provider.asked.some(({ path }) => path === '/me')).toBe(true);
});

test('settings are checked before they are saved, and nobody locks everybody out', async () => {
  const { api, key, set, provider } = await openWorld();
  const codes = async (body: object): Promise<string[]> => {
    const answer = await set(body);
    expect(answer.status).toBe(422);
    return ((await answer.json()) as { errors: { path: string; code: string }[] }).errors.map(
      (one) => `${one.path} ${one.code}`,
    );
  };
  expect(await codes({ issuer: 'http://id.example.com' })).toEqual(['issuer sign_on_insecure']);
  provider.state.issuer = 'https://other.example.com';
  expect(await codes({ label: 'x' })).toEqual(['issuer sign_on_other_issuer']);
  provider.state.issuer = ISSUER;
  // Redirects are not followed: they could lead inside.
  provider.state.redirect = 'http://169.254.169.254/';
  expect(await codes({ label: 'x' })).toEqual(['issuer sign_on_not_openid']);
  provider.state.redirect = null;
  expect(await codes({ roles: {} })).toEqual(['defaultRole sign_on_no_role']);
  expect(await codes({ passwords: 'breakGlass' })).toEqual(['breakGlass required']);
  expect(await codes({ passwords: 'breakGlass', breakGlass: 'nobody@example.com' })).toEqual([
    'breakGlass break_glass',
  ]);
  await api.deps.signIn.addUser({ email: 'sam@example.com', password: 'a long password', role: 'sales' });
  expect(await codes({ passwords: 'breakGlass', breakGlass: 'sam@example.com' })).toEqual(['breakGlass break_glass']);
  await api.deps.signIn.addUser({ email: 'ada@example.com', password: 'a long password', role: 'admin' });
  expect((await set({ passwords: 'breakGlass', breakGlass: 'Ada@example.com' })).status).toBe(200);
  expect(await codes({ enabled: false })).toEqual(['passwords sign_on_passwords_off']);
  const shown = await (await api.call('GET', '/api/v1/sign-on', { key })).text();
  expect(shown).not.toContain('s3cret');
  const kept = await sql<{ t: string }>`select string_agg(s::text, '') as t from secrets s`.execute(store.db);
  expect(kept.rows[0]?.t).not.toContain('s3cret-s3cret');
  // Marketing sees none of it.
  const marketing = await api.keyFor({ role: 'marketing' });
  expect((await api.call('GET', '/api/v1/sign-on', { key: marketing })).status).toBe(403);
  expect((await api.call('PATCH', '/api/v1/sign-on', { key: marketing, body: {} })).status).toBe(403);
});

test('while passwords are closed nobody else gets in with one, or is mailed a new one', async () => {
  const { api, set } = await openWorld();
  for (const [email, role] of [
    ['ada@example.com', 'admin'],
    ['bob@example.com', 'admin'],
  ] as const)
    await api.deps.signIn.addUser({ email, password: 'a long password', role });
  expect((await set({ passwords: 'breakGlass', breakGlass: 'ada@example.com' })).status).toBe(200);
  const enter = (email: string, password: string) =>
    api.call('POST', '/api/auth/sign-in/email', { body: { email, password }, headers: { origin: ORIGIN } });
  const closed = await enter('bob@example.com', 'a long password');
  const wrong = await enter('ada@example.com', 'something else');
  expect([closed.status, wrong.status]).toEqual([401, 401]);
  expect((await closed.json()) as { code: string }).toMatchObject({
    code: ((await wrong.json()) as { code: string }).code,
  });
  expect((await enter('Ada@Example.com', 'a long password')).status).toBe(200);
  await api.call('POST', '/api/auth/request-password-reset', {
    body: { email: 'bob@example.com' },
    headers: { origin: ORIGIN },
  });
  expect(await store.db.selectFrom('outbox').selectAll().execute()).toEqual([]);
  const bob = (await api.deps.signIn.listUsers()).find((one) => one.email === 'ada@example.com');
  await expect(api.deps.signIn.updateUser(bob?.id ?? '', { role: 'sales' })).rejects.toMatchObject({
    code: 'break_glass',
  });
});

test('an invitation makes no password while passwords are closed; the sign-on takes it up, with its role, once', async () => {
  const { api, key, set, provider, whole } = await openWorld();
  await api.deps.signIn.addUser({ email: 'ada@example.com', password: 'a long password', role: 'admin' });
  const closed = { passwords: 'breakGlass', breakGlass: 'ada@example.com', roleClaim: '', defaultRole: 'sales' };
  expect((await set(closed)).status).toBe(200);
  const invited = await api.call('POST', '/api/v1/invitations', {
    key,
    body: { email: 'grace@example.com', role: 'marketing' },
  });
  const { link } = (await invited.json()) as { link: string };
  const token = link.split('#')[1] ?? '';
  const accepted = await api.call('POST', '/api/v1/invitations/accept', {
    body: { token, password: 'a long password' },
    headers: { origin: ORIGIN },
  });
  expect(accepted.status).toBe(409);
  expect(await accepted.json()).toMatchObject({ detail: expect.stringContaining('Passwords are closed') as string });
  const people = async () =>
    (
      await sql<{
        email: string;
        role: string;
      }>`select email, role from "user" where email <> 'ada@example.com'`.execute(store.db)
    ).rows;
  expect(await people()).toEqual([]);

  // Whom nobody invited has the default role.
  provider.state.claims = { sub: 'u0' };
  provider.state.info = { sub: 'u0', email: 'other@example.com', email_verified: true };
  expect((await whole()).status).toBe(302);
  provider.state.info = { email: 'grace@example.com', email_verified: true };
  provider.state.claims = { sub: 'u1' };
  expect((await whole()).status).toBe(302);
  expect((await people()).sort((a, b) => (a.email < b.email ? -1 : 1))).toEqual([
    { email: 'grace@example.com', role: 'marketing' },
    { email: 'other@example.com', role: 'sales' },
  ]);
  const open = await api.call('GET', '/api/v1/invitations', { key });
  expect(await open.json()).toMatchObject({ items: [] });
});
