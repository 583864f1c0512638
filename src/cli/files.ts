import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { type Readable, Writable } from 'node:stream';
import { callbackify } from 'node:util';

/** Node's streams are told by a callback what became of a promise. */
export const settle = callbackify((work: Promise<unknown>) => work);

/** Fails here rather than at the first read. @throws the system's error. */
export async function openFileToRead(path: string): Promise<Readable> {
  const stream = createReadStream(path);
  await once(stream, 'ready');
  return stream;
}

/**
 * A file that only its owner may read. It is written beside its place and takes it when it is complete and on the disk:
 * a backup that fails half-way leaves the one before alone. @throws the system's error.
 */
export async function openFileToWrite(path: string): Promise<Writable> {
  const present = await stat(path).catch(() => null);
  // A pipe or a device is written as it is.
  const target = present !== null && !present.isFile() ? path : `${path}.part`;
  const handle = await open(target, 'w', 0o600);
  let isDone = false;
  const finish = async (): Promise<void> => {
    if (target !== path) await handle.sync();
    await handle.close();
    if (target !== path) await rename(target, path);
    isDone = true;
  };
  const drop = async (): Promise<void> => {
    await handle.close().catch(() => undefined);
    if (target !== path) await rm(target, { force: true });
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => settle(handle.appendFile(chunk), done),
    final: (done) => settle(finish(), done),
    destroy: (error, done) => (isDone ? done(error) : settle(drop(), () => done(error))),
  });
}
