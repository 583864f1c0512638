import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { InvalidInput } from '../core/invalid-input.ts';
import { checkConnection } from '../engine/check-connection.ts';
import { type Connection, listConnections } from '../engine/connection.ts';
import { createConnection, disconnect, updateConnection } from '../engine/connections.ts';
import type { EngineDeps } from '../engine/deps.ts';
import type { Cli } from './cli.ts';
import { compare } from './differences.ts';
import { applySignOn, dumpSignOn, signOnDifferences, signOnSection } from './sign-on-settings.ts';

type Wanted = Record<string, unknown> & { readonly name: string };

/** `${NAME}` becomes the environment's value; an unset one is an error with its path. */
function fill(value: unknown, path: string, env: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const found = env[name];
      if (found === undefined)
        throw new InvalidInput([{ path, code: 'other', params: { message: `The variable ${name} is not set.` } }]);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((one, index) => fill(one, `${path}.${index}`, env));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, fill(one, path === '' ? key : `${path}.${key}`, env)]),
    );
  return value;
}

interface SettingsFile {
  readonly connections: readonly Wanted[];
  /** The file lists connections: only then may others be pruned. */
  readonly listsConnections: boolean;
  readonly signOn: Readonly<Record<string, unknown>> | null;
}

async function readFile(cli: Cli, file: string): Promise<SettingsFile> {
  const written = await text(await cli.openRead(file));
  const names = [...written.matchAll(/\$\{(\w+)\}/g)].flatMap(([, name]) => name ?? []);
  const document: unknown = fill(parse(written), '', await cli.variables([...new Set(names)]));
  const list =
    typeof document === 'object' && document !== null && 'connections' in document ? document.connections : null;
  const signOn = signOnSection(document);
  if (list === null && signOn !== null) return { connections: [], listsConnections: false, signOn };
  if (!Array.isArray(list)) throw new InvalidInput([{ path: 'connections', code: 'required', params: {} }]);
  const connections = list.map((one: unknown, index) => {
    if (typeof one !== 'object' || one === null || !('name' in one) || typeof one.name !== 'string')
      throw new InvalidInput([{ path: `connections.${index}.name`, code: 'required', params: {} }]);
    return { ...one, name: one.name };
  });
  return { connections, listsConnections: true, signOn };
}

/** What differs, as `path: is → wanted`; credentials are compared by whether they are given at all. */
function differences(connection: Connection | undefined, wanted: Wanted): string[] {
  if (connection === undefined) return ['(new)'];
  const present: Record<string, unknown> = {
    name: connection.name,
    crm: connection.crm,
    enabled: connection.enabled,
    ...connection.settings,
    mappings: connection.mappings,
  };
  const { credentials: _, ...rest } = wanted;
  return compare(present, rest, '');
}

async function applyOne(engine: EngineDeps, existing: Connection | undefined, wanted: Wanted): Promise<string[]> {
  const changes = differences(existing, wanted);
  if (existing === undefined) await createConnection(engine, wanted, 'file');
  else if (changes.length > 0 || wanted['credentials'] !== undefined) {
    const { name: _name, crm: _crm, ...patch } = wanted;
    // Credentials in a file are the same ones at every apply; they are saved, and are no difference.
    if (changes.length > 0) await updateConnection(engine, existing.id, patch, { writtenBy: 'file' });
  }
  return changes;
}

/** What `apply` did, or `diff` found, with one connection. */
interface Applied {
  readonly name: string;
  readonly action: 'created' | 'changed' | 'unchanged' | 'removed';
  readonly changes: readonly string[];
}

function tellApplied(
  cli: Cli,
  { connections, signOn }: { readonly connections: readonly Applied[]; readonly signOn: Applied | null },
  options: { readonly json: boolean; readonly same: string },
): void {
  if (options.json) return cli.out(JSON.stringify({ connections, ...(signOn === null ? {} : { signOn }) }));
  for (const { name, action, changes } of signOn === null ? connections : [...connections, signOn])
    cli.out(
      action === 'removed'
        ? `${name}: removed`
        : changes.length === 0
          ? `${name}: ${options.same}`
          : `${name}:\n  ${changes.join('\n  ')}`,
    );
}

const byName = async (engine: EngineDeps): Promise<ReadonlyMap<string, Connection>> =>
  new Map((await listConnections(engine.store.db)).map((one) => [one.name, one]));

const compared = (existing: Connection | undefined, name: string, changes: readonly string[]): Applied => ({
  name,
  action: existing === undefined ? 'created' : changes.length === 0 ? 'unchanged' : 'changed',
  changes,
});

/** Sign-on is there always: it is never new. */
const comparedSignOn = (changes: readonly string[]): Applied => ({
  name: 'signOn',
  action: changes.length === 0 ? 'unchanged' : 'changed',
  changes,
});

const apply = (cli: Cli, file: string, options: { prune?: boolean; json?: boolean }): Promise<void> =>
  cli.withProduct(async (product) => {
    const { engine } = product;
    const { connections: wanted, listsConnections, signOn } = await readFile(cli, file);
    const existing = await byName(engine);
    const done: Applied[] = [];
    for (const one of wanted) {
      const present = existing.get(one.name);
      done.push(compared(present, one.name, await applyOne(engine, present, one)));
    }
    const names = new Set(wanted.map((one) => one.name));
    for (const [name, connection] of existing) {
      if (options.prune !== true || !listsConnections || names.has(name)) continue;
      await disconnect(engine, connection.id);
      done.push({ name, action: 'removed', changes: [] });
    }
    const signedOn = signOn === null ? null : comparedSignOn(await applySignOn(product, signOn));
    tellApplied(cli, { connections: done, signOn: signedOn }, { json: options.json === true, same: 'unchanged' });
  });

const diff = (cli: Cli, file: string, options: { json?: boolean }): Promise<void> =>
  cli.withProduct(async (product) => {
    const existing = await byName(product.engine);
    const { connections, signOn } = await readFile(cli, file);
    const found = connections.map((one) =>
      compared(existing.get(one.name), one.name, differences(existing.get(one.name), one)),
    );
    const signedOn = signOn === null ? null : comparedSignOn(await signOnDifferences(product, signOn));
    if ([...found, signedOn].some((one) => one !== null && one.action !== 'unchanged')) cli.setExit(3);
    tellApplied(cli, { connections: found, signOn: signedOn }, { json: options.json === true, same: 'same' });
  });

const connect = (cli: Cli, file: string, options: { json?: boolean }): Promise<void> =>
  cli.withProduct(async ({ engine, config }) => {
    const [wanted, ...more] = (await readFile(cli, file)).connections;
    if (wanted === undefined || more.length > 0)
      throw new InvalidInput([
        { path: 'connections', code: 'other', params: { message: 'The file must name exactly one connection.' } },
      ]);
    const made = await createConnection(engine, wanted, 'file');
    const { id, name } = made;
    if (made.credentialMethod === 'oauth') {
      // Nobody has authorised yet: there is nothing to check with. A browser does it, signed in as an administrator.
      const open = `${config.url}/crm?tab=${encodeURIComponent(name)}`;
      if (options.json === true) return cli.out(JSON.stringify({ id, name, open }));
      cli.out(open);
      return cli.note(
        `${name} is saved. Open this address as an administrator and press "Connect with …"; then: tandem check ${name}`,
      );
    }
    const report = await checkConnection(engine, id);
    if (!report.ok) cli.setExit(1);
    if (options.json === true) return cli.out(JSON.stringify({ id, name, ...report }));
    cli.out(
      report.account === null
        ? `${name}: saved, but the CRM does not let us in`
        : `${name}: connected to ${report.account.name}`,
    );
  });

/** `apply`, `diff`, `dump`, `connect`: settings as code. */
export function addSettingsCommands(program: Command, cli: Cli): void {
  const { out, withProduct } = cli;
  program
    .command('apply <file>')
    .description('settings from a file')
    .option('--prune', 'also remove connections that the file does not name')
    .option('--json')
    .action((file: string, options: { prune?: boolean; json?: boolean }) => apply(cli, file, options));
  program
    .command('diff <file>')
    .description('compare settings with a file: exit 0 same, 3 different')
    .option('--json')
    .action((file: string, options: { json?: boolean }) => diff(cli, file, options));
  program
    .command('dump')
    .description('write what apply reads; secrets as ${NAME}')
    .option('--json', 'as JSON, which apply reads as well')
    .action((options: { json?: boolean }) =>
      withProduct(async (product) => {
        const { engine } = product;
        const connections = await Promise.all(
          (await listConnections(engine.store.db)).map(async (one) => {
            const names = await engine.secrets.names(engine.store.db, `connection:${one.id}`);
            const variable = (name: string): string => `\${${`${one.name}_${name}`.toUpperCase().replace(/\W/g, '_')}}`;
            const credentials = {
              method: one.credentialMethod,
              ...Object.fromEntries(names.map((name) => [name, variable(name)])),
            };
            return {
              name: one.name,
              crm: one.crm,
              enabled: one.enabled,
              credentials,
              ...one.settings,
              mappings: one.mappings,
            };
          }),
        );
        const signOn = await dumpSignOn(product);
        const all = { connections, ...(signOn === undefined ? {} : { signOn }) };
        out(options.json === true ? JSON.stringify(all) : stringify(all));
      }),
    );
  program
    .command('connect <file>')
    .description('apply of one new connection, then check; with method oauth: which address to open')
    .option('--json')
    .action((file: string, options: { json?: boolean }) => connect(cli, file, options));
}
