/** `npm run check`: types, lint and format, in that order; `npm run check -- types` runs one of them. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

const CHECKS: Readonly<Record<string, readonly (readonly [string, ...string[]])[]>> = {
  types: [
    [bin('tsc'), '-p', 'tsconfig.json'],
    [bin('tsc'), '-p', 'web/tsconfig.json'],
  ],
  lint: [[bin('oxlint'), '--type-aware', '--deny-warnings']],
  format: [[bin('biome'), 'check', '--linter-enabled=false', '.']],
};

const wanted = process.argv.slice(2);
let failed = false;
for (const [name, commands] of Object.entries(CHECKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const [command, ...args] of commands) {
    const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
    if (status !== 0) {
      failed = true;
      process.stderr.write(`${name}: failed (${args.join(' ')})\n`);
    }
  }
}
process.exitCode = failed ? 1 : 0;
