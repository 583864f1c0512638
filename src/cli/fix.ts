import type { Command } from 'commander';
import { reasonText } from '../api/messages/reason-text.ts';
import { loadConnection } from '../engine/connection.ts';
import { fixRejection, listRejections, retryRejections } from '../engine/rejections.ts';
import type { Cli } from './cli.ts';

interface FixFlags {
  readonly default?: string;
  readonly map?: string;
  readonly value?: string;
  readonly retry?: boolean;
  readonly connection?: string;
  readonly reason?: string;
  readonly json?: boolean;
}

/** `fix`: what could not be synchronised, and mending it. Exit 3 while something is left. */
export function addFixCommand(program: Command, cli: Cli): void {
  program
    .command('fix [rejection]')
    .description('lists what has to be fixed; with the id of a line, fixes it and tries everybody of that cause again')
    .option('--default <value>', 'write this where the field is empty')
    .option('--map <from=to>', 'translate a value')
    .option('--value <value>', "this person's own value")
    .option('--retry', 'only try again')
    .option('--connection <name>', 'of one connection')
    .option('--reason <reason>', 'of one reason')
    .option('--json')
    .action((id: string | undefined, options: FixFlags) =>
      id === undefined && options.retry !== true ? list(cli, options) : mend(cli, id, options),
    );
}

const list = (cli: Cli, options: FixFlags): Promise<void> =>
  cli.withProduct(async ({ engine }) => {
    const connectionId =
      options.connection === undefined ? undefined : (await loadConnection(engine.store.db, options.connection)).id;
    const rows = await listRejections(engine, { connectionId, reason: options.reason, limit: 500 });
    const lines = rows.map((row) => ({
      id: row.id,
      connection: row.connection_name,
      email: row.email,
      reason: row.reason,
      field: row.field,
      ...reasonText('en', { ...row, crm: engine.manifests.get(row.crm)?.label ?? row.crm }),
    }));
    if (options.json === true) cli.out(JSON.stringify(lines));
    else for (const one of lines) cli.out(`${one.id}  ${one.connection}  ${one.message}\n  → ${one.todo}`);
    if (lines.length > 0) cli.setExit(3);
  });

const mend = (cli: Cli, id: string | undefined, options: FixFlags): Promise<void> =>
  cli.withProduct(async ({ engine }) => {
    const [from = '', ...to] = (options.map ?? '').split('=');
    const connectionId =
      options.connection === undefined ? undefined : (await loadConnection(engine.store.db, options.connection)).id;
    const retried =
      id === undefined || options.retry === true
        ? await retryRejections(engine, {
            ids: id === undefined ? undefined : [id],
            reason: options.reason,
            connectionId,
          })
        : await fixRejection(engine, id, {
            default: options.default,
            value: options.value,
            map: options.map === undefined ? undefined : { from, to: to.join('=') },
          });
    if (options.json === true) cli.out(JSON.stringify({ retried }));
    else cli.note(`${retried} people are tried again with the next synchronisation.`);
  });
