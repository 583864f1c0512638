import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ORIGIN, openApi } from '../../test/support/api.ts';
import { emptyStore, openTestStore } from '../../test/support/database.ts';
import { createHubSpotEmulator } from '../connectors/hubspot/emulator/emulator.ts';
import { systemClock } from '../platform/clock.ts';
import type { Store } from '../store/db.ts';
import { routes } from './contract/routes.ts';
import { en } from './messages/en.ts';
import { fr } from './messages/fr.ts';
import { openApiDocument } from './openapi.ts';
import { SCOPES, scopesOf } from './rights.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

const sample = (path: string): string => `/api/v1${path.replace(/\{\w+\}/g, 'x')}`;

describe('who may do what', () => {
  test('every route × every role × every scope answers as the rights table says', async () => {
    const { keyFor, call } = openApi(store);
    const keys = [
      ...(await Promise.all(
        (['admin', 'marketing', 'sales'] as const).map(async (role) => ({
          scopes: scopesOf(role),
          key: await keyFor({ role }),
        })),
      )),
      ...(await Promise.all(
        SCOPES.map(async (scope) => ({
          // Whoever may do everything may have webhooks.
          scopes: scope === 'admin' ? [scope, 'webhooks:write'] : [scope],
          key: await keyFor({ scopes: [scope] }),
        })),
      )),
    ];
    for (const route of Object.values(routes)) {
      if (route.access === 'anybody') continue;
      expect((await call(route.method, sample(route.path))).status, `${route.method} ${route.path} without a key`).toBe(
        401,
      );
      for (const { scopes, key } of keys) {
        const may = route.access === 'signed-in' || (scopes as readonly string[]).includes(route.access);
        const { status } = await call(route.method, sample(route.path), {
          key,
          ...(route.method === 'GET' ? {} : { body: { nonsense: true } }),
        });
        expect(status === 403, `${route.method} ${route.path} with ${scopes.join(',')}`).toBe(!may);
        expect(status).not.toBe(500);
      }
    }
  });

  test('a wrong key is refused, and guessing is slowed down', async () => {
    const { call } = openApi(store);
    const statuses = [];
    for (let tries = 0; tries < 25; tries += 1)
      statuses.push((await call('GET', '/api/v1/me', { key: 'tdm_wrong' })).status);
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
  });

  test('nobody becomes administrator without the code, and nobody after the first', async () => {
    const { call, deps } = openApi(store);
    const person = { email: 'ada@example.com', password: 'correct horse battery' };
    const setUp = (code: string) => call('POST', '/api/v1/setup', { body: { code, ...person } });
    expect((await setUp('guess')).status).toBe(403);
    const code = (await deps.signIn.createSetupCode()) ?? '';
    expect((await setUp(code)).status).toBe(200);
    expect((await setUp(code)).status).toBe(410);
    expect(await deps.signIn.createSetupCode()).toBeNull();
  });

  test('a person signs in with a password, a cookie that only our pages can use, and is slowed down when guessing', async () => {
    const { call, deps } = openApi(store);
    await deps.signIn.addUser({ email: 'ada@example.com', password: 'correct horse battery', role: 'marketing' });
    const signIn = (password: string) =>
      call('POST', '/api/auth/sign-in/email', {
        body: { email: 'ada@example.com', password },
        headers: { origin: ORIGIN },
      });
    const answer = await signIn('correct horse battery');
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    expect(cookie).toMatch(/Secure/i);
    const mine = { cookie: cookie.split(';')[0] ?? '' };
    expect(await (await call('GET', '/api/v1/me', { headers: mine })).json()).toMatchObject({
      email: 'ada@example.com',
      role: 'marketing',
    });
    expect(
      (
        await call('POST', '/api/v1/contacts', {
          body: { fields: { email: 'x@example.com' } },
          headers: { ...mine, origin: 'https://evil.example' },
        })
      ).status,
    ).toBe(403);
    expect(
      (
        await call('POST', '/api/v1/contacts', {
          body: { fields: { email: 'x@example.com' } },
          headers: { ...mine, origin: ORIGIN },
        })
      ).status,
    ).toBe(201);
    const statuses = [];
    for (let tries = 0; tries < 14; tries += 1) statuses.push((await signIn('wrong')).status);
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
    expect(
      (
        await call('POST', '/api/auth/sign-up/email', {
          body: { email: 'eve@example.com', password: 'correct horse battery', name: 'Eve' },
          headers: { origin: ORIGIN },
        })
      ).status,
    ).toBe(404);
  });
});

describe('what comes in', () => {
  test('a bad value is named by its path, in the reader’s language, and nothing is half-saved', async () => {
    const { keyFor, call } = openApi(store);
    const key = await keyFor({ role: 'admin' });
    const body = {
      name: 'Bad Name',
      crm: 'hubspot',
      credentials: { method: 'token', accessToken: 'x' },
      export: { enabled: true },
      schedule: { everyMinutes: 1 },
      colour: 'red',
    };
    const answer = await call('POST', '/api/v1/connections', { key, body, headers: { 'accept-language': 'fr' } });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await answer.json()) as { title: string; errors: { path: string }[] };
    expect(problem.title).toBe(fr['problem.422']);
    expect(problem.errors.map((one) => one.path).sort()).toEqual([
      'colour',
      'export.minimumScore',
      'name',
      'schedule.everyMinutes',
    ]);
    expect(await store.db.selectFrom('connections').selectAll().execute()).toEqual([]);
  });

  test('broken JSON, ten megabytes, SQL in a search, an unknown path: refused or harmless', async () => {
    const { keyFor, call } = openApi(store);
    const key = await keyFor({ role: 'admin' });
    expect((await call('POST', '/api/v1/contacts', { key, body: '{"fields":' })).status).toBe(400);
    expect(
      (await call('POST', '/api/v1/contacts', { key, body: `{"fields":{"notes":"${'x'.repeat(10_000_000)}"}}` }))
        .status,
    ).toBe(413);
    expect(
      (await call('GET', `/api/v1/contacts?search=${encodeURIComponent("'; drop table contacts; --%_")}`, { key }))
        .status,
    ).toBe(200);
    expect((await call('GET', '/api/v1/contacts?limit=9999', { key })).status).toBe(422);
    expect((await call('GET', '/api/v1/nothing', { key })).status).toBe(404);
  });

  test('ten thousand contacts a call, line by line: a bad line is named and holds nobody up', async () => {
    const { keyFor, call } = openApi(store);
    const key = await keyFor({ role: 'marketing' });
    const body = [
      '{"email":"a@example.com","city":"Wien"}',
      'nonsense',
      '',
      '{"email":"nobody"}',
      '{"email":"A@example.com","city":"Graz"}',
    ].join('\n');
    const answer = await call('POST', '/api/v1/contacts/bulk', { key, body });
    expect(await answer.json()).toEqual({
      created: 2,
      updated: 0,
      unchanged: 0,
      errors: [
        { line: 2, path: '', code: 'not_an_object' },
        { line: 4, path: 'fields.email', code: 'invalid_email' },
      ],
    });
    expect((await call('GET', '/metrics')).status).toBe(403);
  });

  test('a POST repeated with its Idempotency-Key is done once; the key serves no other request, and a refused one may be tried again', async () => {
    const { keyFor, call } = openApi(store);
    const key = await keyFor({ role: 'marketing' });
    const post = (email: string) =>
      call('POST', '/api/v1/contacts', { key, body: { fields: { email } }, headers: { 'idempotency-key': 'one' } });
    expect((await post('nonsense')).status).toBe(422);
    const first = await post('a@example.com');
    const again = await post('a@example.com');
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(await again.json()).toEqual(await first.json());
    expect((await post('b@example.com')).status).toBe(409);
    expect(await store.db.selectFrom('contacts').select('email').execute()).toEqual([{ email: 'a@example.com' }]);
  });

  test('a file sent with an Idempotency-Key arrives as it is, as it comes in, and once; another file under the same key is refused', async () => {
    const { keyFor, app } = openApi(store);
    const key = await keyFor({ role: 'marketing' });
    // What stands in the database before the last of it has come.
    let parts = 0;
    const upload = (path: string, content: Uint8Array) => {
      let taken = 0;
      const body = new ReadableStream<Uint8Array>(
        {
          pull: async (controller) => {
            if (taken === content.length) {
              parts = (await store.db.selectFrom('import_parts').select('part').execute()).length;
              return controller.close();
            }
            controller.enqueue(content.slice(taken, taken + 64 * 1024));
            taken = Math.min(content.length, taken + 64 * 1024);
          },
        },
        { highWaterMark: 0 },
      );
      const headers = { authorization: `Bearer ${key}`, 'idempotency-key': `of ${path}` };
      return app.request(path, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
    };
    const list = (city: string) => Buffer.from(`E-mail;Ville\n${`zoé@example.com;${city}\n`.repeat(20_000)}`, 'latin1');
    const first = await upload('/api/v1/imports?name=list.csv', list('Nîmes'));
    expect(parts).toBeGreaterThan(0);
    const again = await upload('/api/v1/imports?name=list.csv', list('Nîmes'));
    const other = await upload('/api/v1/imports?name=list.csv', list('Paris'));
    expect([first.status, again.status, other.status]).toEqual([201, 201, 409]);
    const { id, size } = (await first.json()) as { id: string; size: number };
    expect([size, ((await again.json()) as { id: string }).id]).toEqual([list('Nîmes').length, id]);
    expect(await store.db.selectFrom('imports').select('id').execute()).toEqual([{ id }]);
    // Bytes that are no text.
    const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.from([0xff, 0xfe, 0x80, 0x00, 0xc3])]);
    const stored = await upload('/api/v1/files?name=paper.pdf', pdf);
    expect(stored.status).toBe(201);
    expect(await stored.json()).toMatchObject({ size: pdf.length });
  });

  test('an answer that shows a secret once is not kept: the same request again says so, and no second key is made', async () => {
    const { keyFor, call } = openApi(store);
    const key = await keyFor({ role: 'admin' });
    const make = () =>
      call('POST', '/api/v1/api-keys', {
        key,
        body: { name: 'CI', role: 'marketing' },
        headers: { 'idempotency-key': 'two' },
      });
    const made = (await (await make()).json()) as { key: string };
    const again = await make();
    expect(again.status).toBe(409);
    expect(await again.text()).toContain('shown once');
    const kept = await store.db.selectFrom('idempotency').selectAll().execute();
    expect(kept.length).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).not.toContain(made.key);
    expect(await store.db.selectFrom('api_keys').select('id').where('name', '=', 'CI').execute()).toHaveLength(1);
  });

  test('a stale If-Match is refused with 412', async () => {
    const { keyFor, call } = openApi(store);
    const key = await keyFor({ role: 'marketing' });
    const made = (await (
      await call('POST', '/api/v1/contacts', { key, body: { fields: { email: 'a@example.com' } } })
    ).json()) as { id: string; version: number };
    const change = (ifMatch: string) =>
      call('PATCH', `/api/v1/contacts/${made.id}`, {
        key,
        body: { fields: { city: 'Wien' } },
        headers: { 'if-match': ifMatch },
      });
    expect((await change('"1"')).status).toBe(200);
    expect((await change('"1"')).status).toBe(412);
  });
});

describe('what goes out', () => {
  test('strict headers on every answer: no inline script, no framing, no sniffing', async () => {
    const { call } = openApi(store);
    for (const path of ['/', '/api/v1/me', '/healthz', '/assets/none.js']) {
      const { headers } = await call('GET', path);
      expect(headers.get('content-security-policy')).toContain("script-src 'self';");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toContain('max-age');
    }
  });

  test('a secret is encrypted at rest and never returned', async () => {
    const emulator = createHubSpotEmulator({ clock: systemClock });
    const { keyFor, call } = openApi(store, emulator.request);
    const key = await keyFor({ role: 'admin' });
    const body = { name: 'hs', crm: 'hubspot', credentials: { method: 'token', accessToken: emulator.token } };
    const made = await call('POST', '/api/v1/connections', { key, body });
    expect(made.status).toBe(201);
    const everything = [
      await made.text(),
      await (await call('GET', '/api/v1/connections', { key })).text(),
      JSON.stringify(await store.db.selectFrom('secrets').selectAll().execute()),
      JSON.stringify(await store.db.selectFrom('connections').selectAll().execute()),
    ];
    for (const text of everything) expect(text).not.toContain(emulator.token);
    expect(JSON.parse(everything[0] ?? '')).toMatchObject({
      credentials: { method: 'token', set: expect.arrayContaining(['accessToken']) as string[] },
      account: { id: '62515' },
    });
  });

  test('runs started over the API answer with their counts, and items with the person and the rule', async () => {
    const emulator = createHubSpotEmulator({ clock: systemClock });
    emulator.world.seed([{ email: 'ada@example.com', first_name: 'Ada' }, { first_name: 'Nobody' }], 'lead');
    const { keyFor, call, deps } = openApi(store, emulator.request);
    const key = await keyFor({ role: 'admin' });
    await call('POST', '/api/v1/connections', {
      key,
      body: {
        name: 'hs',
        crm: 'hubspot',
        enabled: true,
        credentials: { method: 'token', accessToken: emulator.token },
      },
    });
    const started = (await (
      await call('POST', '/api/v1/connections/hs/runs', { key, body: { mode: 'full' } })
    ).json()) as { runs: { id: string; connectionId: string; direction: string }[] };
    expect(started.runs.map((run) => run.direction)).toEqual(['toHub', 'toCrm']);
    const { drainConnection } = await import('../engine/worker.ts');
    await drainConnection(deps.engine, started.runs[0]?.connectionId ?? '', 'test');
    const run = (await (await call('GET', `/api/v1/runs/${started.runs[0]?.id}`, { key })).json()) as object;
    expect(run).toMatchObject({ status: 'succeeded', counts: { created: 1, rejected: 1 } });
    const items = (await (
      await call('GET', `/api/v1/runs/${started.runs[0]?.id}/items?outcome=rejected`, { key })
    ).json()) as { items: object[] };
    expect(items.items).toMatchObject([
      {
        outcome: 'rejected',
        reason: 'missing_email',
        message: 'Nobody has no e-mail address in HubSpot, so the record cannot come in.',
      },
    ]);
    const health = (await (await call('GET', '/api/v1/connections/hs/health', { key })).json()) as object;
    expect(health).toMatchObject({ light: 'green' });
  });

  test('French has every text that English has', () => {
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
    for (const [key, text] of Object.entries(en))
      expect([...(fr[key as keyof typeof en].match(/\{\w+\}/g) ?? [])].sort(), key).toEqual(
        [...(text.match(/\{\w+\}/g) ?? [])].sort(),
      );
  });

  test('the OpenAPI document describes every route, from the schemas that parse', () => {
    const document = JSON.parse(JSON.stringify(openApiDocument('1'))) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const described = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((one) => one.operationId),
    );
    expect(described.sort()).toEqual(Object.keys(routes).sort());
  });
});
