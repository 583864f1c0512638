import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createApiKey } from '../../src/api/api-keys.ts';
import { createApp } from '../../src/api/app.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import { queuePeopleMail } from '../../src/api/people-mails.ts';
import { createSignIn, type Role } from '../../src/api/sign-in.ts';
import { readConfig } from '../../src/config.ts';
import type { EngineDeps, Fetch } from '../../src/engine/deps.ts';
import { manualClock } from '../../src/platform/clock.ts';
import { createSign, parseSecretKey } from '../../src/platform/crypto.ts';
import type { Store } from '../../src/store/db.ts';
import { START, testDeps } from './engine.ts';

export const ORIGIN = 'https://tandem.example.com';

/** The HTTP app on a test's database; every answer is compared with the contract. */
export function openApi(
  store: Store,
  fetch: Fetch = async () => new Response('', { status: 500 }),
  env: Readonly<Record<string, string>> = {},
  emulatedHosts: ReadonlySet<string> = new Set(),
  extra: Partial<EngineDeps> = {},
) {
  const clock = manualClock(START);
  const config = readConfig({ TANDEM_URL: ORIGIN, ...env });
  const engine = testDeps(store, clock, fetch, { baseUrl: ORIGIN, ...extra });
  const key = parseSecretKey(randomBytes(32).toString('base64'));
  const signIn = createSignIn({
    store,
    key,
    url: ORIGIN,
    now: () => clock.now(),
    onForgotten: (person, link) =>
      store.transaction((trx) =>
        queuePeopleMail(trx, engine, { kind: 'password_reset', recipients: [person], params: { link } }),
      ),
  });
  const deps: ApiDeps = {
    engine,
    signIn,
    config,
    version: '0.0.0',
    sign: createSign(key),
    webDir: '/nowhere',
    docsDir: fileURLToPath(new URL('../../docs', import.meta.url)),
    emulatedHosts,
    watchRuns: () => () => undefined,
    checkAnswers: true,
  };
  const app = createApp(deps);
  const keyFor = async (input: { role?: Role; scopes?: string[] }): Promise<string> =>
    (await createApiKey(store, { name: 'test', by: 'test', ...input }, { ids: engine.ids, now: clock.now() })).key;
  const call = (
    method: string,
    path: string,
    options: { key?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Response> =>
    Promise.resolve(
      app.request(`${ORIGIN}${path}`, {
        method,
        headers: {
          ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
        ...(options.body === undefined
          ? {}
          : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
      }),
    );
  return { deps, app, clock, keyFor, call };
}
