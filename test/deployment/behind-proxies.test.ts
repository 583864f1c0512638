import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type IncomingMessage, request as overHttp } from 'node:http';
import { request } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Running, serve } from '../../src/cli/serve.ts';
import { readConfig } from '../../src/config.ts';
import { preparedDataFolder } from '../support/data-folder.ts';
import { freePort } from '../support/free-port.ts';
import { PROXIES, PROXY_HOST, type Proxy, PUBLIC_HOST } from '../support/proxies.ts';

const PUBLIC = `https://${PUBLIC_HOST}`;
const PERSON = { email: 'ada@example.com', password: 'correct horse battery' };
/** An address of this machine that is no proxy of ours. */
const CLIENT = '127.0.0.3';

/** So many bytes, piece by piece. */
function* bytesOf(length: number): Generator<Buffer> {
  const piece = Buffer.alloc(64 * 1024, 'a');
  for (let sent = 0; sent < length; sent += piece.length)
    yield piece.subarray(0, Math.min(piece.length, length - sent));
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly length?: number;
}

let running: Running;
let port = 0;
const data = preparedDataFolder('proxied');
beforeAll(async () => {
  port = await freePort();
  running = await serve({
    config: readConfig({
      PORT: String(port),
      HOST: '127.0.0.1',
      TANDEM_DATA: data,
      TANDEM_URL: PUBLIC,
      TANDEM_TRUST_PROXY: '127.0.0.1',
      LOG_LEVEL: 'error',
    }),
  });
  await running.product.api.signIn.addUser({ ...PERSON, role: 'admin' });
});
afterAll(async () => {
  await running.stop();
  rmSync(data, { recursive: true, force: true });
});

for (const program of PROXIES) {
  const title = `${program.name} with the documented snippet`;
  if (!program.here) {
    test.skip(`${title} (left out: ${program.name} is not on this machine)`, () => undefined);
    continue;
  }
  describe(title, () => {
    let proxy: Proxy;
    beforeAll(async () => {
      proxy = await program.start(port);
    });
    afterAll(() => proxy.stop());

    /** Sends a body, or that many bytes until they are answered. */
    const ask = async (path: string, { method, headers, body, length }: Asking = {}): Promise<IncomingMessage> => {
      const asked = request({
        host: PROXY_HOST,
        port: proxy.https,
        localAddress: CLIENT,
        servername: PUBLIC_HOST,
        rejectUnauthorized: false,
        path,
        method: method ?? 'GET',
        headers: { host: PUBLIC_HOST, ...headers, ...(length === undefined ? {} : { 'content-length': length }) },
      });
      // An answer may come before all of a body is gone.
      asked.on('error', () => undefined);
      const answered = once(asked, 'response');
      if (length === undefined) asked.end(body);
      else {
        const bytes = Readable.from(bytesOf(length), { objectMode: false });
        bytes.pipe(asked);
        void answered.then(() => bytes.destroy());
      }
      const [answer] = (await answered) as [IncomingMessage];
      return answer;
    };
    const signIn = (headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> =>
      ask('/api/auth/sign-in/email', {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: PUBLIC, ...headers },
        body: JSON.stringify(PERSON),
      });
    const cookieOf = (answer: IncomingMessage): string =>
      (answer.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ');

    test('whoever asks without TLS is sent to the public address', async () => {
      const asked = overHttp({
        host: PROXY_HOST,
        port: proxy.http,
        path: '/contacts?q=ada',
        headers: { host: PUBLIC_HOST },
      }).end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      answer.resume();
      expect([301, 308]).toContain(answer.statusCode);
      expect(answer.headers.location?.replace(`:${proxy.https}`, '')).toBe(`${PUBLIC}/contacts?q=ada`);
    });

    test('a session belongs to the client’s own address, whatever it says of itself, and its cookie to TLS', async () => {
      const answer = await signIn({ 'x-forwarded-for': '6.6.6.6', 'x-real-ip': '6.6.6.6', forwarded: 'for=6.6.6.6' });
      expect([answer.statusCode, await text(answer)]).toEqual([200, expect.any(String)]);
      for (const cookie of answer.headers['set-cookie'] ?? []) {
        expect(cookie).toMatch(/; Secure/);
        expect(cookie).toMatch(/; HttpOnly/);
      }
      const { db } = running.product.engine.store;
      const sessions = await db.selectFrom('session').select('ipAddress').orderBy('createdAt').execute();
      expect(sessions.at(-1)?.ipAddress).toBe(CLIENT);
      const me = await ask('/api/v1/me', { headers: { cookie: cookieOf(answer) } });
      expect(JSON.parse(await text(me))).toMatchObject({ email: PERSON.email });
    });

    test('another site’s page does nothing in somebody’s name, and links name the public address', async () => {
      const signedIn = await signIn();
      signedIn.resume();
      const invite = (origin: string): Promise<IncomingMessage> =>
        ask('/api/v1/invitations', {
          method: 'POST',
          headers: { cookie: cookieOf(signedIn), origin, 'content-type': 'application/json' },
          body: JSON.stringify({ email: `by-${program.name}@example.com`, role: 'sales' }),
        });
      for (const origin of ['https://evil.example.com', `http://127.0.0.1:${port}`, `http://${PUBLIC_HOST}`]) {
        const refused = await invite(origin);
        refused.resume();
        expect({ origin, status: refused.statusCode }).toEqual({ origin, status: 403 });
      }
      expect(await text(await invite(PUBLIC))).toContain(`${PUBLIC}/invitation#`);
    });

    test('the headers that protect arrive once each', async () => {
      const answer = await ask('/api/v1/me');
      answer.resume();
      for (const name of ['strict-transport-security', 'content-security-policy', 'x-content-type-options']) {
        const count = answer.rawHeaders.filter((one) => one.toLowerCase() === name).length;
        expect({ name, count }).toEqual({ name, count: 1 });
      }
    });

    test('live progress arrives while the answer is still open', async () => {
      const signedIn = await signIn();
      signedIn.resume();
      const live = await ask('/api/v1/runs/stream', { headers: { cookie: cookieOf(signedIn) } });
      expect(live.headers['content-type']).toContain('text/event-stream');
      const [first] = (await once(live, 'data')) as [Buffer];
      expect(String(first)).toContain('event: hello');
      expect(live.complete).toBe(false);
      live.destroy();
    });

    test('a list of 100 MB may come in, and what is too large is refused by Tandem in words', async () => {
      const signedIn = await signIn();
      signedIn.resume();
      const headers = { cookie: cookieOf(signedIn), origin: PUBLIC };
      const limit = 100 * 1024 * 1024;
      // Without a session it is Tandem that refuses: the proxy let it through.
      const begun = await ask('/api/v1/imports?name=list.csv', {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        length: limit,
      });
      expect([begun.statusCode, begun.headers['content-type']]).toEqual([
        401,
        expect.stringContaining('application/problem+json'),
      ]);
      begun.destroy();
      const tooLarge = await ask('/api/v1/imports?name=list.csv', {
        method: 'POST',
        headers: { ...headers, 'content-type': 'text/csv' },
        length: limit + 1,
      });
      expect([tooLarge.statusCode, tooLarge.headers['content-type']]).toEqual([
        413,
        expect.stringContaining('application/problem+json'),
      ]);
      tooLarge.destroy();
    });

    test('a body arrives whole', async () => {
      const signedIn = await signIn();
      signedIn.resume();
      const rows = Array.from({ length: 20_000 }, (_, index) => `p${index}@example.com,Person ${index}`);
      const list = `E-mail,Last name\n${rows.join('\n')}\n`;
      const answer = await ask('/api/v1/imports?name=list.csv', {
        method: 'POST',
        headers: { cookie: cookieOf(signedIn), origin: PUBLIC, 'content-type': 'text/csv' },
        body: list,
      });
      expect([answer.statusCode, JSON.parse(await text(answer))]).toEqual([
        201,
        expect.objectContaining({ size: Buffer.byteLength(list) }),
      ]);
    });
  });
}
