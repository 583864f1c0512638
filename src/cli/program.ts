import { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addContactCommands } from './contacts.ts';
import { explain } from './explain.ts';
import { addFixCommand } from './fix.ts';
import { addInstanceCommands } from './instance.ts';
import { addParityCommand } from './parity.ts';
import { addPeopleCommands } from './people.ts';
import { addProcessCommands } from './processes.ts';
import { addKeyCommand } from './rotate-key.ts';
import { addSettingsCommands } from './settings.ts';
import { addSyncCommands } from './sync.ts';
import { version } from './version.ts';

/** Every command, reading from and writing to `cli`. */
function createProgram(cli: Cli): Command {
  const program = new Command('tandem')
    .description("Keeps a marketing hub's contacts in step with the sales team's CRM, both ways.")
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => cli.out(text.trimEnd()), writeErr: (text) => cli.note(text.trimEnd()) })
    .showHelpAfterError();
  addProcessCommands(program, cli, runCommand);
  addInstanceCommands(program, cli);
  addPeopleCommands(program, cli);
  addKeyCommand(program, cli);
  addSettingsCommands(program, cli);
  addSyncCommands(program, cli);
  addParityCommand(program, cli);
  addFixCommand(program, cli);
  addContactCommands(program, cli);
  return program;
}

/**
 * Carries out one command line. @returns its exit code; what went wrong is said on `cli`.
 * @throws what `isOurs` claims: the caller has an answer to it.
 */
export async function runCommand(
  args: readonly string[],
  cli: Cli & { exit(): number },
  isOurs: (error: unknown) => boolean = () => false,
): Promise<number> {
  try {
    await createProgram(cli).parseAsync(args, { from: 'user' });
    return cli.exit();
  } catch (error) {
    if (isOurs(error)) throw error;
    const { text, code } = explain(error);
    if (text !== '') cli.note(text);
    return code;
  }
}
