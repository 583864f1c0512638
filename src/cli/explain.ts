import { CommanderError } from 'commander';
import { isMessage, say } from '../api/messages/say.ts';
import { problemText } from '../api/problems.ts';
import { ConfigProblem } from '../config.ts';
import { Conflicted, InvalidInput, NotFound } from '../core/invalid-input.ts';

/** What a person is told when a command fails, and its exit code: 1 it failed, 2 it was asked wrongly. */
export interface Explanation {
  readonly text: string;
  readonly code: number;
}

/** By the system's and PostgreSQL's own codes (errno; SQLSTATE, appendix A of its manual). */
const BY_CODE: Readonly<Record<string, (message: string) => Explanation>> = {
  EACCES: (message) => ({ text: `This may not be read or written: ${message}.`, code: 1 }),
  EPERM: (message) => ({ text: `This may not be read or written: ${message}.`, code: 1 }),
  EROFS: (message) => ({ text: `This cannot be written, the disk is read-only: ${message}.`, code: 1 }),
  ENOENT: (message) => ({ text: `There is no such file: ${message}.`, code: 2 }),
  EISDIR: (message) => ({ text: `This is a folder, not a file: ${message}.`, code: 2 }),
  ENOSPC: () => FULL,
  '53100': () => FULL,
  ECONNREFUSED: (message) => ({
    text: `PostgreSQL cannot be reached (${message}). Is it running, and is DATABASE_URL right?`,
    code: 1,
  }),
  ENOTFOUND: (message) => ({ text: `PostgreSQL cannot be found (${message}). Is DATABASE_URL right?`, code: 1 }),
  '28P01': () => ({ text: 'PostgreSQL does not accept the password in DATABASE_URL.', code: 1 }),
  '28000': (message) => ({ text: `PostgreSQL does not let this user in: ${message}.`, code: 1 }),
  '3D000': () => ({ text: 'There is no such database in PostgreSQL. Create it, or correct DATABASE_URL.', code: 1 }),
  '53300': () => ({ text: 'PostgreSQL has no connection left. Raise its max_connections, or stop others.', code: 1 }),
};
const FULL: Explanation = {
  text: 'The disk is full. Make room and start again; what was committed before is kept.',
  code: 1,
};

/** One clear sentence for whatever a command threw. */
export function explain(error: unknown): Explanation {
  if (error instanceof CommanderError) return { text: '', code: error.exitCode === 0 ? 0 : 2 };
  if (error instanceof ConfigProblem) return { text: error.message, code: 2 };
  if (error instanceof InvalidInput) {
    const lines = error.problems.map((one) => `  ${one.path}: ${problemText('en', one)}`);
    return { text: `Some values cannot be used; nothing was changed.\n${lines.join('\n')}`, code: 2 };
  }
  if (error instanceof NotFound) return { text: `There is no such ${error.what}.`, code: 2 };
  if (error instanceof Conflicted) {
    const key = `refused.${error.code}`;
    return { text: isMessage(key) ? say('en', key, error.params) : `This cannot be done: ${error.code}.`, code: 1 };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  return BY_CODE[code ?? '']?.(message) ?? { text: message || String(error), code: 1 };
}
