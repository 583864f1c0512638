import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PREPARED_FOLDER } from './prepared.ts';

/**
 * A data folder of its own whose database is there, as after a first start, with nothing in it: making one takes seconds of
 * a core, and is tested where that is the point. @returns its path; the caller removes it.
 */
export function preparedDataFolder(name: string): string {
  return prepareDataFolder(mkdtempSync(join(tmpdir(), `tandem-${name}-`)));
}

/** The same at a path of the caller's. */
export function prepareDataFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const prepared = process.env[PREPARED_FOLDER];
  // Without vitest's global set-up the first start makes it.
  if (prepared !== undefined) cpSync(prepared, join(folder, 'database'), { recursive: true });
  return folder;
}
