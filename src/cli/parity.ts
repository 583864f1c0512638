import type { Command } from 'commander';
import { InvalidInput } from '../core/invalid-input.ts';
import {
  type Difference,
  listDifferences,
  type Parity,
  readParity,
  repairMissed,
  requestParity,
} from '../engine/parity.ts';
import type { Cli } from './cli.ts';
import { untilEnded } from './until-ended.ts';

interface Options {
  readonly sample?: string;
  readonly repair?: boolean;
  readonly json?: boolean;
}

/** Differing people who are named in the text. */
const SHOWN = 20;

/** `parity`: reads the linked records again and says how many are the same on both sides, and why the others are not. */
export function addParityCommand(program: Command, cli: Cli): void {
  program
    .command('parity <connection>')
    .description('compare both sides, record by record; writes nothing')
    .option('--sample <people>', 'only so many, drawn by lot')
    .option('--repair', 'let the next synchronisation look at those whose difference nothing explains')
    .option('--json')
    .action((name: string, options: Options) =>
      cli.withProduct(async ({ engine }) => {
        const asked = await requestParity(engine, name, { sample: sampleOf(options.sample), trigger: 'api' });
        const found = await untilEnded(cli, engine, asked.connectionId, {
          read: () => readParity(engine.store.db, asked.id),
          isOver: ({ endedAt }) => endedAt !== null,
          progress: ({ compared, sample, linked }) => `${compared} of ${Math.min(linked, sample ?? linked)} compared`,
        });
        const differences = await listDifferences(engine.store.db, found.id, { limit: SHOWN });
        const repaired = options.repair === true ? await repairMissed(engine, found.id) : 0;
        if (options.json === true) cli.out(JSON.stringify({ ...found, differences, repaired }));
        else for (const line of [...parityText(found, differences), ...repairText(options, repaired)]) cli.out(line);
        if (found.status !== 'succeeded') cli.setExit(found.status === 'paused' ? 4 : 1);
        else if (found.equal < found.compared) cli.setExit(3);
      }),
    );
}

/** @throws InvalidInput */
function sampleOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const people = Number(text);
  if (!Number.isInteger(people) || people < 1)
    throw new InvalidInput([
      { path: 'sample', code: 'other', params: { message: `"${text}" is no number of people, such as 500` } },
    ]);
  return people;
}

const percent = (share: number): string => {
  // Rounded down: 100 % is said only of everybody.
  const shown = Math.floor(share * 10_000) / 100;
  return `${shown} %`;
};

function parityText(found: Parity, differences: readonly Difference[]): readonly string[] {
  const { compared, equal, parity, people } = found;
  if (parity === null) return [`${found.connection}: ${found.status}, nobody was compared`];
  const reasons = Object.entries(people).map(([why, count]) => `  ${count} ${why}`);
  const named = differences.flatMap((one) => [
    `${one.why}: ${one.email ?? one.name ?? one.crmId ?? ''} (${one.crmId ?? ''})`,
    ...one.values.map(({ field, hub, crm, why }) => `    ${field}: ${shown(hub)} here, ${shown(crm)} there (${why})`),
  ]);
  const more = compared - equal - differences.length;
  return [
    `${found.connection}: ${percent(parity)} in step, ${equal} of ${compared}${found.sample === null ? '' : ` (a sample of ${found.linked})`}; ${found.apiCalls} API ${found.apiCalls === 1 ? 'call' : 'calls'}`,
    ...reasons,
    ...named,
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

const shown = (value: unknown): string => (value === null || value === undefined ? 'nothing' : JSON.stringify(value));

const repairText = (options: Options, repaired: number): readonly string[] =>
  options.repair === true ? [`${repaired} are looked at by the next synchronisation`] : [];
