import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGuardedFetch } from './guarded-fetch.ts';

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** A CRM on this machine, and a forward proxy that leads every name to it and notes who was asked for. */
const crm = createServer((request, response) => response.end(`hello from ${request.headers.host}`));
const asked: { host: string; authorization: string | undefined }[] = [];
const proxy = createServer();
proxy.on('connect', (request, socket) => {
  asked.push({ host: request.url ?? '', authorization: request.headers['proxy-authorization'] });
  const onward = connect(portOf(crm), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    onward.pipe(socket).pipe(onward);
  });
  socket.on('error', () => onward.destroy());
  onward.on('error', () => socket.destroy());
});

beforeAll(async () => {
  for (const server of [crm, proxy]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});
afterAll(() => {
  for (const server of [crm, proxy]) {
    server.close();
    server.closeAllConnections();
  }
});

const guarded = (allowHosts: readonly string[] = []) =>
  createGuardedFetch({ allowHosts, allowPrivateHosts: false, proxy: `http://user:secret@127.0.0.1:${portOf(proxy)}` });

test('calls leave through TANDEM_OUTBOUND_PROXY, with its own login, by names that only the proxy can resolve', async () => {
  asked.length = 0;
  const answer = await guarded()('http://crm.invalid:80/x', {});
  expect(await answer.text()).toBe('hello from crm.invalid');
  expect(asked).toEqual([
    { host: 'crm.invalid:80', authorization: `Basic ${Buffer.from('user:secret').toString('base64')}` },
  ]);
});

test('a private address that is allowed is reached directly, one that is not allowed by no way', async () => {
  asked.length = 0;
  const url = `http://127.0.0.1:${portOf(crm)}/`;
  expect((await guarded(['127.0.0.1'])(url, {})).status).toBe(200);
  await expect(guarded()(url, {})).rejects.toThrow('leads to the private address 127.0.0.1');
  await expect(guarded()(`http://localhost:${portOf(crm)}/`, {})).rejects.toThrow('leads to the private address');
  await expect(guarded(['169.254.169.254'])('http://169.254.169.254/', {})).rejects.toThrow('private address');
  expect(asked).toEqual([]);
});
