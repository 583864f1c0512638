import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const data = mkdtempSync(join(tmpdir(), 'tandem-sign-on-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

const tandem = (args: readonly string[], extra: Readonly<Record<string, string>> = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/cli/main.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', TANDEM_DATA: data, ...extra },
  });
  return { status, text: `${stdout}${stderr}` };
};

test('a file sets sign-on: once, compared, dumped without its secret, and refused by path', {
  timeout: 240_000,
}, () => {
  const file = join(data, 'settings.yaml');
  const write = (roles: string): void =>
    writeFileSync(
      file,
      `signOn:\n  issuer: https://id.example.com\n  clientId: tandem\n  clientSecret: \${OIDC_SECRET}\n  roleClaim: groups\n  roles: ${roles}\n`,
    );
  const secret = { OIDC_SECRET: 'from-the-vault' };
  write('{ crm-sales: sales, crm-admin: admin }');
  expect(tandem(['apply', file])).toMatchObject({ status: 2, text: expect.stringContaining('OIDC_SECRET') as string });
  expect(tandem(['apply', file], secret)).toMatchObject({
    status: 0,
    text: expect.stringContaining('roles:') as string,
  });
  expect(tandem(['apply', file], secret).text).toContain('signOn: unchanged');
  const dump = tandem(['dump']).text;
  expect(dump).toContain('clientSecret: ${SIGN_ON_CLIENT_SECRET}');
  expect(dump).not.toContain('from-the-vault');
  write('{ crm-sales: sales }');
  expect(tandem(['diff', file], secret)).toMatchObject({ status: 3 });
  writeFileSync(file, 'signOn:\n  roles: { x: king }\n');
  expect(tandem(['apply', file])).toMatchObject({ text: expect.stringContaining('roles.x') as string });
});
