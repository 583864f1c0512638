import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../platform/clock.ts';
import type { ConnectContext, StoredToken } from '../kit/connector.ts';
import { createSalesforceEmulator } from './emulator/emulator.ts';
import { INTEGRATION_USER } from './emulator/oauth.ts';
import { manifest } from './manifest.ts';
import { loginOf, signInFailure } from './oauth.ts';

const START = Date.UTC(2026, 10, 24, 9);
const HOST = 'https://emulated.my.salesforce.test';

function openBench(credentials: Record<string, string> & { method: string }) {
  const clock = manualClock(START);
  const emulator = createSalesforceEmulator({ clock });
  const forms: URLSearchParams[] = [];
  let stored: StoredToken | null = null;
  const context: ConnectContext = {
    fetch: (url, init) => {
      if (url.endsWith('/oauth2/token')) forms.push(new URLSearchParams(String(init.body)));
      return emulator.request(url, init);
    },
    clock,
    tokens: {
      load: async () => stored,
      renew: async (_seen, refresh) => {
        stored = await refresh(stored);
        return stored;
      },
    },
    quota: { take: async () => undefined, observe: () => undefined },
    schema: null,
    settings: {
      baseUrl: null,
      authUrl: null,
      credentials: { loginUrl: HOST, ...credentials },
      options: {},
      systemFields: { url: null, score: null, status: null, source: null, syncFlag: null },
      startAutomations: false,
    },
  };
  return { clock, emulator, forms, connector: manifest.connect(context) };
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKey = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicKey = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const jwt = { method: 'jwt', clientId: 'emulated-client', username: INTEGRATION_USER.username, privateKey };

describe('signing in to Salesforce without a browser', () => {
  test('jwt: an org that knows itself by the documented address alone is asked once more, with that one', async () => {
    const { connector, emulator, forms } = openBench(jwt);
    emulator.registerKey(publicKey);
    emulator.expectAudience('https://login.salesforce.com');
    expect(await connector.check()).toMatchObject({ name: 'Emulated Bikes' });
    const audiences = forms.map((form) => {
      const [, body = ''] = form.get('assertion')?.split('.') ?? [];
      return (JSON.parse(Buffer.from(body, 'base64url').toString()) as { aud: string }).aud;
    });
    expect(audiences).toEqual([HOST, 'https://login.salesforce.com']);
    const sandbox = openBench({ ...jwt, loginUrl: 'https://acme--dev.sandbox.my.salesforce.com' });
    sandbox.emulator.registerKey(publicKey);
    sandbox.emulator.expectAudience('https://test.salesforce.com');
    expect(await sandbox.connector.check()).toMatchObject({ name: 'Emulated Bikes' });
    expect(sandbox.forms).toHaveLength(2);
  });

  test('jwt: an assertion signed with the private key of the uploaded certificate, at most three minutes long (RFC 7523)', async () => {
    const { connector, emulator, forms } = openBench(jwt);
    emulator.registerKey(publicKey);
    expect(await connector.check()).toMatchObject({ name: 'Emulated Bikes' });
    expect(forms[0]?.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(forms[0]?.has('client_secret')).toBe(false);
    const [, body = ''] = forms[0]?.get('assertion')?.split('.') ?? [];
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { exp: number; aud: string };
    expect(claims.exp - START / 1000).toBeLessThanOrEqual(180);
    expect(claims.aud).toBe(HOST);
  });

  test('jwt: a session that ends is renewed by a new assertion', async () => {
    const { connector, emulator, forms } = openBench(jwt);
    emulator.registerKey(publicKey);
    await connector.check();
    emulator.oauth.expire();
    await connector.check();
    expect(forms).toHaveLength(2);
  });

  test('jwt: another key, an unknown user and a key that is none are refused as such, without a word of the key', async () => {
    const other = openBench(jwt);
    other.emulator.registerKey(
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    );
    await expect(other.connector.check()).rejects.toMatchObject({ kind: 'auth', code: 'invalid_grant' });
    const unknown = openBench({ ...jwt, username: 'nobody@example.com' });
    unknown.emulator.registerKey(publicKey);
    await expect(unknown.connector.check()).rejects.toMatchObject({ kind: 'auth', code: 'invalid_grant' });
    const broken = openBench({
      ...jwt,
      privateKey: '-----BEGIN PRIVATE KEY-----\nsecret-words\n-----END PRIVATE KEY-----',
    });
    const error: unknown = await broken.connector.check().catch((one: unknown) => one);
    expect(error).toMatchObject({ kind: 'auth', case: 'credential_unreadable' });
    expect(String(error)).not.toContain('secret-words');
  });

  test('jwt: a key whose line ends came as \\n in words is read', async () => {
    const { connector, emulator } = openBench({ ...jwt, privateKey: privateKey.replaceAll('\n', '\\n') });
    emulator.registerKey(publicKey);
    expect(await connector.check()).toMatchObject({ name: 'Emulated Bikes' });
  });

  test('password: the security token goes behind the password', async () => {
    const credentials = {
      method: 'password',
      clientId: 'emulated-client',
      clientSecret: 'emulated-secret',
      ...INTEGRATION_USER,
    };
    expect(await openBench(credentials).connector.check()).toMatchObject({ name: 'Emulated Bikes' });
    await expect(openBench({ ...credentials, securityToken: '' }).connector.check()).rejects.toMatchObject({
      kind: 'auth',
      code: 'invalid_grant',
    });
  });

  test('client credentials: a wrong secret is refused; an address without https:// is completed', async () => {
    const credentials = {
      method: 'client-credentials',
      clientId: 'emulated-client',
      clientSecret: 'emulated-secret',
      loginUrl: 'emulated.my.salesforce.test/',
    };
    expect(await openBench(credentials).connector.check()).toMatchObject({ name: 'Emulated Bikes' });
    await expect(openBench({ ...credentials, clientSecret: 'wrong' }).connector.check()).rejects.toMatchObject({
      kind: 'auth',
      code: 'invalid_client',
    });
  });

  test('the address of the page that people see, and of the token endpoint, lead to the org', () => {
    const login = (loginUrl: string): string =>
      loginOf({ baseUrl: null, authUrl: null, credentials: { method: 'jwt', loginUrl } });
    expect([
      login('acme.my.salesforce.com'),
      login('https://acme.lightning.force.com/lightning/page/home'),
      login('https://acme--dev.sandbox.lightning.force.com/'),
      login('https://acme.my.salesforce-setup.com/lightning/setup/SetupOneHome/home'),
      login('https://login.salesforce.com/services/oauth2/token'),
      login('https://acme.my.site.com/customers/'),
    ]).toEqual([
      'https://acme.my.salesforce.com',
      'https://acme.my.salesforce.com',
      'https://acme--dev.sandbox.my.salesforce.com',
      'https://acme.my.salesforce.com',
      'https://login.salesforce.com',
      'https://acme.my.site.com/customers',
    ]);
  });

  test('too many sign-ins and trouble of the vendor are not wrong credentials', () => {
    const failure = (body: object) => {
      const { kind, retryAt } = signInFailure({ status: 400, body, headers: new Headers(), serverTime: null }, START);
      return [kind, retryAt];
    };
    expect(failure({ error: 'invalid_grant', error_description: 'login rate exceeded' })).toEqual([
      'throttled',
      START + 3_600_000,
    ]);
    expect(failure({ error: 'rate_limit_exceeded' })).toEqual(['throttled', START + 3_600_000]);
    expect(failure({ error: 'unknown_error', error_description: 'retry your request' })).toEqual([
      'unavailable',
      undefined,
    ]);
    expect(failure({ error: 'invalid_grant', error_description: 'authentication failure' })).toEqual([
      'auth',
      undefined,
    ]);
  });

  test('a deactivated user is told from wrong credentials, in both of the vendor’s ways of saying it', async () => {
    for (const words of ['inactive_user', 'invalid_grant'] as const) {
      const { connector, emulator } = openBench(jwt);
      emulator.registerKey(publicKey);
      await connector.check();
      emulator.deactivate(words);
      await expect(connector.check(), words).rejects.toMatchObject({ kind: 'auth', case: 'user_inactive' });
    }
  });
});
