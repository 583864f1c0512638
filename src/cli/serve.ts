import { serve as listen, type ServerType } from '@hono/node-server';
import { createApp } from '../api/app.ts';
import { noticeAddress } from '../engine/link-address.ts';
import { startWorker, type Worker } from '../engine/worker.ts';
import type { WorkerLine } from '../store/worker-line.ts';
import { type ComposeOptions, compose, type Product } from './compose.ts';
import { startMail } from './mail.ts';
import { openLine } from './open-line.ts';
import { type CommandServer, type RunCommand, startCommandServer } from './remote/command-server.ts';

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

export interface ServeOptions extends ComposeOptions {
  readonly worker?: boolean;
  /** With it, commands of this machine are carried out by this server while it has the embedded database. */
  readonly runCommand?: RunCommand;
}

/** How long commands that are being carried out for somebody may still take when the server stops. */
const COMMAND_PATIENCE_MS = 10_000;

/** Web, API, schedule and workers in one process. */
export async function serve(options: ServeOptions): Promise<Running> {
  const product = await compose(options);
  const { config } = product;
  let server: ServerType | undefined;
  let worker: Worker | undefined;
  let line: WorkerLine | undefined;
  let commands: CommandServer | null = null;
  let mail: ReturnType<typeof startMail> | undefined;
  const stop = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      if (server === undefined) return resolve();
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
    await commands?.stop(COMMAND_PATIENCE_MS);
    await worker?.stop();
    await line?.close();
    await mail?.stop();
    await product.close();
  };
  try {
    for (const { name, crm } of await noticeAddress(product.engine))
      options.say?.(
        `Links in ${name} (${crm}) still hold another public address than ${config.url}. They stay as they are; the connection's page offers to rewrite them.`,
      );
    const app = createApp(product.api);
    server = await new Promise<ServerType>((resolve, reject) => {
      const starting = listen({ fetch: app.fetch, port: config.port, hostname: config.host }, () => resolve(starting));
      starting.on('error', (error: NodeJS.ErrnoException) =>
        reject(new CannotListen(config.port, error.code ?? 'error')),
      );
    });
    if (options.runCommand !== undefined && product.engine.store.kind === 'embedded')
      commands = await startCommandServer(product, options.runCommand);
    mail = startMail(product);
    if (options.worker !== false) {
      line = await openLine(product);
      worker = startWorker(product.engine, line.owner);
    }
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
