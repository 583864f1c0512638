#!/usr/bin/env node
// `npm start`: builds the web interface when it is missing or older than its sources, then serves.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, runNode } from './node.js';

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return latest;
}

const built = join(root, 'dist', 'web', 'index.html');
const sources = [join(root, 'web'), join(root, 'src', 'api', 'contract')].filter((folder) => existsSync(folder));
const isStale = !existsSync(built) || sources.some((folder) => newest(folder) > statSync(built).mtimeMs);
if (isStale && existsSync(join(root, 'scripts', 'build.ts'))) {
  process.stderr.write('Building the web interface (only when its sources have changed) …\n');
  const code = await runNode([join(root, 'scripts', 'build.ts')], { cwd: root });
  if (code !== 0) process.exit(code);
}
process.exit(await runNode([join(root, 'src', 'cli', 'main.ts'), 'serve', ...process.argv.slice(2)]));
