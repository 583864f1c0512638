import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { freePort } from './free-port.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Where the proxies listen: an address of this machine that is not the one they ask Tandem from. */
export const PROXY_HOST = '127.0.0.2';
/** The name in the snippets. */
export const PUBLIC_HOST = 'tandem.example.com';

export interface Proxy {
  readonly http: number;
  readonly https: number;
  stop(): Promise<void>;
}

export interface ProxyProgram {
  readonly name: 'nginx' | 'Caddy';
  readonly path: string;
  /** Starts it with the documented snippet in front of a Tandem on `app`. */
  start(app: number): Promise<Proxy>;
}

interface Setup {
  readonly folder: string;
  readonly snippet: string;
  readonly http: number;
  readonly https: number;
}

/** Replaces what is somewhere else on a test's machine. @throws when the snippet does not hold it. */
function replaced(text: string, pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`the snippet does not hold "${from}"`);
    return result.replace(from, to);
  }, text);
}

/** A proxy may listen before it has its certificate. */
const speaksTls = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: PROXY_HOST, port, servername: PUBLIC_HOST, rejectUnauthorized: false });
    const settle = (does: boolean) => () => {
      socket.destroy();
      resolve(does);
    };
    socket.once('secureConnect', settle(true)).once('error', settle(false)).once('close', settle(false));
  });

/** @param signal ends it at once, whatever is still open. */
async function run(
  path: string,
  signal: 'SIGTERM' | 'SIGKILL',
  app: number,
  file: string,
  prepare: (setup: Setup) => readonly string[],
): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-proxy-'));
  const [http, https] = [await freePort(), await freePort()];
  const snippet = replaced(readFileSync(join(ROOT, 'examples', file), 'utf8'), {
    '127.0.0.1:4000': `127.0.0.1:${app}`,
  });
  const child: ChildProcess = spawn(path, prepare({ folder, snippet, http, https }), {
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill(signal);
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${path} does not start with our snippet: ${said}`);
    const answer = await fetch(`http://${PROXY_HOST}:${http}/`, { redirect: 'manual' }).catch(() => null);
    if (answer !== null && (await speaksTls(https))) return { http, https, stop };
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

const nginx: ProxyProgram = {
  name: 'nginx',
  path: '/usr/sbin/nginx',
  start: (app) =>
    run('/usr/sbin/nginx', 'SIGTERM', app, 'nginx.conf', ({ folder, snippet, http, https }) => {
      const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'].concat([
          '-subj',
          `/CN=${PUBLIC_HOST}`,
          '-keyout',
          key,
          '-out',
          certificate,
        ]),
        { stdio: 'ignore' },
      );
      const site = replaced(snippet, {
        'listen 80;': `listen ${PROXY_HOST}:${http};`,
        'listen 443 ssl;': `listen ${PROXY_HOST}:${https} ssl;`,
        '/etc/letsencrypt/live/tandem.example.com/fullchain.pem': certificate,
        '/etc/letsencrypt/live/tandem.example.com/privkey.pem': key,
      });
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${folder}/${name};`)
        .join(' ');
      const user = process.getuid?.() === 0 ? 'user root;' : '';
      writeFileSync(
        join(folder, 'nginx.conf'),
        `daemon off; ${user} pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${temporary} ${site} }`,
      );
      return ['-e', 'stderr', '-c', join(folder, 'nginx.conf'), '-p', folder];
    }),
};

const caddy: ProxyProgram = {
  name: 'Caddy',
  path: '/usr/bin/caddy',
  start: (app) =>
    run('/usr/bin/caddy', 'SIGKILL', app, 'Caddyfile', ({ folder, snippet, http, https }) => {
      mkdirSync(join(folder, 'storage'));
      // A certificate of its own instead of one that the world would have to see.
      const options = [
        'admin off',
        'local_certs',
        'skip_install_trust',
        `http_port ${http}`,
        `https_port ${https}`,
        `default_bind ${PROXY_HOST}`,
        `storage file_system ${join(folder, 'storage')}`,
      ];
      writeFileSync(join(folder, 'Caddyfile'), `{\n\t${options.join('\n\t')}\n}\n${snippet}`);
      return ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
    }),
};

/** The proxies that the documents hold a snippet for, and whether this machine has them. */
export const PROXIES: readonly (ProxyProgram & { readonly here: boolean })[] = [nginx, caddy].map((one) => ({
  ...one,
  here: existsSync(one.path),
}));
