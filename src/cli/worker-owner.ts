import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * Who a worker is to the leases (R35). On one PostgreSQL no two processes may be the same, and a process id alone is: in
 * containers it is 1 for all. An embedded database has one process at a time, which takes up at once what the last one left.
 */
export const workerOwner = (databaseUrl: string | undefined): string =>
  databaseUrl === undefined ? 'embedded' : `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
