import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { environment } from '../config.ts';
import { askHidden } from './ask-hidden.ts';
import type { Product } from './compose.ts';
import { openFileToRead, openFileToWrite } from './files.ts';

/**
 * What a command reads from, writes to and works on. Two make it: this process (`localCli`), and a running server for the
 * command line at the other end of its socket (`remote/command-server.ts`). A command never touches `process` itself, so
 * it cannot tell which one it has.
 */
export interface Cli {
  /** A line of the result, on standard output. */
  readonly out: (line: string) => void;
  /** A line beside the result, on standard error. */
  readonly note: (line: string) => void;
  /** Overwrites the line before: only where somebody looks at it. */
  readonly progress: (line: string) => void;
  /** Is standard output a terminal? Colour and progress are for those. */
  readonly isTerminal: boolean;
  /** Exit code when nothing is thrown: 0 done, 1 failed, 3 done with rejections or differences, 4 paused. */
  readonly setExit: (code: number) => void;
  /** All of standard input. */
  readonly readInput: () => Promise<string>;
  /** Asks on the terminal without showing what is typed. @throws NoTerminal where nobody can answer. */
  readonly askSecret: (question: string) => Promise<string>;
  /** Variables of whoever typed the command, for `${NAME}` in files. */
  readonly variables: (names: readonly string[]) => Promise<Readonly<Record<string, string | undefined>>>;
  /** Files of whoever typed the command: in their folder, with their rights. @throws the system's error. */
  readonly openRead: (path: string) => Promise<Readable>;
  /** A file that nobody else may read; it replaces one of that name only once it is complete. @throws the system's error. */
  readonly openWrite: (path: string) => Promise<Writable>;
  /** Opens everything, does one thing, closes everything; on a running server: uses what is open. */
  readonly withProduct: <T>(work: (product: Product) => Promise<T>) => Promise<T>;
}

/** A command of this very process. */
export function localCli(): Cli & { exit(): number } {
  let code = 0;
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    progress: (line) => void (process.stderr.isTTY && process.stderr.write(`\r\u001b[K${line}`)),
    isTerminal: process.stdout.isTTY,
    setExit: (next) => {
      code = next;
    },
    exit: () => code,
    readInput: () => text(process.stdin),
    askSecret: askHidden,
    variables: async (names) => Object.fromEntries(names.map((name) => [name, environment[name]])),
    openRead: openFileToRead,
    openWrite: openFileToWrite,
    withProduct: async (work) => {
      const { compose } = await import('./compose.ts');
      const product = await compose();
      try {
        return await work(product);
      } finally {
        await product.close();
      }
    },
  };
}
