import { createServer } from 'node:net';

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

let next = 0;

/**
 * A port of this machine that nobody listens on, for a server that has to know its address before it starts. It lies below
 * those that a system gives to outgoing connections, any of which may be taken at any moment, and each process looks elsewhere.
 */
export async function freePort(): Promise<number> {
  for (; next < 1_000; next += 1) {
    const port = 10_000 + ((process.pid * 37 + next) % 20_000);
    if (!(await isFree(port))) continue;
    next += 1;
    return port;
  }
  throw new Error('no port is free');
}
