import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findPostgres } from '../../scripts/test-run/needs.ts';

/** A PostgreSQL that the tests have started. */
export interface PostgresServer {
  readonly url: (database: string) => string;
  stop(): void;
}

const urlOn = (port: number, database: string): string => `postgres://tandem@127.0.0.1:${port}/${database}`;

/**
 * Starts a server on one port after the other until one of them answers. The ports lie below those that a system
 * gives to outgoing connections, any of which may be taken at any moment.
 */
async function startOnFreePort(
  folder: string,
  start: (port: number) => ChildProcess,
): Promise<{ port: number; child: ChildProcess }> {
  for (let port = 10_000 + (process.pid % 20_000), tries = 0; tries < 50; tries += 1, port += 1) {
    const child = start(port);
    if (await answers(child, port, folder)) return { port, child };
    child.kill('SIGKILL');
  }
  throw new Error('PostgreSQL found no port to listen on');
}

/** Whether this server answers on this port; false as soon as it has ended, which it does when the port is taken. */
async function answers(child: ChildProcess, port: number, folder: string): Promise<boolean> {
  for (let tries = 0; tries < 1_200 && child.exitCode === null; tries += 1) {
    const client = new pg.Client({ connectionString: urlOn(port, 'postgres') });
    try {
      await client.connect();
      const { rows } = await client.query<{ data_directory: string }>('show data_directory');
      await client.end();
      return rows[0]?.data_directory.startsWith(folder) === true;
    } catch {
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }
  return false;
}

/** A PostgreSQL of this process, on a port of its own, as a user that `initdb` accepts. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error('PostgreSQL is not on this machine');
  const folder = mkdtempSync(join(tmpdir(), 'tandem-pg-'));
  chmodSync(folder, 0o777);
  const isRoot = process.getuid?.() === 0;
  const as = (command: string, args: string[]): [string, string[]] =>
    isRoot ? ['runuser', ['-u', 'postgres', '--', command, ...args]] : [command, args];
  const data = join(folder, 'data');
  execFileSync(...as(join(bin, 'initdb'), ['-D', data, '-U', 'tandem', '-A', 'trust', '--no-sync', '-E', 'UTF8']), {
    stdio: 'ignore',
  });
  const { port, child } = await startOnFreePort(folder, (tried) => {
    const settings = [
      `port=${tried}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'fsync=off',
      'max_connections=200',
    ];
    const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    return spawn(...as(join(bin, 'postgres'), args), { stdio: 'ignore' });
  });
  const url = (database: string): string => urlOn(port, database);
  return {
    url,
    stop: () => {
      child.kill('SIGINT');
      if (isRoot) spawnSync('pkill', ['-INT', '-f', data], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
