import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { Conflicted } from '../core/invalid-input.ts';
import { startWorker } from '../engine/worker.ts';
import type { Cli } from './cli.ts';
import { compose } from './compose.ts';
import { emulate } from './emulate.ts';
import { startMail } from './mail.ts';
import { openLine } from './open-line.ts';
import type { RunCommand } from './remote/command-server.ts';
import { serve, setupLink } from './serve.ts';
import { version } from './version.ts';

/** `serve`, `worker`, `emulate`: they run until they are stopped. */
export function addProcessCommands(program: Command, cli: Cli, runCommand: RunCommand): void {
  program
    .command('serve')
    .description('web, API, schedule and workers in one process')
    .option('--no-worker', 'web and API only')
    .action(async (options: { worker: boolean }) => {
      const running = await serve({ worker: options.worker, say: cli.note, runCommand });
      const link = await setupLink(running.product);
      cli.note(`Tandem ${version} is ready: ${running.product.config.url}`);
      if (link !== null) cli.note(`Make the first administrator here (once): ${link}`);
      await untilStopped();
      await running.stop();
    });
  program
    .command('worker')
    .description('workers only, as many processes as wanted on one PostgreSQL')
    .action(async () => {
      if (readConfig().databaseUrl === undefined) throw new Conflicted('worker_needs_postgres');
      const product = await compose({ say: cli.note });
      const line = await openLine(product);
      const worker = startWorker(product.engine, line.owner);
      const mail = startMail(product);
      cli.note('The worker is ready.');
      await untilStopped();
      await worker.stop();
      await line.close();
      await mail.stop();
      await product.close();
    });
  program
    .command('emulate <crm>')
    .description('one emulated CRM')
    .option('--port <port>', 'where', '4100')
    .option('--people <file>', 'sample people as CSV')
    .action(async (crm: string, options: { port: string; people?: string }) => {
      const server = await emulate(crm, { port: Number(options.port), people: options.people }, cli.note);
      cli.out(JSON.stringify(server.settings));
      await untilStopped();
      await server.stop();
    });
}

async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
