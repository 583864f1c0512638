/** `npm run check`: types, lint and format, in that order; `npm run check -- types` runs one of them. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

/** The second check of the same checkout reads what the first learned: about half the time. */
const typesOf = (project: string, name: string): readonly [string, ...string[]] => [
  ...([bin('tsc'), '-p', project, '--incremental', '--tsBuildInfoFile'] as const),
  join(root, '.tmp', `${name}.tsbuildinfo`),
];

const CHECKS: Readonly<Record<string, readonly (readonly [string, ...string[]])[]>> = {
  types: [typesOf('tsconfig.json', 'server'), typesOf('web/tsconfig.json', 'web')],
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
