import { createReadStream, createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { isMessage, say as translate } from '../api/messages/say.ts';
import { ConfigProblem } from '../config.ts';
import { Conflicted, InvalidInput, NotFound } from '../core/invalid-input.ts';
import { startWorker } from '../engine/worker.ts';
import { exportCsv } from '../hub/export-csv.ts';
import { importCsv } from '../hub/import-csv.ts';
import { backup, restore } from '../store/backup.ts';
import { compose, version } from './compose.ts';
import { doctor } from './doctor.ts';
import { emulate } from './emulate.ts';
import { addPeopleCommands } from './people.ts';
import { serve, setupLink } from './serve.ts';
import { addSettingsCommands } from './settings.ts';
import { addSyncCommands } from './sync.ts';
import { withProduct } from './with-product.ts';

const note = (text: string): void => void process.stderr.write(`${text}\n`);

const program = new Command('tandem')
  .description("Keeps a marketing hub's contacts in step with the sales team's CRM, both ways.")
  .version(version)
  .exitOverride()
  .showHelpAfterError();

program
  .command('serve')
  .description('web, API, schedule and workers in one process')
  .option('--no-worker', 'web and API only')
  .action(async (options: { worker: boolean }) => {
    const running = await serve({ worker: options.worker, say: note });
    const link = await setupLink(running.product);
    note(`Tandem ${version} is ready: ${running.product.config.url}`);
    if (link !== null) note(`Make the first administrator here (once): ${link}`);
    await untilStopped(() => running.stop());
  });
program
  .command('worker')
  .description('workers only, as many processes as wanted on one PostgreSQL')
  .action(async () => {
    const product = await compose({ say: note });
    if (product.engine.store.kind === 'embedded') throw new Conflicted('worker_needs_postgres');
    const worker = startWorker(product.engine, `${process.pid}`);
    note('The worker is ready.');
    await untilStopped(async () => {
      await worker.stop();
      await product.close();
    });
  });
program
  .command('migrate')
  .description('bring the schema up to date')
  .action(() => withProduct(async () => note('The schema is up to date.')));
program
  .command('doctor')
  .description('checks, with what to do about each finding')
  .option('--json')
  .action((options: { json?: boolean }) => withProduct((product) => doctor(product, options.json === true)));
program
  .command('version')
  .description('which version this is')
  .action(() => void process.stdout.write(`${version}\n`));
program
  .command('setup-link')
  .description('a new link for the first administrator')
  .action(() =>
    withProduct(async (product) => {
      const link = await setupLink(product);
      if (link === null) throw new Conflicted('setup_done');
      process.stdout.write(`${link}\n`);
    }),
  );
program
  .command('backup <file>')
  .description('a logical copy while running, readable by both databases')
  .action((file: string) =>
    withProduct(async ({ engine, key }) => {
      const header = await backup(engine.store, file, { version, keyId: key.id, now: engine.clock.now() });
      note(
        `${Object.values(header.tables).reduce((sum, count) => sum + count, 0)} rows are in ${file}. Keep the secret key beside it: without it the credentials must be entered again.`,
      );
    }),
  );
program
  .command('restore <file>')
  .description('reads a backup into an empty database; afterwards everything is quiet')
  .action((file: string) =>
    withProduct(async ({ engine, key }) => {
      const { credentialsLost } = await restore(engine.store, file, { keyId: key.id, now: engine.clock.now() });
      note('Restored. All connections are paused: if this is the live instance, say so with: tandem resume');
      if (credentialsLost.length > 0)
        note(
          `The backup was made with another secret key. Enter the credentials again for: ${credentialsLost.join(', ')}`,
        );
    }),
  );
program
  .command('import <file>')
  .description('hub contacts from a CSV file')
  .option('--map <heading=field...>', 'columns that are not recognised')
  .option('--empty <leave|clear>', 'what an empty cell means', 'leave')
  .option('--list-date <date>', 'how old the list is (YYYY-MM-DD)')
  .option('--json')
  .action((file: string, options: { map?: string[]; empty: 'leave' | 'clear'; listDate?: string; json?: boolean }) =>
    withProduct(async ({ engine }) => {
      const columns = Object.fromEntries((options.map ?? []).map((pair) => pair.split('=', 2) as [string, string]));
      const listDate = options.listDate === undefined ? null : Date.parse(options.listDate);
      const report = await importCsv(engine.store, createReadStream(file), {
        columns,
        empty: options.empty,
        listDate,
        source: basename(file),
        now: () => engine.clock.now(),
        newId: () => engine.ids.next('ct'),
        onProgress: (rows) => process.stderr.write(`\r${rows} rows`),
      });
      note('');
      if (options.json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
      else
        note(
          `${report.created} created, ${report.updated} updated, ${report.unchanged} unchanged, ${report.badCount} with problems`,
        );
      for (const bad of report.bad.slice(0, 20))
        note(`line ${bad.line}: ${bad.problems.map((one) => `${one.path} ${one.code}`).join(', ')}`);
      if (report.badCount > 0) process.exitCode = 3;
    }),
  );
program
  .command('export <file>')
  .description('all hub contacts as CSV')
  .action((file: string) =>
    withProduct(async ({ engine, config }) =>
      note(`${await exportCsv(engine.store, createWriteStream(file), config.url)} contacts`),
    ),
  );
program
  .command('emulate <crm>')
  .description('one emulated CRM')
  .option('--port <port>', 'where', '4100')
  .option('--people <file>', 'sample people as CSV')
  .action((crm: string, options: { port: string; people?: string }) =>
    emulate(crm, { port: Number(options.port), people: options.people }, note),
  );
addSyncCommands(program);
addSettingsCommands(program);
addPeopleCommands(program);

async function untilStopped(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await stop();
}

/** Errors that reach a person say what happened and what to do; the exit code says which kind. */
function explain(error: unknown): { text: string; code: number } {
  if (error instanceof CommanderError) return { text: '', code: error.exitCode === 0 ? 0 : 2 };
  if (error instanceof ConfigProblem) return { text: error.message, code: 2 };
  if (error instanceof InvalidInput) {
    const lines = error.problems.map((one) => {
      const key = `input.${one.code}`;
      return `  ${one.path}: ${isMessage(key) ? translate('en', key, one.params) : String(one.params['message'] ?? one.code)}`;
    });
    return { text: `Some values cannot be used; nothing was changed.\n${lines.join('\n')}`, code: 2 };
  }
  if (error instanceof NotFound) return { text: `There is no such ${error.what}.`, code: 2 };
  if (error instanceof Conflicted) {
    const key = `refused.${error.code}`;
    return {
      text: isMessage(key) ? translate('en', key, error.params) : `This cannot be done: ${error.code}.`,
      code: 1,
    };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EROFS')
    return { text: `The data folder cannot be written: ${message}. Choose another with TANDEM_DATA.`, code: 1 };
  if (code === 'ENOSPC') return { text: 'The disk is full. Make room and start again; nothing was lost.', code: 1 };
  if (code === 'ECONNREFUSED')
    return { text: `PostgreSQL cannot be reached (${message}). Is it running, and is DATABASE_URL right?`, code: 1 };
  return { text: message ?? String(error), code: 1 };
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  const { text, code } = explain(error);
  if (text !== '') note(text);
  process.exitCode = code;
}
// Handles of libraries must not keep a finished command alive.
if (!['serve', 'worker', 'emulate'].includes(process.argv[2] ?? '')) process.exit();
