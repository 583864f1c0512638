import { readFileSync } from 'node:fs';

/**
 * Less than this and the embedded database cannot work: its first start alone was measured at some 1,200 MB at its peak, of
 * which the system can take back what only mirrors files.
 */
const NEEDED_MB = 400;
/** Node.js and the database's WebAssembly reserve some 30 GB of addresses (no memory) for their guards. */
const ADDRESSES_GB = 48;
const MB = 1024 * 1024;
const GB = 1024 * MB;

const TODO = 'or use a PostgreSQL with DATABASE_URL.';

/** There is not enough memory for the embedded database. */
export class TooLittleMemory extends Error {
  constructor(what: string, cause?: Error) {
    super(`There is too little memory for the embedded database: ${what}`, cause === undefined ? undefined : { cause });
    this.name = 'TooLittleMemory';
  }
}

export interface Memory {
  /** Bytes that are free, a container's limit included. */
  readonly available: number;
  /** Bytes that the process may address (`ulimit -v`); null: as many as it likes. */
  readonly addresses: number | null;
}

/** Before the database is opened: the system would end the process later without a word. @throws TooLittleMemory */
export function mustHaveMemory(
  memory: Memory = { available: process.availableMemory(), addresses: addressLimit() },
): void {
  const { available, addresses } = memory;
  if (addresses !== null && addresses < ADDRESSES_GB * GB)
    throw new TooLittleMemory(
      `this process may address ${Math.floor(addresses / GB)} GB only. Lift the limit (ulimit -v unlimited), ${TODO}`,
    );
  if (available < NEEDED_MB * MB)
    throw new TooLittleMemory(
      `${Math.floor(available / MB)} MB are free, it needs ${NEEDED_MB}. Stop something else, give the machine or container more, ${TODO}`,
    );
}

/** Linux tells it; elsewhere nobody limits addresses. */
function addressLimit(): number | null {
  try {
    const soft = /^Max address space\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined || soft === 'unlimited' ? null : Number(soft);
  } catch {
    return null;
  }
}

/** What the database's thread says when it got none. */
export const asMemoryProblem = (error: Error): Error =>
  /out of memory|could not allocate|cannot allocate|allocation failed|memory limit/i.test(error.message)
    ? new TooLittleMemory(
        `it says "${error.message}". Stop something else, give the machine or container more, ${TODO}`,
        error,
      )
    : error;
