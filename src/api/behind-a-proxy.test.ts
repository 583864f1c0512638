import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ORIGIN, openApi } from '../../test/support/api.ts';
import { emptyStore, openTestStore } from '../../test/support/database.ts';
import type { Store } from '../store/db.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

/** As if the request had come over a socket from `remote`. */
const over = (remote: string) => ({ incoming: { socket: { remoteAddress: remote } } });
const PERSON = { email: 'ada@example.com', password: 'correct horse battery' };

async function open(trusted: string) {
  const { app, deps } = openApi(store, undefined, { TANDEM_TRUST_PROXY: trusted });
  await deps.signIn.addUser({ ...PERSON, role: 'admin' });
  const signIn = (remote: string, forwardedFor: string | undefined, password = PERSON.password) =>
    app.request(
      `${ORIGIN}/api/auth/sign-in/email`,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: ORIGIN,
          'x-tandem-client': '6.6.6.6',
          ...(forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }),
        },
        body: JSON.stringify({ email: PERSON.email, password }),
      },
      over(remote),
    );
  const address = async () => ({
    session: (await store.db.selectFrom('session').select('ipAddress').execute()).at(-1)?.ipAddress,
    audit: (await store.db.selectFrom('audit').select('detail').execute()).at(-1)?.detail,
  });
  return { app, deps, signIn, address };
}

test('without TANDEM_TRUST_PROXY the session and the audit log hold the address of the socket', async () => {
  const { signIn, address } = await open('');
  expect((await signIn('203.0.113.9', '198.51.100.1')).status).toBe(200);
  expect(await address()).toEqual({ session: '203.0.113.9', audit: { address: '203.0.113.9' } });
});

test('behind a trusted proxy they hold the address that the proxy names, not the one that the client invents', async () => {
  const { signIn, address } = await open('10.0.0.0/8');
  expect((await signIn('10.1.2.3', '6.6.6.6, 198.51.100.1, 10.0.0.7')).status).toBe(200);
  expect(await address()).toEqual({ session: '198.51.100.1', audit: { address: '198.51.100.1' } });
});

test('guessing is slowed down per client: one behind the proxy does not lock out the others, and cannot change its address', async () => {
  const { app, signIn } = await open('10.0.0.1');
  const statuses: number[] = [];
  for (let tries = 0; tries < 12; tries += 1)
    statuses.push((await signIn('10.0.0.1', `${tries}.6.6.6, 198.51.100.1`, 'wrong')).status);
  expect(statuses.at(-1)).toBe(429);
  const guess = (from: string) =>
    app.request(
      `${ORIGIN}/api/v1/me`,
      { headers: { authorization: 'Bearer tdm_wrong', 'x-forwarded-for': from } },
      over('10.0.0.1'),
    );
  const answers: number[] = [];
  for (let tries = 0; tries < 22; tries += 1) answers.push((await guess(`${tries}.6.6.6, 198.51.100.1`)).status);
  expect(answers.at(-1)).toBe(429);
  expect((await guess('198.51.100.2')).status).toBe(401);
});
