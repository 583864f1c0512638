import { once } from 'node:events';
import { readConfig } from '../config.ts';
import { FolderInUse, folderOwner } from '../store/lock-file.ts';
import { localCli } from './cli.ts';
import { explain } from './explain.ts';
import type { runCommand } from './program.ts';
import { reachServer, runRemotely } from './remote/command-client.ts';

const args = process.argv.slice(2);
/** Commands that are a process of their own: never carried out by a running server. */
const OWN_PROCESS: ReadonlySet<string> = new Set(['serve', 'worker', 'emulate']);
/** These need no database: neither ours nor a running server's. */
const NEEDS_NOTHING = /^(?:-V|--version|-h|--help|help|version)$/;
/** A server that is starting, or another command, gives the folder back within this. */
const PATIENCE_MS = 30_000;

/** Reading the whole program takes most of a second: a command that a running server carries out does without. */
const runHere = async (...command: Parameters<typeof runCommand>): Promise<number> =>
  (await import('./program.ts')).runCommand(...command);

/**
 * The embedded database has one owner. Is it a running server, the command is carried out there (stack.md, trap 2); is
 * it another command, or a server that is still starting, we wait our turn.
 */
async function run(): Promise<number> {
  const cli = localCli();
  const [name = '--help'] = args;
  if (OWN_PROCESS.has(name) || NEEDS_NOTHING.test(name)) return runHere(args, cli);
  const config = readConfig();
  if (config.databaseUrl !== undefined) return runHere(args, cli);
  const until = Date.now() + PATIENCE_MS;
  for (let told = false; ; ) {
    const server = await reachServer(config.dataDir);
    if (server !== null) return runRemotely(server, args, cli);
    const owner = folderOwner(config.dataDir);
    if (owner === null) {
      // Somebody may take the folder between this look and our hand: nothing has been done yet, so we wait our turn.
      const overtaken = (error: unknown): boolean => error instanceof FolderInUse && Date.now() <= until;
      const code = await runHere(args, cli, overtaken).catch(() => null);
      if (code !== null) return code;
    } else {
      if (Date.now() > until) throw new FolderInUse(config.dataDir, owner);
      if (!told) cli.note(`Waiting for the data folder: process ${owner} has it …`);
      told = true;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
  }
}

const code = await run().catch((error: unknown) => {
  const { text, code: failed } = explain(error);
  process.stderr.write(`${text}\n`);
  return failed;
});
for (const stream of [process.stdout, process.stderr]) {
  if (stream.writableLength > 0) await once(stream, 'drain');
}
// Handles of libraries must not keep a finished command alive.
process.exit(code);
