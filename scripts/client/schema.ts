import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/**
 * Writes client/src/schema.ts from docs/api/openapi-v1.json, or looks whether it is what would be written (`check`).
 * Needs the client's own packages (`npm ci --prefix client`).
 * @returns whether that was so
 */
export function clientSchema(mode: 'write' | 'check'): { readonly ok: boolean; readonly output: string } {
  const generator = join(root, 'client', 'node_modules', 'openapi-typescript', 'bin', 'cli.js');
  // A value with a default may be left out of a request.
  const options = ['--default-non-nullable=false', ...(mode === 'check' ? ['--check'] : [])];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [generator, 'docs/api/openapi-v1.json', '-o', 'client/src/schema.ts', ...options],
    { cwd: root, encoding: 'utf8' },
  );
  return { ok: status === 0, output: `${stdout}${stderr}` };
}
