/** `npm run build-client`: the typed client's types from the kept document of the API, then JavaScript in client/dist. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { clientSchema } from './client/schema.ts';
import { provideClient } from './test-run/needs.ts';

const root = join(import.meta.dirname, '..');
const fail = (text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

if (!provideClient()) fail('The client’s packages could not be installed: npm ci --prefix client');
const schema = clientSchema('write');
if (!schema.ok) fail(schema.output);
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'client/tsconfig.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) fail('client/dist was not built.');
process.stdout.write('client/src/schema.ts and client/dist are those of docs/api/openapi-v1.json.\n');
