// Which Node.js runs us: the one that runs this file when it is new enough, else the one carried in node_modules.
// Plain JavaScript that old versions can read, because it is exactly there to meet them.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const WANTED = [22, 18];

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1]);
}

/** The path of a Node.js that is new enough, or a sentence that says what to do. */
export function findNode() {
  if (isNewEnough(process.versions.node)) return { path: process.execPath };
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const carried = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', name);
  if (existsSync(carried)) return { path: carried };
  return {
    problem:
      `Tandem needs Node.js ${WANTED.join('.')} or newer; this is ${process.versions.node}, and no carried copy was found.\n` +
      'Run "npm ci" again (without --omit=optional), or install Node.js 24.',
  };
}

// What Node.js has made of our sources: a command starts in half the time. Inside the clone, where nobody else writes.
const compileCache = join(root, 'node_modules', '.cache', 'node');

/** Runs `args` with a Node.js that is new enough; our exit code and signals are the child's. */
export function runNode(args, options = {}) {
  const node = findNode();
  if (node.problem) {
    process.stderr.write(`${node.problem}\n`);
    process.exit(1);
  }
  const child = spawn(node.path, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: 'inherit',
    cwd: options.cwd,
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env, ...options.env },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`Tandem could not start ${node.path}: ${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
