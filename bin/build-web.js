// Builds the web interface when it is missing or older than its sources: whoever clones this types one command.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runNode } from './node.js';

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return latest;
}

/** Is there no built interface below this folder, or an older one than what it is made from? */
export function isStale(root) {
  const built = join(root, 'dist', 'web', 'index.html');
  const sources = [join(root, 'web'), join(root, 'src', 'api', 'contract')].filter((folder) => existsSync(folder));
  return !existsSync(built) || sources.some((folder) => newest(folder) > statSync(built).mtimeMs);
}

/** Ends the process when the build fails. */
export async function buildWhenStale(root) {
  if (!isStale(root) || !existsSync(join(root, 'scripts', 'build.ts'))) return;
  process.stderr.write('Building the web interface (only when its sources have changed) …\n');
  const code = await runNode([join(root, 'scripts', 'build.ts')], { cwd: root });
  if (code !== 0) process.exit(code);
}
