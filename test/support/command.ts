import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
/** As `bin/node.js` sets it for whoever types a command: what Node.js has made of our sources is kept. */
export const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'node');

export interface CommandOptions {
  /** Its `TANDEM_DATA`. */
  readonly data: string;
  /** Where it is typed; default: the root of the clone. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface EndedCommand {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<EndedCommand>;
  /** Resolves when it has said this on standard error. @throws when it ends without. */
  says(what: string): Promise<void>;
}

/** Starts `tandem …` as a process of its own, with no variable of ours but the `PATH`. */
export function startCommand(args: readonly string[], { data, cwd, env, input }: CommandOptions): StartedCommand {
  const child = spawn(process.execPath, [join(ROOT, 'src', 'cli', 'main.ts'), ...args], {
    cwd: cwd ?? ROOT,
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: COMPILE_CACHE, TANDEM_DATA: data, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A command that reads nothing may be gone before it is written to.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const ended = once(child, 'close').then(
    ([status]): EndedCommand => ({ status: typeof status === 'number' ? status : null, stdout, stderr }),
  );
  const says = async (what: string): Promise<void> => {
    while (!stderr.includes(what)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`it ended without saying "${what}": ${stderr}`);
      await Promise.race([once(child.stderr, 'data'), ended]);
    }
  };
  return { child, ended, says };
}
