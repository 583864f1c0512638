import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startCommand } from '../support/command.ts';
import { preparedDataFolder } from '../support/data-folder.ts';

const data = preparedDataFolder('sign-on');
afterAll(() => rmSync(data, { recursive: true, force: true }));

const tandem = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { status, stdout, stderr } = await startCommand(args, { data, env }).ended;
  return { status, text: `${stdout}${stderr}` };
};

test('a file sets sign-on: once, compared, dumped without its secret, and refused by path', {
  timeout: 240_000,
}, async () => {
  const file = join(data, 'settings.yaml');
  const write = (roles: string): void =>
    writeFileSync(
      file,
      `signOn:\n  issuer: https://id.example.com\n  clientId: tandem\n  clientSecret: \${OIDC_SECRET}\n  roleClaim: groups\n  roles: ${roles}\n`,
    );
  const secret = { OIDC_SECRET: 'from-the-vault' };
  write('{ crm-sales: sales, crm-admin: admin }');
  expect(await tandem(['apply', file])).toMatchObject({
    status: 2,
    text: expect.stringContaining('OIDC_SECRET') as string,
  });
  expect(await tandem(['apply', file], secret)).toMatchObject({
    status: 0,
    text: expect.stringContaining('roles:') as string,
  });
  expect((await tandem(['apply', file], secret)).text).toContain('signOn: unchanged');
  const dump = (await tandem(['dump'])).text;
  expect(dump).toContain('clientSecret: ${SIGN_ON_CLIENT_SECRET}');
  expect(dump).not.toContain('from-the-vault');
  write('{ crm-sales: sales }');
  expect(await tandem(['diff', file], secret)).toMatchObject({ status: 3 });
  writeFileSync(file, 'signOn:\n  roles: { x: king }\n');
  expect(await tandem(['apply', file])).toMatchObject({ text: expect.stringContaining('roles.x') as string });
});
