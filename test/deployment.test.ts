import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { clientAddress, networks } from '../src/platform/addresses.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const NGINX = '/usr/sbin/nginx';

test('the image runs as an ordinary user, says whether it is well, and copies what is there', () => {
  const file = read('Dockerfile');
  expect(file).toMatch(/^USER node$/m);
  expect(file).toMatch(/^HEALTHCHECK .*/m);
  expect(file.match(/^FROM /gm)).toHaveLength(2);
  for (const [, path] of file.matchAll(/^COPY --from=build \/app\/(\S+)/gm))
    if (path !== 'dist') expect(existsSync(join(root, path ?? '')), path).toBe(true);
  const [, command = '[]'] = /^ {2}CMD (\[.*\])$/m.exec(file) ?? [];
  const [, ...args] = JSON.parse(command) as string[];
  expect(spawnSync(process.execPath, args).status).toBe(1);
});

test('the compose file gives Tandem its PostgreSQL, and no secret of its own', () => {
  const { services } = parse(read('compose.yaml')) as {
    services: Record<string, { environment: Record<string, string>; depends_on?: object; healthcheck?: object }>;
  };
  expect(services['tandem']?.environment['DATABASE_URL']).toContain('@database/tandem');
  expect(services['tandem']?.depends_on).toEqual({ database: { condition: 'service_healthy' } });
  expect(services['database']?.healthcheck).toBeDefined();
  for (const { environment } of Object.values(services))
    for (const [name, value] of Object.entries(environment))
      if (/PASSWORD|KEY/.test(name)) expect(value).toMatch(/^\$\{\w+:\?/);
});

const withNginx = existsSync(NGINX) ? test : test.skip;
withNginx(
  `nginx with the documented snippet passes a stream on at once, and the real client (${existsSync(NGINX) ? 'nginx on loopback' : 'left out: nginx is not on this machine'})`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-nginx-'));
    const app = createServer((request, response) => {
      const forwarded = request.headers['x-forwarded-for'];
      const client = clientAddress(
        request.socket.remoteAddress ?? '',
        Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
        networks(['127.0.0.1']),
      );
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${client} ${request.headers.host}\n\n`); // and stays open
    }).listen(0, '127.0.0.1');
    await once(app, 'listening');
    const probe = createServer().listen(0, '127.0.0.2');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => {
      probe.close(resolve);
    });
    const snippet = read('examples/nginx.conf')
      .replace('listen 80', `listen 127.0.0.2:${port}`)
      .replace('127.0.0.1:4000', `127.0.0.1:${(app.address() as AddressInfo).port}`);
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join(' ');
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; ${process.getuid?.() === 0 ? 'user root;' : ''} pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${temp} ${snippet} }`,
    );
    const nginx = spawn(NGINX, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
    try {
      // From an address of its own: one that is a proxy of ours would be passed over.
      const ask = (): Promise<string> =>
        new Promise((resolve, reject) => {
          const headers = { 'x-forwarded-for': '6.6.6.6' };
          get({ host: '127.0.0.2', port, localAddress: '127.0.0.3', headers }, (answer) => {
            answer.once('data', (text: Buffer) => {
              answer.destroy();
              resolve(text.toString());
            });
          }).on('error', reject);
        });
      for (;;) {
        const first = await ask().catch(() => null);
        if (nginx.exitCode !== null) throw new Error('nginx does not start with the snippet');
        if (first === null) continue;
        expect(first).toMatch(/^data: 127\.0\.0\.3 127\.0\.0\.2\n/);
        break;
      }
    } finally {
      nginx.kill('SIGTERM');
      await once(nginx, 'exit');
      app.closeAllConnections();
      app.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
