import { createHash } from 'node:crypto';
import { openSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The kernel's own limit (`sun_path`): 108 bytes on Linux, 104 on macOS, one of them for the closing zero. */
const PATH_MAX = process.platform === 'darwin' ? 103 : 107;

/**
 * Where the running server of a data folder listens for the command line: a socket in the folder, or a named pipe on
 * Windows. A folder with a long name is reached through `/proc/self/fd`, whose names are short.
 * @returns null where neither is possible.
 */
export function socketPath(dataDir: string): string | null {
  const folder = resolve(dataDir);
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\tandem-${createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 32)}`;
  const path = join(folder, 'tandem.sock');
  if (Buffer.byteLength(path) <= PATH_MAX) return path;
  if (process.platform !== 'linux') return null;
  return `/proc/self/fd/${folderHandle(folder)}/tandem.sock`;
}

/** Stays open for as long as the process lives: the path leads through it. */
const handles = new Map<string, number>();
function folderHandle(folder: string): number {
  const handle = handles.get(folder) ?? openSync(folder, 'r');
  handles.set(folder, handle);
  return handle;
}
