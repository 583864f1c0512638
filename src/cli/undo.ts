import type { Command } from 'commander';
import { say } from '../api/messages/say.ts';
import { InvalidInput } from '../core/invalid-input.ts';
import { LEFT_WHYS } from '../core/undo.ts';
import { releaseRun } from '../engine/held-values.ts';
import type { RunView } from '../engine/runs.ts';
import { requestUndo, type UndoWork } from '../engine/undo.ts';
import type { Cli } from './cli.ts';
import { carryOut, report } from './sync.ts';

/** `undo`, `release` (R38). */
export function addUndoCommands(program: Command, cli: Cli): void {
  program
    .command('undo <run>')
    .description('what taking back this run would do; approve carries it out')
    .option('--json')
    .action((id: string, options: { json?: boolean }) =>
      cli.withProduct(async ({ engine }) => {
        const asked = await requestUndo(engine, id, 'api');
        const runs = await carryOut(cli, engine, [asked]);
        report(cli, engine, { runs, asJson: options.json === true });
        const [plan] = runs;
        if (plan?.status === 'succeeded')
          cli.note(`Nothing is written yet. Carry it out with: tandem approve ${plan.id}`);
      }),
    );
  program
    .command('release <undo>')
    .description('let go of all that an undo holds')
    .requiredOption('--counts <side>', 'whose values count from now on: hub or crm')
    .option('--json')
    .action((id: string, options: { counts: string; json?: boolean }) =>
      cli.withProduct(async ({ engine }) => {
        const { counts } = options;
        if (counts !== 'hub' && counts !== 'crm')
          throw new InvalidInput([
            { path: 'counts', code: 'other', params: { message: `"${counts}" is neither hub nor crm` } },
          ]);
        const released = await releaseRun(engine, id, counts);
        if (options.json === true) cli.out(JSON.stringify(released));
        else
          cli.out(
            `${released.fields} values and ${released.people} people are released; the next run carries them over.`,
          );
      }),
    );
}

/** The numbers of an undo: what goes back, what goes, what is left alone and why. */
export function undoText(run: RunView, undo: UndoWork): readonly string[] {
  const { found } = undo;
  const where = run.direction === 'toHub' ? 'Tandem' : run.connection;
  const made = run.direction === 'toHub' ? 'contacts that it made' : 'records that it made';
  const left = LEFT_WHYS.flatMap((why) => {
    const count = found.left[why] ?? 0;
    return count === 0 ? [] : [`    ${count} left alone: ${say('en', `left.${why}`)}`];
  });
  return [
    `Undo of ${undo.of} in ${where}: ${run.status}${run.dryRun ? ' (preview)' : ''}`,
    `  ${run.counts.updated} people: values go back; ${run.counts.created} ${made} go; ${run.counts.filtered} people are left alone`,
    ...left,
  ];
}
