// Runs the README's start command in a throw-away data folder and asks: does it answer, does the set-up link stand
// in its output, is the page served, does Ctrl-C stop it cleanly?
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const command = process.argv[2];
const port = 4000 + Math.floor(Math.random() * 1000) + 1;
const data = mkdtempSync(join(tmpdir(), 'tandem-start-'));
const base = `http://127.0.0.1:${port}`;
let output = '';

const child = spawn('bash', ['-c', command], {
  env: { ...process.env, PORT: String(port), TANDEM_URL: base, TANDEM_DATA: data },
  stdio: ['ignore', 'pipe', 'pipe'],
  detached: true,
});
for (const stream of [child.stdout, child.stderr])
  stream.on('data', (chunk) => {
    output += chunk;
  });
let exit = null;
child.on('exit', (code) => {
  exit = code ?? 1;
});

const wait = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
async function until(what, seconds, test) {
  for (let tries = 0; tries < seconds * 2; tries += 1) {
    if (await test().catch(() => false)) return true;
    await wait(500);
  }
  console.error(`start: ${what}: not within ${seconds} s`);
  return false;
}

const ok =
  (await until('it answers', 240, async () => (await fetch(`${base}/readyz`)).ok)) &&
  (await until('it prints the set-up link', 20, async () => /\/setup#\S+/.test(output))) &&
  (await until('it serves the page', 20, async () =>
    (await (await fetch(`${base}/`)).text()).includes('<div id="root">'),
  ));
process.kill(-child.pid, 'SIGINT');
const stopped = await until('it stops on Ctrl-C', 30, async () => exit !== null);
if (!stopped) process.kill(-child.pid, 'SIGKILL');
rmSync(data, { recursive: true, force: true });
if (!ok || !stopped) console.error(output);
process.exit(ok && stopped ? 0 : 1);
