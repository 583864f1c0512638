import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Another process uses this data folder. PGlite itself would let both write, and lose rows. */
export class FolderInUse extends Error {
  constructor(dataDir: string, pid: number) {
    super(
      `The data folder ${dataDir} is in use by another Tandem (process ${pid}). ` +
        'Stop that one first, choose another folder with TANDEM_DATA, or use PostgreSQL with DATABASE_URL.',
    );
    this.name = 'FolderInUse';
  }
}

const LOCK = 'tandem.lock';

/** The data folder cannot be made or written. */
export class FolderNotWritable extends Error {
  constructor(dataDir: string, cause: Error) {
    super(
      `The data folder ${dataDir} cannot be written (${cause.message}). ` +
        'Give this user the right to write it, or choose another with TANDEM_DATA.',
      { cause },
    );
    this.name = 'FolderNotWritable';
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** When that process began, in the kernel's ticks: tells a living owner from another process that got its number. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function owner(path: string): number | null {
  try {
    const [pid, since] = readFileSync(path, 'utf8').trim().split(' ');
    const number = Number(pid);
    if (!Number.isInteger(number) || !isAlive(number)) return null;
    const began = startTime(number);
    return began === null || since === undefined || since === '-' || began === since ? number : null;
  } catch {
    return null;
  }
}

/** The process that has the folder now, or null. */
export const folderOwner = (dataDir: string): number | null => owner(join(dataDir, LOCK));

/**
 * Takes the folder for this process. @returns the function that gives it back.
 * @throws FolderInUse while another living process has it (a dead owner's lock is taken over); FolderNotWritable.
 */
export function lockFolder(dataDir: string): () => void {
  makeFolder(dataDir);
  const path = join(dataDir, LOCK);
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      const handle = openSync(path, 'wx', 0o600);
      writeSync(handle, `${process.pid} ${startTime(process.pid) ?? '-'}\n`);
      closeSync(handle);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      if (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'EPERM')
        throw new FolderNotWritable(dataDir, error);
      if (error.code !== 'EEXIST') throw error;
      const pid = owner(path);
      if (pid !== null) throw new FolderInUse(dataDir, pid);
      rmSync(path, { force: true });
    }
  }
  throw new FolderInUse(dataDir, owner(path) ?? 0);
}

/** Only its owner may look into a folder that we make: it holds everybody's data. */
function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== 'ENOSPC')
      throw new FolderNotWritable(dataDir, error);
    throw error;
  }
}
