import { serve as listen, type ServerType } from '@hono/node-server';
import { createApp } from '../api/app.ts';
import { startWorker, type Worker } from '../engine/worker.ts';
import { type ComposeOptions, compose, type Product } from './compose.ts';

export interface Running {
  readonly product: Product;
  stop(): Promise<void>;
}

/** The port is taken, or may not be used. */
export class CannotListen extends Error {
  constructor(port: number, code: string) {
    super(
      code === 'EADDRINUSE'
        ? `Port ${port} is in use by another program. Stop it, or choose another one: PORT=${port + 1} npm start`
        : `Tandem cannot listen on port ${port} (${code}).`,
    );
    this.name = 'CannotListen';
  }
}

/** Web, API, schedule and workers in one process. */
export async function serve(options: ComposeOptions & { readonly worker?: boolean }): Promise<Running> {
  const product = await compose(options);
  const { config } = product;
  let server: ServerType | undefined;
  let worker: Worker | undefined;
  const stop = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      if (server === undefined) return resolve();
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
    await worker?.stop();
    await product.close();
  };
  try {
    const app = createApp(product.api);
    server = await new Promise<ServerType>((resolve, reject) => {
      const starting = listen({ fetch: app.fetch, port: config.port, hostname: config.host }, () => resolve(starting));
      starting.on('error', (error: NodeJS.ErrnoException) =>
        reject(new CannotListen(config.port, error.code ?? 'error')),
      );
    });
    if (options.worker !== false) worker = startWorker(product.engine, `${process.pid}`);
    return { product, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A link with which the first administrator is made; null when there is one. */
export async function setupLink(product: Product): Promise<string | null> {
  const code = await product.api.signIn.createSetupCode();
  return code === null ? null : `${product.config.url}/setup#${code}`;
}
