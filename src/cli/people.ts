import type { Command } from 'commander';
import { createApiKey, listApiKeys, revokeApiKey } from '../api/api-keys.ts';
import { invite } from '../api/invitations.ts';
import { ROLES, type Role } from '../api/sign-in.ts';
import { InvalidInput } from '../core/invalid-input.ts';
import { systemRandom } from '../platform/ids.ts';
import type { Cli } from './cli.ts';

const asRole = (value: string): Role => {
  const role = ROLES.find((one) => one === value);
  if (role === undefined)
    throw new InvalidInput([{ path: '--role', code: 'unknown_role', params: { allowed: ROLES.join(', ') } }]);
  return role;
};
/** From standard input when asked for, else made up and printed once. */
const password = async (cli: Cli, fromStdin: boolean): Promise<{ value: string; made: boolean }> => {
  if (fromStdin) return { value: (await cli.readInput()).trim(), made: false };
  return { value: Buffer.from(systemRandom(12)).toString('base64url'), made: true };
};

/** `user …` and `api-key …`. */
export function addPeopleCommands(program: Command, cli: Cli): void {
  const { out, withProduct } = cli;
  const user = program.command('user').description('people who sign in');
  user
    .command('add <email>')
    .requiredOption('--role <role>', 'admin, marketing or sales')
    .option('--password-stdin', 'read the password from standard input')
    .option('--json')
    .action((email: string, options: { role: string; passwordStdin?: boolean; json?: boolean }) =>
      withProduct(async ({ api }) => {
        const secret = await password(cli, options.passwordStdin === true);
        const person = await api.signIn.addUser({ email, password: secret.value, role: asRole(options.role) });
        if (options.json === true)
          out(
            JSON.stringify({
              id: person.id,
              email: person.email,
              role: person.role,
              ...(secret.made ? { password: secret.value } : {}),
            }),
          );
        else
          out(
            secret.made
              ? `${person.email} can sign in with the password ${secret.value} (shown this once).`
              : `${person.email} can sign in.`,
          );
      }),
    );
  user
    .command('invite <email>')
    .description('a link with which somebody chooses a password; mailed too, where a mail server is set')
    .requiredOption('--role <role>', 'admin, marketing or sales')
    .option('--json')
    .action((email: string, options: { role: string; json?: boolean }) =>
      withProduct(async ({ engine }) => {
        const made = await invite(engine, { email, role: asRole(options.role), by: { id: 'cli', name: 'Tandem' } });
        out(options.json === true ? JSON.stringify({ id: made.id, link: made.link }) : made.link);
      }),
    );
  user
    .command('list')
    .option('--json')
    .action((options: { json?: boolean }) =>
      withProduct(async ({ api }) => {
        const users = await api.signIn.listUsers();
        if (options.json === true) out(JSON.stringify(users));
        else
          for (const one of users)
            out(`${one.email}  ${one.role}${one.deactivatedAt === null ? '' : '  (deactivated)'}`);
      }),
    );
  user
    .command('reset-password <email>')
    .option('--password-stdin')
    .option('--json')
    .action((email: string, options: { passwordStdin?: boolean; json?: boolean }) =>
      withProduct(async ({ api }) => {
        const secret = await password(cli, options.passwordStdin === true);
        await api.signIn.resetPassword(email, secret.value);
        if (options.json === true) out(JSON.stringify({ email, ...(secret.made ? { password: secret.value } : {}) }));
        else out(secret.made ? `The new password is ${secret.value} (shown this once).` : 'The password was changed.');
      }),
    );
  user
    .command('deactivate <email>')
    .option('--json')
    .action((email: string, options: { json?: boolean }) =>
      withProduct(async ({ api }) => {
        await api.signIn.deactivate(email);
        if (options.json === true) out(JSON.stringify({ email, deactivated: true }));
      }),
    );
  const key = program.command('api-key').description('keys for programs');
  key
    .command('create')
    .requiredOption('--role <role>', 'admin, marketing or sales')
    .requiredOption('--name <name>')
    .option('--json')
    .action((options: { role: string; name: string; json?: boolean }) =>
      withProduct(async ({ engine }) => {
        const made = await createApiKey(
          engine.store,
          { name: options.name, role: asRole(options.role), by: 'cli' },
          { ids: engine.ids, now: engine.clock.now() },
        );
        out(options.json === true ? JSON.stringify(made) : made.key);
      }),
    );
  key
    .command('list')
    .option('--json')
    .action((options: { json?: boolean }) =>
      withProduct(async ({ engine }) => {
        const keys = await listApiKeys(engine.store);
        if (options.json === true) out(JSON.stringify(keys));
        else for (const one of keys) out(`${one.id}  ${one.prefix}…  ${one.role ?? one.scopes.join(',')}  ${one.name}`);
      }),
    );
  key
    .command('revoke <id>')
    .option('--json')
    .action((id: string, options: { json?: boolean }) =>
      withProduct(async ({ engine }) => {
        await revokeApiKey(engine.store, id, engine.clock.now());
        if (options.json === true) out(JSON.stringify({ id, revoked: true }));
      }),
    );
}
