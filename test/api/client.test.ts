import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Contact, createTandemClient, type TandemClient, TandemProblem } from '../../client/src/client.ts';
import { clientSchema } from '../../scripts/client/schema.ts';
import { provideClient } from '../../scripts/test-run/needs.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';

const root = join(import.meta.dirname, '..', '..');

/** Runs a program of Node.js; what it wrote. @throws with all it wrote when it fails */
const program = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stdout}${stderr}`)),
    );
  });

const isRequired = (process.env['TANDEM_TEST_REQUIRE'] ?? '').includes('client');
if (!provideClient() && !isRequired)
  test.skip('the typed client is that of the kept document (left out: its packages could not be installed)', () => {});
else
  test('the typed client’s types are those of the kept document (npm run build-client)', () => {
    const { ok, output } = clientSchema('check');
    expect(ok, output).toBe(true);
  });

let server: LiveServer;
let tandem: TandemClient;
const requests: Request[] = [];
beforeAll(async () => {
  server = await startLiveServer();
  tandem = createTandemClient({
    baseUrl: `${server.url}/`,
    key: await server.keyFor({ scopes: ['contacts:read', 'contacts:write'] }),
    fetch: (request) => {
      requests.push(request);
      return fetch(request);
    },
  });
});
afterAll(() => server.stop());

const create = (email: string, headers: Record<string, string> = {}): Promise<Contact> =>
  tandem.post('/api/v1/contacts', { body: { fields: { email } }, headers });
const refusal = async (refused: Promise<unknown>): Promise<TandemProblem> => {
  const error: unknown = await refused.then(
    () => 'was not refused',
    (reason: unknown) => reason,
  );
  if (!(error instanceof TandemProblem)) throw new Error(`no problem of Tandem: ${String(error)}`);
  return error;
};

test('the client reads and changes what it made, and a repeated Idempotency-Key makes nobody twice', async () => {
  const once = { 'idempotency-key': 'client-ada' };
  const ada = await create('ada@example.com', once);
  expect(await create('ada@example.com', once)).toEqual(ada);
  const path = { id: ada.id };
  const changed = await tandem.patch('/api/v1/contacts/{id}', {
    params: { path },
    body: { fields: { first_name: 'Ada' } },
  });
  expect(changed.version).toBeGreaterThan(ada.version);
  const read = await tandem.get('/api/v1/contacts/{id}', { params: { path } });
  expect(read.fields['first_name']).toBe('Ada');
});

test('the client’s list goes through every page, with the filter on each, and asks for a page only when it is read', async () => {
  const emails = Array.from({ length: 5 }, (_, number) => `paged-${number}@example.com`);
  for (const email of emails) await create(email);
  const query = { search: 'paged-', sort: 'email', order: 'asc', limit: 2 } as const;
  requests.length = 0;
  const seen: string[] = [];
  for await (const contact of tandem.list('/api/v1/contacts', { params: { query } })) seen.push(contact.email);
  expect(seen).toEqual(emails);
  expect(requests).toHaveLength(3);
  for (const { url } of requests) expect(new URL(url).searchParams.get('search')).toBe('paged-');

  requests.length = 0;
  for await (const contact of tandem.list('/api/v1/contacts', { params: { query } })) {
    expect(contact.email).toBe(emails[0]);
    break;
  }
  expect(requests).toHaveLength(1);
});

test('a bad value comes as the client’s typed problem, with its path; so do a missing right and a wrong key', async () => {
  const bad = await refusal(create('no address'));
  expect(bad).toMatchObject({ name: 'TandemProblem', status: 422, errors: [{ path: 'fields.email' }] });
  expect(bad.errors[0]?.message).not.toBe('');
  expect(bad.message).toContain('fields.email');
  expect(bad.requestId).not.toBeNull();
  expect((await refusal(tandem.get('/api/v1/webhooks'))).status).toBe(403);
  const stranger = createTandemClient({ baseUrl: server.url, key: 'tdm_wrong' });
  expect((await refusal(stranger.get('/api/v1/contacts'))).status).toBe(401);
});

test('what a proxy answers instead of Tandem is a problem with its status', async () => {
  const behind = createTandemClient({
    baseUrl: 'https://tandem.example.com',
    key: 'tdm_any',
    fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'retry-after': '7' } }),
  });
  expect(await refusal(behind.get('/api/v1/contacts'))).toMatchObject({
    status: 502,
    title: 'HTTP 502',
    retryAfter: 7,
  });
});

test('the client follows the contacts: all since a moment, then from its place what changed and who is gone', async () => {
  const { id } = await create('goes@example.com');
  const all = new Set<string>();
  let place = '';
  requests.length = 0;
  for await (const page of tandem.followContacts({ since: '2020-01-01T00:00:00Z' }, { limit: 2 })) {
    for (const contact of page.items) all.add(contact.email);
    place = page.place;
  }
  const listed: string[] = [];
  for await (const contact of tandem.list('/api/v1/contacts')) listed.push(contact.email);
  expect([...all].sort()).toEqual(listed.sort());
  expect(requests.length).toBeGreaterThan(3);

  await tandem.delete('/api/v1/contacts/{id}', { params: { path: { id } } });
  await create('comes@example.com');
  const came: string[] = [];
  const gone: { id: string; why: string }[] = [];
  for await (const page of tandem.followContacts({ place })) {
    came.push(...page.items.map((contact) => contact.email));
    gone.push(...page.gone);
    place = page.place;
  }
  expect(came).toContain('comes@example.com');
  expect(came).not.toContain('goes@example.com');
  expect(gone).toContainEqual(expect.objectContaining({ id, why: 'deleted' }));
});

test('the client’s types know the paths, what they need and what they answer', async () => {
  const wrong = [
    // @ts-expect-error there is no such path
    () => tandem.get('/api/v1/nothing'),
    // @ts-expect-error the id is missing
    () => tandem.get('/api/v1/contacts/{id}'),
    // @ts-expect-error a contact is no list
    () => tandem.list('/api/v1/contacts/{id}', { params: { path: { id: 'x' } } }),
    // @ts-expect-error the order is asc or desc
    () => tandem.get('/api/v1/contacts', { params: { query: { order: 'up' } } }),
    // @ts-expect-error a contact has no nickname beside its fields
    async () => (await create('types@example.com')).nickname,
  ];
  expect(wrong).toHaveLength(5);
});

test('the client’s example in docs/api.md works as it stands there, with the package as it is installed elsewhere', async () => {
  const text = readFileSync(join(root, 'docs/api.md'), 'utf8');
  const example = /```ts\n([^`]*)```/.exec(text)?.[1] ?? '';
  expect(example).toContain('followContacts');
  mkdirSync(join(root, '.tmp'), { recursive: true });
  const project = mkdtempSync(join(root, '.tmp', 'client-'));
  try {
    const installed = join(project, 'node_modules', 'tandem-client');
    mkdirSync(installed, { recursive: true });
    copyFileSync(join(root, 'client/package.json'), join(installed, 'package.json'));
    writeFileSync(join(project, 'package.json'), '{"type":"module"}');
    writeFileSync(join(project, 'example.ts'), example);
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', files: ['example.ts'], include: [] }),
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await program([tsc, '-p', join(root, 'client/tsconfig.json'), '--outDir', join(installed, 'dist')]);
    await program([tsc, '-p', join(project, 'tsconfig.json')]);
    const said = await program([join(project, 'example.ts')], {
      TANDEM: server.url,
      KEY: await server.keyFor({ scopes: ['contacts:read', 'contacts:write'] }),
    });
    expect(said).toMatch(/^fields\.email .+\ngrace@example\.com\n/);
    expect(said).toContain('changed grace@example.com\n');
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
});
