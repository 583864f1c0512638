import { createOTP } from '@better-auth/utils/otp';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ORIGIN, openApi } from '../../../test/support/api.ts';
import { emptyStore, openTestStore } from '../../../test/support/database.ts';
import type { Store } from '../../store/db.ts';

const PASSWORD = 'correct horse battery';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

/** The product and somebody at a browser: cookies are kept from answer to request. */
async function atBrowser() {
  const api = openApi(store);
  const jar = new Map<string, string>();
  const send = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { origin: ORIGIN, ...(cookie === '' ? {} : { cookie }) };
    const answer = await api.call(method, path, { ...(body === undefined ? {} : { body }), headers });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (/max-age=0/i.test(line)) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  };
  const signIn = (email: string, password = PASSWORD) => send('POST', '/api/auth/sign-in/email', { email, password });
  const admin = await api.deps.signIn.addUser({ email: 'ada@example.com', role: 'admin', password: PASSWORD });
  const leave = (): void => jar.clear();
  return { ...api, send, signIn, admin, leave };
}

const mails = async (): Promise<{ kind: string; recipient: string; text: string }[]> =>
  store.db.selectFrom('outbox').select(['kind', 'recipient', 'text']).orderBy('created_at').execute();
const linkIn = (text: string): string => /https:\S+#(\S+)/.exec(text)?.[1] ?? '';
const json = async (answer: Response): Promise<Record<string, unknown>> =>
  (await answer.json()) as Record<string, unknown>;

test('an invitation is a link that makes one person once, mailed and shown; a short password does not use it up', async () => {
  const { send, signIn, leave, clock } = await atBrowser();
  await signIn('ada@example.com');
  expect((await send('POST', '/api/v1/invitations', { email: 'nobody', role: 'king' })).status).toBe(422);
  const first = await json(await send('POST', '/api/v1/invitations', { email: 'Bob@example.com', role: 'sales' }));
  const made = await json(await send('POST', '/api/v1/invitations', { email: 'bob@example.com', role: 'marketing' }));
  expect((await mails()).map((mail) => [mail.kind, mail.recipient])).toEqual([
    ['invitation', 'bob@example.com'],
    ['invitation', 'bob@example.com'],
  ]);
  leave();
  const token = linkIn(String(made['link']));
  const accept = (one: string, password = PASSWORD) =>
    send('POST', '/api/v1/invitations/accept', { token: one, password, locale: 'fr', timeZone: 'Europe/Paris' });
  expect((await accept(linkIn(String(first['link'])))).status).toBe(409);
  expect(await json(await send('POST', '/api/v1/invitations/read', { token }))).toEqual({ email: 'bob@example.com' });
  expect((await accept(token, 'short')).status).toBe(422);
  expect((await accept(token)).status).toBe(200);
  expect((await accept(token)).status).toBe(409);
  expect((await signIn('bob@example.com')).status).toBe(200);
  expect(await json(await send('GET', '/api/v1/me'))).toMatchObject({ role: 'marketing', locale: 'fr' });
  leave();
  await signIn('ada@example.com');
  const late = await json(await send('POST', '/api/v1/invitations', { email: 'eve@example.com', role: 'sales' }));
  clock.advance(8 * 24 * 60 * 60 * 1000);
  expect((await accept(linkIn(String(late['link'])))).status).toBe(409);
});

test('a forgotten password: the same answer for everybody, one link, once, and other sessions end', async () => {
  const { send, signIn, leave, deps } = await atBrowser();
  await deps.signIn.addUser({ email: 'gone@example.com', role: 'sales', password: PASSWORD });
  await deps.signIn.deactivate('gone@example.com');
  await signIn('ada@example.com');
  leave();
  const answers = [];
  for (const email of ['ada@example.com', 'unknown@example.com', 'gone@example.com']) {
    const answer = await send('POST', '/api/auth/request-password-reset', { email });
    answers.push([answer.status, await answer.text()]);
  }
  expect(new Set(answers.map(String)).size).toBe(1);
  await expect.poll(async () => (await mails()).map((mail) => mail.recipient)).toEqual(['ada@example.com']);
  const token = linkIn((await mails())[0]?.text ?? '');
  const stored = await sql<{ identifier: string }>`select identifier from verification`.execute(store.db);
  expect(stored.rows.some((row) => row.identifier.includes(token))).toBe(false);
  const reset = (newPassword: string) => send('POST', '/api/auth/reset-password', { token, newPassword });
  expect((await reset('short')).status).toBe(400);
  expect((await reset('another horse battery')).status).toBe(200);
  expect((await reset('a third horse battery')).status).toBe(400);
  expect((await sql`select id from session`.execute(store.db)).rows).toEqual([]);
  expect((await signIn('ada@example.com')).status).toBe(401);
  expect((await signIn('ada@example.com', 'another horse battery')).status).toBe(200);
});

test('a password that everybody chooses is refused wherever one is set, and uses no link up', async () => {
  const { send, signIn, leave } = await atBrowser();
  await signIn('ada@example.com');
  const changed = await send('POST', '/api/auth/change-password', {
    currentPassword: PASSWORD,
    newPassword: 'password123',
    revokeOtherSessions: true,
  });
  expect([changed.status, (await json(changed))['code']]).toEqual([400, 'PASSWORD_COMMON']);
  const made = await json(await send('POST', '/api/v1/invitations', { email: 'bob@example.com', role: 'sales' }));
  const token = linkIn(String(made['link']));
  leave();
  const invited = await send('POST', '/api/v1/invitations/accept', { token, password: 'Sunshine2026' });
  expect(invited.status).toBe(422);
  expect((await json(invited))['errors']).toMatchObject([{ path: 'password', code: 'password_common' }]);
  expect((await send('POST', '/api/v1/invitations/accept', { token, password: PASSWORD })).status).toBe(200);
  await send('POST', '/api/auth/request-password-reset', { email: 'ada@example.com' });
  await expect.poll(async () => (await mails()).some((mail) => mail.kind === 'password_reset')).toBe(true);
  const reset = linkIn((await mails()).find((mail) => mail.kind === 'password_reset')?.text ?? '');
  const weak = await send('POST', '/api/auth/reset-password', { token: reset, newPassword: 'qwertyuiop' });
  expect([weak.status, (await json(weak))['code']]).toEqual([400, 'PASSWORD_COMMON']);
  const good = await send('POST', '/api/auth/reset-password', { token: reset, newPassword: 'another good phrase' });
  expect(good.status).toBe(200);
  expect((await signIn('ada@example.com', 'another good phrase')).status).toBe(200);
});

test('a second factor is asked for at sign-in, a recovery code works once, and an administrator can switch it off', async () => {
  const { send, signIn, leave, admin, deps } = await atBrowser();
  const bob = await deps.signIn.addUser({ email: 'bob@example.com', role: 'sales', password: PASSWORD });
  await signIn('bob@example.com');
  const enabled = await json(await send('POST', '/api/auth/two-factor/enable', { password: PASSWORD }));
  const secret = new URL(String(enabled['totpURI'])).searchParams.get('secret') ?? '';
  const base32 = [...secret].map((char) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0'),
  );
  const bytes = (base32.join('').match(/.{8}/g) ?? []).map((bits) => Number.parseInt(bits, 2));
  const code = await createOTP(Buffer.from(bytes).toString()).totp();
  expect((await send('POST', '/api/auth/two-factor/verify-totp', { code })).status).toBe(200);
  expect(await json(await send('GET', '/api/v1/me'))).toMatchObject({ twoFactor: true });
  const [recovery] = enabled['backupCodes'] as string[];
  leave();

  expect(await json(await signIn('bob@example.com'))).toMatchObject({ twoFactorRedirect: true });
  expect((await send('GET', '/api/v1/me')).status).toBe(401);
  expect((await send('POST', '/api/auth/two-factor/verify-totp', { code: '000000' })).status).toBe(401);
  expect((await send('POST', '/api/auth/two-factor/verify-backup-code', { code: recovery })).status).toBe(200);
  expect((await send('GET', '/api/v1/me')).status).toBe(200);
  leave();
  await signIn('bob@example.com');
  expect((await send('POST', '/api/auth/two-factor/verify-backup-code', { code: recovery })).status).toBe(401);
  leave();

  await signIn(admin.email);
  expect((await send('DELETE', `/api/v1/users/${bob.id}/two-factor`)).status).toBe(200);
  leave();
  expect(await json(await signIn('bob@example.com'))).not.toHaveProperty('twoFactorRedirect');
  const entries = await store.db.selectFrom('audit').select('action').where('subject', '=', bob.id).execute();
  expect(entries.filter((entry) => entry.action === 'sign-in')).toHaveLength(3);
});

test('one ends one’s own sessions, an administrator anybody’s; a deactivated person is out and cannot come back', async () => {
  const { send, signIn, leave, deps, admin } = await atBrowser();
  const bob = await deps.signIn.addUser({ email: 'bob@example.com', role: 'sales', password: PASSWORD });
  await signIn('bob@example.com');
  leave();
  await signIn('ada@example.com');
  const all = (await json(await send('GET', '/api/v1/sessions?all=true')))['items'] as {
    id: string;
    email: string;
    current: boolean;
  }[];
  expect(new Map(all.map((one) => [one.email, one.current]))).toEqual(
    new Map([
      ['ada@example.com', true],
      ['bob@example.com', false],
    ]),
  );
  const adas = all.find((one) => one.current)?.id ?? '';
  leave();
  await signIn('bob@example.com');
  const mine = (await json(await send('GET', '/api/v1/sessions?all=true')))['items'] as { email: string }[];
  expect(new Set(mine.map((one) => one.email))).toEqual(new Set(['bob@example.com']));
  expect((await send('DELETE', `/api/v1/sessions/${adas}`)).status).toBe(404);
  leave();
  await signIn('ada@example.com');
  expect((await send('PATCH', `/api/v1/users/${bob.id}`, { active: false })).status).toBe(200);
  expect((await send('PATCH', `/api/v1/users/${admin.id}`, { active: false })).status).toBe(409);
  expect((await send('PATCH', `/api/v1/users/${admin.id}`, { role: 'sales' })).status).toBe(409);
  leave();
  const refused = await signIn('bob@example.com');
  const wrong = await signIn('bob@example.com', 'wrong wrong wrong');
  expect([refused.status, wrong.status]).toEqual([401, 401]);
  expect((await send('GET', '/api/v1/me')).status).toBe(401);
  await signIn('ada@example.com');
  await send('PATCH', `/api/v1/users/${bob.id}`, { active: true, role: 'marketing' });
  leave();
  await signIn('bob@example.com');
  expect(await json(await send('GET', '/api/v1/me'))).toMatchObject({ role: 'marketing' });
});

test('a rep without a login asks to be let in: one mail to the administrators, one open request, the same answer for everybody', async () => {
  const { send, signIn, leave } = await atBrowser();
  const ask = (email: string) => send('POST', '/api/v1/access-requests', { email, note: 'I sell' });
  for (const email of ['rep@example.com', 'rep@example.com', 'ada@example.com']) {
    const answer = await ask(email);
    expect([answer.status, await answer.text()]).toEqual([200, '{"ok":true}']);
  }
  expect((await ask('nonsense')).status).toBe(422);
  expect((await mails()).map((mail) => [mail.kind, mail.recipient])).toEqual([['access_request', 'ada@example.com']]);
  expect((await send('GET', '/api/v1/access-requests')).status).toBe(401);
  await signIn('ada@example.com');
  const list = (await json(await send('GET', '/api/v1/access-requests')))['items'] as { email: string }[];
  expect(list).toMatchObject([{ email: 'rep@example.com', note: 'I sell' }]);
  await send('POST', '/api/v1/invitations', { email: 'rep@example.com', role: 'sales' });
  expect((await json(await send('GET', '/api/v1/access-requests')))['items']).toEqual([]);
  leave();
});
