import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type RawBuilder, sql } from 'kysely';
import pg from 'pg';
import type { Clock } from '../platform/clock.ts';
import type { Queryable, Store } from './db.ts';

const CHANNEL = 'tandem_wake';
/** Owners who are called so hold a lock for as long as their process lives. */
const HELD = 'held:';
const AGAIN_MS = 1_000;

/** Tells the workers of other processes that something waits. Lost or doubled, it changes nothing (R30b). */
export async function tellWorkers(q: Queryable, from: string): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, ${from})`.execute(q);
}

/** `owner` once held a lock, and holds it no more: its process has ended, or its line is broken. On PostgreSQL only. */
export const hasLetGo = (
  owner: RawBuilder<unknown>,
): RawBuilder<boolean> => sql`(${owner} like ${`${HELD}%`} and not exists (
  select 1 from pg_locks l
   where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
     and l.database = (select oid from pg_database where datname = current_database())
     and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended(${owner}, 33)))`;

/**
 * A worker's own connection to PostgreSQL, by which it hears what other processes tell, and whose lock says that it lives:
 * the lock is the session's, so it goes with the process, however that ends, and stays while the process merely stands still.
 */
export interface WorkerLine {
  /** Who this worker is to the leases. */
  readonly owner: string;
  close(): Promise<void>;
}

export interface LineOptions {
  /** What this process calls itself in `tellWorkers`: it does not hear itself. */
  readonly self: string;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Something waits, or may have been missed while the line was broken. */
  readonly onWake: () => void;
}

/** Opens the line; it mends itself until it is closed. @throws the driver's error when PostgreSQL cannot be reached now. */
export async function openWorkerLine(store: Store, options: LineOptions): Promise<WorkerLine> {
  if (!('pool' in store.raw)) throw new Error('the embedded database has one process, which wakes itself');
  // Process ids alone are 1 in every container.
  const owner = `${HELD}${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const closing = new AbortController();
  const { pool } = store.raw;
  let session = newSession(pool, owner, options);
  await session.ready;
  const mending = (async () => {
    while (!closing.signal.aborted) {
      await session.ended;
      if (closing.signal.aborted) return;
      session = newSession(pool, owner, options);
      const isReady = await session.ready.then(
        () => true,
        () => false,
      );
      if (isReady) options.onWake();
      else await options.clock.sleep(AGAIN_MS, closing.signal).catch(() => undefined);
    }
  })();
  return {
    owner,
    close: async () => {
      closing.abort();
      await session.end();
      await mending;
    },
  };
}

interface Session {
  /** It listens and has the lock. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  end(): Promise<void>;
}

function newSession({ options: pool }: pg.Pool, owner: string, { self, onWake }: LineOptions): Session {
  const { connectionString, application_name } = pool;
  // A line that is silent for long is asked whether it is there: nobody says anything on it for hours.
  const client = new pg.Client({
    connectionString,
    application_name,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  const ended = new Promise<void>((resolve) => {
    client.once('end', () => resolve());
  });
  // Without a listener a connection that breaks would end the process; what follows is `end`.
  client.on('error', () => undefined);
  client.on('notification', ({ payload }) => {
    if (payload !== self) onWake();
  });
  const end = async (): Promise<void> => {
    await client.end().catch(() => undefined);
  };
  const ready = (async () => {
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      // Waits while the server still takes a broken session of ours for alive.
      await client.query('select pg_advisory_lock(hashtextextended($1, 33))', [owner]);
    } catch (error) {
      await end();
      throw error;
    }
  })();
  return { ready, ended, end };
}
