import type { Socket } from 'node:net';

/**
 * What goes over the socket between a command line and the running server: JSON, one frame a line.
 *
 * The command line says `hello`; the server sends `out`, `note`, `progress` as they come, asks for what only the command
 * line has (`ask`: a variable, standard input, a file) and ends with `exit`. Answers and pieces of files carry the
 * question's number. Pieces of files flow in both directions, one file at a time in practice.
 */
export type Question =
  | { readonly kind: 'variables'; readonly names: readonly string[] }
  | { readonly kind: 'input' }
  | { readonly kind: 'secret'; readonly question: string }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string };

export type Frame =
  | {
      readonly type: 'hello';
      readonly version: string;
      readonly args: readonly string[];
      readonly isTerminal: boolean;
    }
  | { readonly type: 'out' | 'note' | 'progress'; readonly text: string }
  | { readonly type: 'exit'; readonly code: number }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'fault'; readonly id: number; readonly code: string | undefined; readonly message: string }
  /** A piece of a file, base64. */
  | { readonly type: 'piece'; readonly id: number; readonly data: string }
  | { readonly type: 'end'; readonly id: number }
  /** The reader has enough. */
  | { readonly type: 'stop'; readonly id: number };

/** Longer lines than any that we send end the connection: memory is bounded. */
const LINE_MAX = 4 * 1024 * 1024;

export interface Frames {
  /** Resolves when the other side keeps up. */
  send(frame: Frame): Promise<void>;
}

/** Reads frames from a socket and writes them; a line that is none ends the connection. */
export function frames(socket: Socket, onFrame: (frame: Frame) => void): Frames {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_MAX) return void socket.destroy(new Error('a frame is too long'));
    for (const line of lines) {
      try {
        // Only our own program speaks on this socket (mode 0600), and its version was compared.
        onFrame(JSON.parse(line) as Frame);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
        return;
      }
    }
  });
  return {
    send: async (frame) => {
      if (socket.destroyed || socket.writableEnded) return;
      if (!socket.write(`${JSON.stringify(frame)}\n`)) await drained(socket);
    },
  };
}

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
