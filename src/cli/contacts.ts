import { basename } from 'node:path';
import type { Command } from 'commander';
import { importPatch } from '../api/contract/import-routes.ts';
import { problemText } from '../api/problems.ts';
import { InvalidInput } from '../core/invalid-input.ts';
import { parseInput } from '../engine/connections.ts';
import type { EngineDeps } from '../engine/deps.ts';
import { runImports } from '../engine/run-imports.ts';
import { exportCsv } from '../hub/export-csv.ts';
import { ACTIVE, type ImportSettings } from '../hub/imports/import-settings.ts';
import { begin, changeSettings, createImport, discard, type Import, loadImport } from '../hub/imports/import-store.ts';
import { firstRejects } from '../hub/imports/write-rejects.ts';
import type { Cli } from './cli.ts';

interface ImportFlags {
  readonly map?: string[];
  readonly empty: ImportSettings['empty'];
  readonly listDate?: string;
  readonly encoding?: ImportSettings['encoding'];
  readonly separator?: ImportSettings['separator'] | 'tab';
  readonly dates?: ImportSettings['dates'];
  readonly decimal?: ImportSettings['decimal'];
  readonly consent?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `import`, `export`: hub contacts. */
export function addContactCommands(program: Command, cli: Cli): void {
  program
    .command('import <file>')
    .description('hub contacts from a CSV file')
    .option('--map <heading=field...>', 'columns that are not recognised; an empty field leaves a column out')
    .option('--empty <leave|default|clear>', 'what an empty cell means', 'leave')
    .option('--list-date <date>', 'how old the list is (YYYY-MM-DD)')
    .option('--encoding <name>', 'utf-8, windows-1252, iso-8859-15 or macintosh, when it is not recognised')
    .option('--separator <sign>', 'between cells (, ; | or tab), when it is not recognised')
    .option('--dates <order>', 'ymd, dmy or mdy, when it is not recognised')
    .option('--decimal <sign>', '. or , when it is not recognised')
    .option('--consent <purpose=ground>', 'on what ground these people agreed to what')
    .option('--dry-run', 'count what the import would do')
    .option('--json')
    .action((file: string, options: ImportFlags) =>
      cli.withProduct(({ engine }) => importFile(cli, engine, file, options)),
    );
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

/** The very import of the screen, in this process; a running server's worker may take it over, and is waited for. */
async function importFile(cli: Cli, engine: EngineDeps, file: string, flags: ImportFlags): Promise<void> {
  const { store, clock, ids } = engine;
  const made = await createImport(
    store,
    { name: basename(file), by: 'command', file: await cli.openRead(file) },
    { ids, now: () => clock.now() },
  );
  try {
    // Absent keys are absent, not undefined.
    const settings = parseInput(importPatch, settingsOf(made, flags)) as Partial<ImportSettings>;
    await store.transaction((trx) => changeSettings(trx, made.id, settings));
    await store.transaction((trx) => begin(trx, made.id, flags.dryRun === true ? 'counting' : 'running', clock.now()));
  } catch (error) {
    await store.transaction((trx) => discard(trx, made.id));
    throw error;
  }
  const done = await waitFor(cli, engine, made.id);
  if (flags.dryRun === true) await store.transaction((trx) => discard(trx, made.id));
  await report(cli, engine, done, flags);
}

async function waitFor(cli: Cli, engine: EngineDeps, id: string): Promise<Import> {
  const watch = new AbortController();
  const work = runImports(engine, { only: id });
  const told = (async () => {
    while (!watch.signal.aborted) {
      const { counts } = await loadImport(engine.store.db, id);
      if (counts.rows > 0) cli.progress(`${counts.rows} rows`);
      await engine.clock.sleep(500, watch.signal).catch(() => undefined);
    }
  })();
  try {
    await work;
    for (;;) {
      const found = await loadImport(engine.store.db, id);
      if (!ACTIVE.includes(found.status)) return found;
      await engine.clock.sleep(300);
      // Whoever took it over may be gone.
      await runImports(engine, { only: id });
    }
  } finally {
    watch.abort();
    await told;
    cli.progress('');
  }
}

async function report(cli: Cli, engine: EngineDeps, done: Import, flags: ImportFlags): Promise<void> {
  const { counts } = done;
  const bad = await firstRejects(engine.store.db, done.id, 10_000);
  if (flags.json === true)
    cli.out(
      JSON.stringify({
        id: done.id,
        status: done.status,
        rows: counts.rows,
        created: counts.created,
        updated: counts.updated,
        unchanged: counts.unchanged,
        badCount: counts.refused,
        bad,
        columns: Object.fromEntries(done.settings.columns.map((column) => [column.heading, column.target])),
      }),
    );
  else
    cli.note(
      `${counts.created} created, ${counts.updated} updated, ${counts.unchanged} unchanged, ${counts.refused} with problems`,
    );
  for (const row of bad.slice(0, 20))
    cli.note(`line ${row.line}: ${row.problems.map((one) => `${one.path} ${problemText('en', one)}`).join(', ')}`);
  if (done.error !== null) {
    cli.note(problemText('en', { path: '', ...done.error }));
    cli.setExit(1);
  } else if (counts.refused > 0) cli.setExit(3);
}

function settingsOf({ settings }: Import, flags: ImportFlags): Partial<ImportSettings> {
  const { map = [], empty, listDate, encoding, separator, dates, decimal, consent } = flags;
  const wanted = new Map(map.map((pair) => pair.split('=', 2) as [string, string]));
  const unknown = [...wanted.keys()].filter((heading) => !settings.columns.some((one) => one.heading === heading));
  if (unknown.length > 0)
    throw new InvalidInput(
      unknown.map((heading) => ({ path: `columns.${heading}`, code: 'unknown_column', params: { heading } })),
    );
  const columns = settings.columns.map((column) => {
    const target = wanted.get(column.heading);
    // A field that is asked for by name is taken from the column that it was proposed for.
    const isTaken = column.target !== null && [...wanted.values()].includes(column.target);
    if (target === undefined) return isTaken ? { ...column, target: null } : column;
    return { ...column, target: target === '' ? null : target };
  });
  const [purpose = '', ...ground] = (consent ?? '').split('=');
  return {
    ...(map.length === 0 ? {} : { columns }),
    empty,
    listDate: listDate ?? null,
    ...(encoding === undefined ? {} : { encoding }),
    ...(separator === undefined ? {} : { separator: separator === 'tab' ? '\t' : separator }),
    ...(dates === undefined ? {} : { dates }),
    ...(decimal === undefined ? {} : { decimal }),
    consent: consent === undefined ? null : { purpose, ground: ground.join('=') },
  };
}
