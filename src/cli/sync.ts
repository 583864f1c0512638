import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { failureText } from '../api/messages/failure-text.ts';
import { isMessage, say } from '../api/messages/say.ts';
import { namedCrm } from '../api/present.ts';
import { findingText } from '../api/present-findings.ts';
import { InvalidInput, NotFound } from '../core/invalid-input.ts';
import { MASS_EFFECTS, type MassEffect } from '../core/mass-change.ts';
import { checkConnection } from '../engine/check-connection.ts';
import { listConnections, loadConnection } from '../engine/connection.ts';
import type { EngineDeps } from '../engine/deps.ts';
import { approveRun } from '../engine/held-runs.ts';
import { pauseEverything, resumeConnection, resumeEverything } from '../engine/pause.ts';
import { type RunView, readRuns, requestRuns } from '../engine/runs.ts';
import { whyContact } from '../engine/why.ts';
import { findContact } from '../hub/read-contacts.ts';
import type { Cli } from './cli.ts';
import { planText } from './plan-text.ts';
import { addUndoCommands, undoText } from './undo.ts';
import { untilEnded } from './until-ended.ts';

interface SyncOptions {
  readonly full?: boolean;
  readonly dryRun?: boolean;
  readonly direction?: 'toHub' | 'toCrm';
  readonly contact?: string[];
  readonly json?: boolean;
}

/** `check`, `sync`, `plan`, `approve`, `undo`, `why`, `pause`, `resume`. */
export function addSyncCommands(program: Command, cli: Cli): void {
  const { out, note, withProduct } = cli;
  program
    .command('check <connection>')
    .description('preflight of one connection')
    .option('--json')
    .action((name: string, options: { json?: boolean }) =>
      withProduct(async ({ engine }) => {
        const checked = await checkConnection(engine, name);
        if (options.json === true) out(JSON.stringify(checked));
        else {
          out(
            checked.account === null
              ? 'The CRM does not let us in.'
              : `${checked.account.name} (${checked.account.id})${checked.account.sandbox === true ? ', a sandbox' : ''}: ${checked.counts.lead ?? 0} leads, ${checked.counts.contact ?? 0} contacts`,
          );
          for (const one of checked.findings) {
            const { message, todo } = findingText('en', one, namedCrm({ engine }, one.params['crm']));
            out(`${one.level === 'error' ? '✗' : one.level === 'warning' ? '!' : '·'} ${message}`);
            if (todo !== '') out(`  ${todo}`);
          }
        }
        if (!checked.ok) cli.setExit(1);
      }),
    );
  program
    .command('sync <connection>')
    .description('runs now, shows progress, prints the counts')
    .option('--full', 'compare everything')
    .option('--dry-run', 'only say what would happen')
    .option('--direction <direction>', 'toHub or toCrm')
    .option('--contact <email...>', 'only these people')
    .option('--json')
    .action((name: string, options: SyncOptions) => withProduct(({ engine }) => sync(cli, engine, name, options)));
  program
    .command('plan <connection>')
    .description('the same as sync --dry-run')
    .option('--full')
    .option('--json')
    .action((name: string, options: SyncOptions) =>
      withProduct(({ engine }) => sync(cli, engine, name, { ...options, dryRun: true })),
    );
  program
    .command('approve <run>')
    .description('carry out a plan, or let a run that waits go on')
    .option('--delete-created', 'of an undo: delete the records that the run made in the CRM and nobody has touched')
    .option('--without <effects...>', `leave out: ${MASS_EFFECTS.slice(0, 3).join(', ')}`)
    .option('--json')
    .action((id: string, options: { without?: string[]; deleteCreated?: boolean; json?: boolean }) =>
      withProduct(async ({ engine }) => {
        const { deleteCreated } = options;
        const runs = await approveRun(engine, id, effectsNamed(options.without ?? []), {
          deleteCreated,
          trigger: 'api',
        });
        report(cli, engine, { runs: await carryOut(cli, engine, runs), asJson: options.json === true });
      }),
    );
  addUndoCommands(program, cli);
  program
    .command('why <email>')
    .description('what stands between a person and each CRM')
    .option('--json')
    .action((email: string, options: { json?: boolean }) =>
      withProduct(async ({ engine, config }) => {
        const contact = await findContact(engine.store.db, email, config.url);
        if (contact === undefined) throw new NotFound('contact');
        const connections = [];
        for (const { id, name } of await listConnections(engine.store.db))
          connections.push({ name, gates: await whyContact(engine, contact.id, id) });
        const { id, email: address } = contact;
        if (options.json === true) return out(JSON.stringify({ contact: { id, email: address }, connections }));
        for (const { name, gates } of connections) {
          out(name);
          for (const gate of gates) {
            const key = `gate.${gate.gate}`;
            out(
              `  ${gate.passed ? '✓' : '✗'} ${isMessage(key) ? say('en', key, { ...gate.params, reasonName: String(gate.params['reason'] ?? '') }) : gate.gate}`,
            );
            if (gate.fix !== null && isMessage(gate.fix.key)) out(`      ${say('en', gate.fix.key, gate.fix.params)}`);
          }
        }
      }),
    );
  program
    .command('pause')
    .description('stop all writing to all CRMs')
    .option('--json')
    .action((options: { json?: boolean }) =>
      withProduct(async ({ engine }) => {
        await pauseEverything(engine);
        if (options.json === true) out(JSON.stringify(await whatStands(engine)));
        note('Everything is paused. Go on with: tandem resume');
      }),
    );
  program
    .command('resume [connection]')
    .description('go on')
    .option('--json')
    .action((name: string | undefined, options: { json?: boolean }) =>
      withProduct(async ({ engine }) => {
        if (name === undefined) await resumeEverything(engine);
        else await resumeConnection(engine, name);
        if (options.json === true) out(JSON.stringify(await whatStands(engine)));
        note('Going on.');
      }),
    );
}

/** Which connections run now and which wait, with why. */
const whatStands = async (engine: EngineDeps) => ({
  connections: (await listConnections(engine.store.db)).map(({ name, enabled, pausedReason }) => ({
    name,
    enabled,
    pausedReason,
  })),
});

async function sync(cli: Cli, engine: EngineDeps, name: string, options: SyncOptions): Promise<void> {
  const connection = await loadConnection(engine.store.db, name);
  const runs = await requestRuns(engine, connection.id, {
    mode: options.full === true ? 'full' : 'changes',
    direction: options.direction,
    dryRun: options.dryRun,
    emails: options.contact,
    trigger: 'api',
  });
  const ended = await carryOut(cli, engine, runs);
  report(cli, engine, { runs: ended, asJson: options.json === true });
  if (options.dryRun !== true || options.json === true) return;
  for (const line of await planText(engine, ended)) cli.out(cli.isTerminal ? line : stripVTControlCharacters(line));
}

/** Carries the runs out. @returns them as they ended. */
export async function carryOut(cli: Cli, engine: EngineDeps, wanted: readonly RunView[]): Promise<readonly RunView[]> {
  const [first] = wanted;
  if (first === undefined) return [];
  const ids = wanted.map((run) => run.id);
  return untilEnded(cli, engine, first.connectionId, {
    read: () => readRuns(engine.store.db, ids),
    isOver: (runs) => runs.every((run) => run.endedAt !== null),
    progress: (runs) => runs.map((run) => `${run.direction}: ${run.status}, ${run.counts.seen} seen`).join('   '),
  });
}

export function report(
  cli: Cli,
  engine: EngineDeps,
  { runs, asJson }: { readonly runs: readonly RunView[]; readonly asJson: boolean },
): void {
  const { out } = cli;
  if (asJson) out(JSON.stringify({ runs }));
  else
    for (const run of runs) {
      const { counts } = run;
      if (run.undo !== null) {
        for (const line of undoText(run, run.undo)) out(line);
        continue;
      }
      out(
        `${run.direction === 'toHub' ? `${run.connection} → Tandem` : `Tandem → ${run.connection}`}: ${run.status}${run.dryRun ? ' (preview)' : ''}`,
      );
      out(
        `  ${counts.created} created, ${counts.updated} updated, ${counts.rejected} rejected, ${counts.unchanged} unchanged, ${counts.filtered} filtered, ${counts.deferred} deferred; ${counts.conflicts} conflicts; ${run.apiCalls} API calls`,
      );
      if (run.error !== null) {
        const { message, todo } = failureText('en', run.error, namedCrm({ engine }, run.error['crm']));
        out(`  ${message} ${todo}`);
      }
      if (run.guard !== null) out(`  ${heldText(run)}`);
    }
  if (runs.some((run) => run.status === 'failed')) cli.setExit(1);
  else if (runs.some((run) => run.status === 'paused')) cli.setExit(4);
  else if (runs.some((run) => run.counts.rejected > 0)) cli.setExit(3);
}

/** @throws InvalidInput when one is no effect. */
function effectsNamed(names: readonly string[]): readonly MassEffect[] {
  const bad = names.find((one) => !MASS_EFFECTS.some((effect) => effect === one));
  if (bad !== undefined)
    throw new InvalidInput([
      { path: 'without', code: 'other', params: { message: `"${bad}" is none of ${MASS_EFFECTS.join(', ')}` } },
    ]);
  return MASS_EFFECTS.filter((effect) => names.includes(effect));
}

/** Why a run waits for a person, and what to do. */
function heldText({ id, guard }: RunView): string {
  if (guard === null) return '';
  const params = { count: guard.count, max: guard.max, effects: guard.effects.join(', '), id };
  return `${say('en', `guard.${guard.reason}`, params)} ${say('en', 'guard.todo', params)}`;
}
