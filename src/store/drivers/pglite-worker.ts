/**
 * The embedded database's thread (an aggregate over a million rows must not stop the web server). It runs one statement
 * at a time, as it is told; transactions are the client's `begin` and `commit`.
 */
import { fdatasyncSync, openAsBlob } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import type { WorkerReply, WorkerRequest, WorkerSetup } from './pglite-protocol.ts';

// The thread is only ever started by `pglite-client.ts`, with exactly this.
const setup = workerData as WorkerSetup;
const port = parentPort;
if (port === null) throw new Error('pglite-worker.ts runs as a worker thread only');

interface EmscriptenStream {
  readonly nfd: number;
}
type NodeFsInit = NodeFS['init'];

/**
 * NodeFS that reaches the disk. As shipped PGlite never calls fsync (electric-sql/pglite#1107): Emscripten's NODEFS has
 * no such stream operation, so PostgreSQL's request ends nowhere and a power cut loses commits.
 */
class DurableNodeFS extends NodeFS {
  override async init(...args: Parameters<NodeFsInit>): ReturnType<NodeFsInit> {
    const { emscriptenOpts } = await super.init(...args);
    const addFsync = (module: unknown): void => {
      // PGlite hands Emscripten's module to preRun; its file systems are not in the types.
      const { FS } = module as { FS: { filesystems: { NODEFS: { stream_ops: Record<string, unknown> } } } };
      FS.filesystems.NODEFS.stream_ops['fsync'] = (stream: EmscriptenStream) => fdatasyncSync(stream.nfd);
    };
    const preRun = emscriptenOpts.preRun;
    const steps = Array.isArray(preRun) ? preRun : preRun === undefined ? [] : [preRun];
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [addFsync, ...steps] } };
  }
}

/** PGlite's own start parameters hold `-F`, which switches fsync off. */
const startParams = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
];

const db = await openCluster();

port.on('message', (request: WorkerRequest) => {
  void answer(request).then((reply) => port.postMessage(reply));
});
port.postMessage({ id: 0, rows: [], affectedRows: 0 } satisfies WorkerReply);

async function openCluster(): Promise<PGlite> {
  if (setup.dataDir !== null) return PGlite.create({ fs: new DurableNodeFS(setup.dataDir), startParams });
  return setup.prepared === null
    ? PGlite.create()
    : PGlite.create({ loadDataDir: await openAsBlob(setup.prepared, { type: 'application/x-tar' }) });
}

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  try {
    if (request.kind === 'close') {
      await db.close();
      return { id: request.id, rows: [], affectedRows: 0 };
    }
    if (request.kind === 'exec') {
      await db.exec(request.sql);
      return { id: request.id, rows: [], affectedRows: 0 };
    }
    const { rows, affectedRows } = await db.query(request.sql, [...request.params]);
    return { id: request.id, rows, affectedRows: affectedRows ?? 0 };
  } catch (error) {
    const { message, code, constraint, detail, table } = error as Record<string, string | undefined>;
    return { id: request.id, error: { message: message ?? String(error), code, constraint, detail, table } };
  }
}
