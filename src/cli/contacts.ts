import { basename } from 'node:path';
import type { Command } from 'commander';
import { exportCsv } from '../hub/export-csv.ts';
import { importCsv } from '../hub/import-csv.ts';
import type { Cli } from './cli.ts';

interface ImportFlags {
  readonly map?: string[];
  readonly empty: 'leave' | 'clear';
  readonly listDate?: string;
  readonly json?: boolean;
}

/** `import`, `export`: hub contacts. */
export function addContactCommands(program: Command, cli: Cli): void {
  program
    .command('import <file>')
    .description('hub contacts from a CSV file')
    .option('--map <heading=field...>', 'columns that are not recognised')
    .option('--empty <leave|clear>', 'what an empty cell means', 'leave')
    .option('--list-date <date>', 'how old the list is (YYYY-MM-DD)')
    .option('--json')
    .action((file: string, options: ImportFlags) => importFile(cli, file, options));
  program
    .command('export <file>')
    .description('all hub contacts as CSV')
    .option('--json')
    .action((file: string, options: { json?: boolean }) =>
      cli.withProduct(async ({ engine, config }) => {
        const contacts = await exportCsv(engine.store, await cli.openWrite(file), config.url);
        if (options.json === true) cli.out(JSON.stringify({ file, contacts }));
        cli.note(`${contacts} contacts`);
      }),
    );
}

const importFile = (cli: Cli, file: string, options: ImportFlags): Promise<void> =>
  cli.withProduct(async ({ engine }) => {
    const columns = Object.fromEntries((options.map ?? []).map((pair) => pair.split('=', 2) as [string, string]));
    const report = await importCsv(engine.store, await cli.openRead(file), {
      columns,
      empty: options.empty,
      listDate: options.listDate === undefined ? null : Date.parse(options.listDate),
      source: basename(file),
      now: () => engine.clock.now(),
      newId: () => engine.ids.next('ct'),
      onProgress: (rows) => cli.progress(`${rows} rows`),
    });
    cli.progress('');
    if (options.json === true) cli.out(JSON.stringify(report));
    else
      cli.note(
        `${report.created} created, ${report.updated} updated, ${report.unchanged} unchanged, ${report.badCount} with problems`,
      );
    for (const bad of report.bad.slice(0, 20))
      cli.note(`line ${bad.line}: ${bad.problems.map((one) => `${one.path} ${one.code}`).join(', ')}`);
    if (report.badCount > 0) cli.setExit(3);
  });
