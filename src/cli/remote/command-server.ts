import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import type { Cli } from '../cli.ts';
import type { Product } from '../compose.ts';
import { settle } from '../files.ts';
import { version } from '../version.ts';
import { type Frame, type Frames, frames, type Question } from './frames.ts';
import { socketPath } from './socket-path.ts';

/** Runs one command and says how it ended. */
export type RunCommand = (args: readonly string[], cli: Cli & { exit(): number }) => Promise<number>;

export interface CommandServer {
  /** Takes no more commands and waits for those that run, at most `patienceMs`. */
  stop(patienceMs: number): Promise<void>;
}

/**
 * Listens for the command line while this process has the embedded database: a second process may not open the folder
 * (stack.md, trap 2), so the very same commands run here, and write over there. Only the owner of the folder (and root)
 * can reach the socket. @returns null where no socket can be made; the start goes on without.
 */
export async function startCommandServer(product: Product, run: RunCommand): Promise<CommandServer | null> {
  const { config, engine } = product;
  const path = socketPath(config.dataDir);
  if (path === null) return null;
  const isFile = process.platform !== 'win32';
  // The folder's lock is ours, so whoever made this file is gone.
  if (isFile) rmSync(path, { force: true });
  const open = new Map<Socket, Promise<void>>();
  const server = createServer((socket) => {
    const work = serveOne(socket, product, run)
      .catch((error: unknown) => engine.log.error({ err: error }, 'a command could not be carried out'))
      .finally(() => open.delete(socket));
    open.set(socket, work);
  });
  try {
    await listen(server, path, isFile);
  } catch (error) {
    server.close();
    engine.log.warn({ err: error }, 'the command line cannot talk to this server');
    return null;
  }
  server.unref();
  return {
    stop: async (patienceMs) => {
      server.close();
      const patience = new AbortController();
      await Promise.race([
        Promise.all(open.values()),
        engine.clock.sleep(patienceMs, patience.signal).catch(() => undefined),
      ]);
      patience.abort();
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

async function listen(server: Server, path: string, isFile: boolean): Promise<void> {
  // Between `bind` and `chmod` others could connect: the file is made without their rights from the start.
  const before = isFile ? process.umask(0o177) : null;
  const listening = once(server, 'listening');
  server.listen(path); // binds at once, tells about it later
  if (before !== null) process.umask(before);
  await listening;
  if (isFile) chmodSync(path, 0o600);
}

async function serveOne(socket: Socket, product: Product, run: RunCommand): Promise<void> {
  let begin: (hello: Extract<Frame, { type: 'hello' }>) => void = () => undefined;
  const hello = new Promise<Extract<Frame, { type: 'hello' }>>((resolve) => {
    begin = resolve;
  });
  const far = new FarEnd(socket, (frame) => frame.type === 'hello' && begin(frame));
  socket.on('error', () => undefined); // it closes, which is what counts
  const closed = new Promise<null>((resolve) => {
    socket.once('close', () => resolve(null));
  });
  const first = await Promise.race([hello, closed]);
  if (first === null) return;
  const code = await carryOut(first, far, product, run);
  await far.frames.send({ type: 'exit', code });
  socket.end();
}

async function carryOut(
  hello: Extract<Frame, { type: 'hello' }>,
  far: FarEnd,
  product: Product,
  run: RunCommand,
): Promise<number> {
  if (hello.version !== version) {
    await far.frames.send({
      type: 'note',
      text: `The running Tandem is version ${version}, this command is version ${hello.version}. Restart the server, then try again.`,
    });
    return 1;
  }
  return run(hello.args, remoteCli(far, product, hello.isTerminal));
}

/** The command line at the other end, as a command sees it. */
function remoteCli(far: FarEnd, product: Product, isTerminal: boolean): Cli & { exit(): number } {
  let code = 0;
  const say = (type: 'out' | 'note' | 'progress') => (text: string) => void far.frames.send({ type, text });
  return {
    out: say('out'),
    note: say('note'),
    progress: say('progress'),
    isTerminal,
    setExit: (next) => {
      code = next;
    },
    exit: () => code,
    readInput: async () => String(await far.ask({ kind: 'input' })),
    askSecret: async (question) => String(await far.ask({ kind: 'secret', question })),
    variables: async (names) =>
      // The command line answers this question with exactly such an object.
      (await far.ask({ kind: 'variables', names })) as Record<string, string | undefined>,
    openRead: (path) => far.openRead(path),
    openWrite: (path) => far.openWrite(path),
    withProduct: (work) => work(product),
  };
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Questions to the command line, and its files as streams. */
class FarEnd {
  readonly frames: Frames;
  readonly #socket: Socket;
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();
  readonly #reading = new Map<number, Readable>();
  readonly #writing = new Map<number, Waiting>();

  constructor(socket: Socket, onOther: (frame: Frame) => void) {
    this.#socket = socket;
    this.frames = frames(socket, (frame) => this.#take(frame, onOther));
    socket.once('close', () => this.#giveUp());
  }

  ask(question: Question): Promise<unknown> {
    return this.#question(question).answer;
  }

  async openRead(path: string): Promise<Readable> {
    const { id, answer: opened } = this.#question({ kind: 'read', path });
    const stream = new Readable({
      read: () => void this.#socket.resume(),
      destroy: (error, done) => {
        if (this.#reading.delete(id)) void this.frames.send({ type: 'stop', id });
        this.#socket.resume();
        done(error);
      },
    });
    // It may fail before its reader listens; the reader is told all the same.
    stream.on('error', () => undefined);
    this.#reading.set(id, stream);
    await opened.catch((error: Error) => {
      this.#reading.delete(id);
      throw error;
    });
    return stream;
  }

  async openWrite(path: string): Promise<Writable> {
    const { id, answer: opened } = this.#question({ kind: 'write', path });
    // The end of the file, or what went wrong with it, is the second answer to the same question.
    const finished = new Promise<unknown>((resolve, reject) => {
      this.#writing.set(id, { resolve, reject });
    });
    const stream: Writable = new Writable({
      write: (chunk: Buffer, _encoding, done) =>
        settle(this.frames.send({ type: 'piece', id, data: chunk.toString('base64') }), done),
      final: (done) => {
        void this.frames.send({ type: 'end', id });
        settle(finished, done);
      },
    });
    stream.on('error', () => undefined);
    finished.catch((error: Error) => stream.destroy(error));
    await opened;
    return stream;
  }

  #question(question: Question): { readonly id: number; readonly answer: Promise<unknown> } {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = this.#expect(id);
    void this.frames.send({ type: 'ask', id, question });
    return { id, answer };
  }

  #expect(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) reject(new Error('the command line went away'));
      else this.#waiting.set(id, { resolve, reject });
    });
  }

  #take(frame: Frame, onOther: (frame: Frame) => void): void {
    if (frame.type === 'piece') {
      // A full buffer stops the socket until the reader asks for more.
      if (this.#reading.get(frame.id)?.push(Buffer.from(frame.data, 'base64')) === false) this.#socket.pause();
    } else if (frame.type === 'end') {
      const stream = this.#reading.get(frame.id);
      this.#reading.delete(frame.id);
      stream?.push(null);
    } else if (frame.type === 'answer' || frame.type === 'fault') {
      const isFirst = this.#waiting.has(frame.id);
      const map = isFirst ? this.#waiting : this.#writing;
      const asked = map.get(frame.id);
      map.delete(frame.id);
      if (frame.type === 'answer') asked?.resolve(frame.value);
      else {
        const error = Object.assign(new Error(frame.message), frame.code === undefined ? {} : { code: frame.code });
        asked?.reject(error);
        if (isFirst) this.#writing.delete(frame.id);
        this.#reading.get(frame.id)?.destroy(error);
      }
    } else onOther(frame);
  }

  #giveUp(): void {
    const error = new Error('the command line went away');
    for (const map of [this.#waiting, this.#writing]) {
      for (const { reject } of map.values()) reject(error);
      map.clear();
    }
    for (const stream of this.#reading.values()) stream.destroy(error);
  }
}
