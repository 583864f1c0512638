import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Which folder may import which; a folder may always import itself. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/platform': [],
  'src/connectors/kit': ['src/core', 'src/platform'],
  'src/connectors/*': ['src/core', 'src/platform', 'src/connectors/kit'],
  'src/store': ['src/core', 'src/platform'],
  'src/hub': ['src/core', 'src/platform', 'src/store'],
  // The contract is a leaf: settings are parsed by one schema, whoever gives them.
  'src/api/contract': ['src/core'],
  'src/api/messages': [],
  'src/mail': ['src/core', 'src/platform', 'src/store', 'src/api/messages'],
  'src/engine': ['src/core', 'src/platform', 'src/connectors/kit', 'src/store', 'src/hub', 'src/api/contract'],
  'src/reports': [
    'src/api/contract',
    'src/api/messages',
    'src/mail',
    'src/engine',
    'src/store',
    'src/core',
    'src/platform',
  ],
  'src/webhooks': ['src/reports', 'src/engine', 'src/hub', 'src/store', 'src/core', 'src/platform'],
  'src/api': [
    'src/webhooks',
    'src/api/contract',
    'src/reports',
    'src/api/messages',
    'src/mail',
    'src/engine',
    'src/store',
    'src/hub',
    'src/connectors/kit',
    'src/core',
    'src/platform',
    'src/config.ts',
  ],
  web: ['src/api/contract', 'src/core'],
};

const IMPURE = /\b(Date\.now|new Date\(\)|Math\.random|process\.|setTimeout|fetch\()/;

/** Longer than 400 lines, and why that is right. */
export const LONG: Readonly<Record<string, string>> = {
  'src/api/contract/routes.ts': 'the table of routes, one entry each',
  'src/store/tables.ts': 'the table of tables, one entry each',
};

/** A command may run in a server for somebody else's terminal, so only these know that there is a process. */
const OWNS_THE_PROCESS = new Set(['src/cli/main.ts', 'src/cli/cli.ts', 'src/cli/ask-hidden.ts']);

function home(file: string): string {
  const parts = file.split('/');
  if (parts[0] === 'web') return 'web';
  if (/^src\/api\/(contract|messages)\//.test(file)) return file.split('/').slice(0, 3).join('/');
  if (parts[1] === 'connectors') return parts.length > 3 ? `src/connectors/${parts[2]}` : 'src/connectors';
  return parts.length > 2 ? parts.slice(0, 2).join('/') : file;
}

const allowedFor = (folder: string): readonly string[] | undefined =>
  MAY_IMPORT[folder] ?? (folder.startsWith('src/connectors/') ? MAY_IMPORT['src/connectors/*'] : undefined);

const isProduct = (file: string): boolean =>
  !/\.test\.tsx?$/.test(file) && !file.includes('/emulator/') && !file.includes('/testing/');

/** What is wrong with a tree, a line each. */
export function faultsOf(root: string): string[] {
  const faults: string[] = [];
  for (const file of globSync('{src,web}/**/*.{ts,tsx}', { cwd: root }).filter(isProduct)) {
    const text = readFileSync(join(root, file), 'utf8');
    const from = home(file);
    const allowed = allowedFor(from);
    for (const [, target] of text.matchAll(/from '(\.{1,2}\/[^']+)'/g)) {
      const path = normalize(join(dirname(file), target ?? ''));
      const isOwn = home(path) === from;
      if (allowed !== undefined && !isOwn && !allowed.some((one) => path.startsWith(one)))
        faults.push(`${file} may not import ${path}`);
      if (!file.startsWith('src/cli/') && /\/(emulator|testing)\//.test(path))
        faults.push(`${file} is product code and may not import ${path}`);
    }
    if (from === 'src/core' && IMPURE.test(text)) faults.push(`${file} is in core and must stay pure`);
    if (/^export default/m.test(text) && !file.endsWith('vite.config.ts')) faults.push(`${file} has a default export`);
    if (text.includes('process.env') && file !== 'src/config.ts')
      faults.push(`${file} reads process.env; only src/config.ts does`);
    if (/process\.(stdout|stderr|stdin|exit|cwd)/.test(text) && !OWNS_THE_PROCESS.has(file))
      faults.push(`${file} uses the process's own terminal; a command goes through its Cli`);
    if (text.split('\n').length > 401 && !(file in LONG)) faults.push(`${file} is longer than 400 lines`);
  }
  return faults;
}
