import type { Command } from 'commander';
import { Conflicted } from '../core/invalid-input.ts';
import { keepErasures } from '../hub/privacy/keep-erasures.ts';
import { backup, readHeader, restore } from '../store/backup.ts';
import { appliedMigrations } from '../store/migrate.ts';
import { keyOf, sealKeyFor, takeKey } from './carry-key.ts';
import type { Cli } from './cli.ts';
import { doctor } from './doctor.ts';
import { setupLink } from './serve.ts';
import { version } from './version.ts';

/** `migrate`, `doctor`, `version`, `setup-link`, `backup`, `restore`: the instance as a whole. */
export function addInstanceCommands(program: Command, cli: Cli): void {
  program
    .command('migrate')
    .description('bring the schema up to date')
    .option('--json')
    .action((options: { json?: boolean }) =>
      cli.withProduct(async ({ engine }) => {
        const migrations = await appliedMigrations(engine.store);
        if (options.json === true) cli.out(JSON.stringify({ migrations }));
        cli.note('The schema is up to date.');
      }),
    );
  program
    .command('doctor')
    .description('checks, with what to do about each finding')
    .option('--json')
    .action((options: { json?: boolean }) => cli.withProduct((product) => doctor(product, cli, options.json === true)));
  program
    .command('version')
    .description('which version this is')
    .option('--json')
    .action((options: { json?: boolean }) => cli.out(options.json === true ? JSON.stringify({ version }) : version));
  program
    .command('setup-link')
    .description('a new link for the first administrator')
    .option('--json')
    .action((options: { json?: boolean }) =>
      cli.withProduct(async (product) => {
        const link = await setupLink(product);
        if (link === null) throw new Conflicted('setup_done');
        cli.out(options.json === true ? JSON.stringify({ link }) : link);
      }),
    );
  program
    .command('backup <file>')
    .description('a logical copy while running, readable by both databases')
    .option('--with-key', 'the secret key goes along, under a passphrase')
    .option('--passphrase-stdin', 'read the passphrase from standard input')
    .option('--json')
    .action((file: string, options: { withKey?: boolean; passphraseStdin?: boolean; json?: boolean }) =>
      cli.withProduct(async ({ engine, key }) => {
        const sealed =
          options.withKey === true ? await sealKeyFor(cli, key, options.passphraseStdin === true) : undefined;
        const target = await cli.openWrite(file);
        const header = await backup(engine.store, target, {
          version,
          keyId: key.id,
          now: engine.clock.now(),
          key: sealed,
        });
        const rows = Object.values(header.tables).reduce((sum, count) => sum + count, 0);
        if (options.json === true) cli.out(JSON.stringify({ file, rows, keyId: header.keyId }));
        cli.note(
          `${rows} rows are in ${file}. ${
            sealed === undefined
              ? 'Keep the secret key beside it: without it the credentials must be entered again.'
              : 'The secret key is in it, under the passphrase.'
          }`,
        );
      }),
    );
  program
    .command('restore <file>')
    .description('reads a backup into an empty database; afterwards everything is quiet')
    .option('--passphrase-stdin', 'read the passphrase of the key in the backup from standard input')
    .option('--json')
    .action((file: string, options: { passphraseStdin?: boolean; json?: boolean }) =>
      cli.withProduct(async (product) => {
        const { engine, key, api } = product;
        const open = () => cli.openRead(file);
        const brought = await keyOf(cli, product, await readHeader(open), options.passphraseStdin === true);
        const { credentialsLost } = await restore(engine.store, open, {
          keyId: (brought ?? key).id,
          now: engine.clock.now(),
        });
        if (brought !== null) {
          takeKey(product, brought);
          cli.note('The secret key came with it. A server that runs on this folder has to be started again.');
        }
        const erased = await keepErasures(engine.store, api.config.dataDir, engine.clock.now());
        if (options.json === true) cli.out(JSON.stringify({ credentialsLost, erasedAgain: erased }));
        if (erased > 0) cli.note(`${erased} people who were erased since the backup have been erased again.`);
        cli.note('Restored. All connections are paused: if this is the live instance, say so with: tandem resume');
        if (credentialsLost.length > 0)
          cli.note(
            `The backup was made with another secret key. Enter the credentials again for: ${credentialsLost.join(', ')}`,
          );
      }),
    );
}
