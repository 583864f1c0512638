import { access, constants } from 'node:fs/promises';
import { listConnections } from '../engine/connection.ts';
import { healthOf } from '../engine/health.ts';
import { pendingMigrations } from '../store/migrate.ts';
import type { Cli } from './cli.ts';
import type { Product } from './compose.ts';

interface Line {
  readonly ok: boolean;
  readonly what: string;
  readonly todo: string;
}

/** Checks configuration, database, folder, address and connections; says what to do about each finding. */
export async function doctor({ config, engine, api }: Product, cli: Cli, asJson: boolean): Promise<void> {
  const lines: Line[] = [];
  const add = (ok: boolean, what: string, todo = ''): void => void lines.push({ ok, what, todo });
  add(
    Number(process.versions.node.split('.')[0]) >= 22,
    `Node.js ${process.versions.node}`,
    'Install Node.js 22.18 or newer.',
  );
  add(true, `Database: ${engine.store.kind === 'embedded' ? `embedded, in ${config.dataDir}` : 'PostgreSQL'}`);
  const pending = await pendingMigrations(engine.store);
  add(pending.length === 0, 'The schema is up to date', 'Run: tandem migrate');
  const writable = await access(config.dataDir, constants.W_OK).then(
    () => true,
    () => config.databaseUrl !== undefined,
  );
  add(writable, 'The data folder can be written', `Give this user the right to write ${config.dataDir}.`);
  add(
    config.url.startsWith('https:') || /localhost|127\.0\.0\.1/.test(config.url),
    `Public address: ${config.url}`,
    'Set TANDEM_URL to an https address.',
  );
  add((await api.signIn.countAdmins()) > 0, 'There is an administrator', 'Run: tandem setup-link');
  for (const connection of await listConnections(engine.store.db)) {
    const health = await healthOf(engine, connection);
    add(
      health.light !== 'red',
      `Connection ${connection.name}: ${health.light}${health.why === null ? '' : ` (${health.why})`}`,
      `Run: tandem check ${connection.name}`,
    );
    const { links, backlog } = health;
    if (links !== null)
      add(
        false,
        `${links.count} links in ${connection.name} still point to ${links.from}, not to ${links.to}`,
        `Rewrite them on the connection's page (at most ${links.calls} calls), or set TANDEM_URL back.`,
      );
    if (backlog !== null)
      add(
        true,
        `${backlog.done} of ${backlog.total} brought into line in ${connection.name} since its settings changed (at most ${backlog.calls} calls left)`,
      );
  }
  if (asJson) cli.out(JSON.stringify(lines));
  else for (const line of lines) cli.out(`${line.ok ? '✓' : '✗'} ${line.what}${line.ok ? '' : `\n  → ${line.todo}`}`);
  if (lines.some((line) => !line.ok)) cli.setExit(1);
}
