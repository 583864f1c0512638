import { connect, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Cli } from '../cli.ts';
import { version } from '../version.ts';
import { type Frame, type Frames, frames, type Question } from './frames.ts';
import { socketPath } from './socket-path.ts';

/** A connection to the server that has this data folder; null: nobody listens there. */
export async function reachServer(dataDir: string): Promise<Socket | null> {
  const path = socketPathOrNull(dataDir);
  if (path === null) return null;
  return new Promise((resolve) => {
    const socket = connect(path);
    // No such file, a file that a dead server left behind, or one that is not ours to use: as good as none.
    socket.once('error', () => resolve(null));
    socket.once('connect', () => resolve(socket));
  });
}

function socketPathOrNull(dataDir: string): string | null {
  try {
    return socketPath(dataDir);
  } catch {
    return null; // the folder is not there yet
  }
}

/** Has the command carried out by the running server, as if it ran here. @returns its exit code. */
export function runRemotely(socket: Socket, args: readonly string[], cli: Cli): Promise<number> {
  return new Promise((resolve) => {
    let code: number | null = null;
    const files = new Files(cli);
    const line = frames(socket, (frame) => {
      if (frame.type === 'exit') code = frame.code;
      else if (frame.type === 'out' || frame.type === 'note' || frame.type === 'progress') cli[frame.type](frame.text);
      else if (frame.type === 'ask') void files.answer(frame.id, frame.question, line);
      else files.take(frame, line, socket);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (code === null) cli.note('The running Tandem stopped before the command was done.');
      resolve(code ?? 1);
    });
    void line.send({ type: 'hello', version, args, isTerminal: cli.isTerminal });
  });
}

/** What the server asks for, answered with the rights, the folder and the variables of whoever typed the command. */
class Files {
  readonly #cli: Cli;
  readonly #reading = new Map<number, Readable>();
  readonly #writing = new Map<number, Writable>();

  constructor(cli: Cli) {
    this.#cli = cli;
  }

  async answer(id: number, question: Question, line: Frames): Promise<void> {
    try {
      if (question.kind === 'read') await this.#read(id, question.path, line);
      else if (question.kind === 'write') await this.#write(id, question.path, line);
      else await line.send({ type: 'answer', id, value: await this.#say(question) });
    } catch (error) {
      await this.#fault(id, error, line);
    }
  }

  take(frame: Frame, line: Frames, socket: Socket): void {
    if (frame.type === 'stop') this.#reading.get(frame.id)?.destroy();
    else if (frame.type === 'end') this.#writing.get(frame.id)?.end();
    else if (frame.type === 'piece') {
      const file = this.#writing.get(frame.id);
      // Several pieces may have come at once: the file is waited for once.
      if (file?.write(Buffer.from(frame.data, 'base64')) !== false || socket.isPaused()) return;
      socket.pause();
      const goOn = (): void => {
        file.off('drain', goOn).off('close', goOn);
        socket.resume();
      };
      file.on('drain', goOn).on('close', goOn);
    }
  }

  async #say(question: Exclude<Question, { kind: 'read' | 'write' }>): Promise<unknown> {
    if (question.kind === 'variables') return this.#cli.variables(question.names);
    return question.kind === 'input' ? this.#cli.readInput() : this.#cli.askSecret(question.question);
  }

  async #read(id: number, path: string, line: Frames): Promise<void> {
    const file = await this.#cli.openRead(path);
    this.#reading.set(id, file);
    await line.send({ type: 'answer', id, value: null });
    try {
      // A file stream without an encoding gives buffers.
      for await (const chunk of file)
        await line.send({ type: 'piece', id, data: (chunk as Buffer).toString('base64') });
      await line.send({ type: 'end', id });
    } finally {
      this.#reading.delete(id);
    }
  }

  async #write(id: number, path: string, line: Frames): Promise<void> {
    const file = await this.#cli.openWrite(path);
    this.#writing.set(id, file);
    file.once('error', (error) => void this.#fault(id, error, line));
    file.once('finish', () => void line.send({ type: 'answer', id, value: null }));
    file.once('close', () => this.#writing.delete(id));
    await line.send({ type: 'answer', id, value: null });
  }

  async #fault(id: number, error: unknown, line: Frames): Promise<void> {
    const { code, message } = error as NodeJS.ErrnoException;
    await line.send({ type: 'fault', id, code, message: message ?? String(error) });
  }
}
