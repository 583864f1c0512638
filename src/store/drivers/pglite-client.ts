import { Worker } from 'node:worker_threads';
import { asMemoryProblem } from '../memory.ts';
import { EmbeddedDatabaseError, type WorkerReply, type WorkerRequest, type WorkerSetup } from './pglite-protocol.ts';

export interface EmbeddedResult {
  readonly rows: readonly unknown[];
  readonly affectedRows: number;
}

/** The embedded database as its users see it: one connection, used by one at a time (`exclusive`). */
export interface EmbeddedDatabase {
  query(sql: string, params: readonly unknown[]): Promise<EmbeddedResult>;
  exec(sql: string): Promise<void>;
  /** Waits for its turn; the connection is the caller's until `release` is called. */
  acquire(): Promise<() => void>;
  close(): Promise<void>;
}

/** Starts the database's thread. The first start of a folder takes some seconds: the cluster is made. */
export async function startPglite(setup: WorkerSetup): Promise<EmbeddedDatabase> {
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: setup });
  const waiting = new Map<number, { resolve: (result: EmbeddedResult) => void; reject: (error: Error) => void }>();
  let failure: Error | null = null;
  const fail = (error: Error): void => {
    failure ??= asMemoryProblem(error);
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(new Error('the embedded database has been closed')));
  worker.on('message', (reply: WorkerReply) => {
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) caller?.reject(new EmbeddedDatabaseError(reply.error));
    else caller?.resolve({ rows: reply.rows, affectedRows: reply.affectedRows });
  });
  let lastId = 0;
  const expect = (id: number): Promise<EmbeddedResult> =>
    new Promise((resolve, reject) => {
      if (failure !== null) reject(failure);
      else waiting.set(id, { resolve, reject });
    });
  const ask = (request: (id: number) => WorkerRequest): Promise<EmbeddedResult> => {
    lastId += 1;
    const answer = expect(lastId);
    worker.postMessage(request(lastId));
    return answer;
  };
  await expect(0);

  let tail: Promise<void> = Promise.resolve();
  const acquire = (): Promise<() => void> => {
    const turn = tail;
    let release: () => void = () => undefined;
    tail = new Promise((resolve) => {
      release = resolve;
    });
    return turn.then(() => release);
  };
  return {
    query: (sql, params) => ask((id) => ({ id, kind: 'query', sql, params })),
    exec: async (sql) => {
      await ask((id) => ({ id, kind: 'exec', sql }));
    },
    acquire,
    close: async () => {
      if (failure !== null) return;
      await ask((id) => ({ id, kind: 'close' }));
      await worker.terminate();
    },
  };
}
