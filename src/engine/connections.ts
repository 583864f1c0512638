import { sql } from 'kysely';
import { z } from 'zod';
import {
  type ConnectionPatch,
  type ConnectionSettings,
  connectionInput,
  connectionPatch,
  connectionSettings,
} from '../api/contract/connection.ts';
import type { Manifest } from '../connectors/kit/connector.ts';
import { emailKey } from '../core/email.ts';
import { Conflicted, type InputProblem, InvalidInput } from '../core/invalid-input.ts';
import { checkMapping } from '../core/mapping.ts';
import type { FieldSchema, MappingLine } from '../core/model.ts';
import { hubFields } from '../hub/fields.ts';
import { tellDisconnected } from '../store/crm-deletions.ts';
import { isUniqueViolation, type Trx } from '../store/db.ts';
import { switchTimeline } from '../store/timeline.ts';
import { authorizationOf, revokeAuthorization } from './authorize.ts';
import { oweSettings, settingsDebt } from './backlog.ts';
import { checkConnection } from './check-connection.ts';
import { secretsOwner } from './connect.ts';
import { type Connection, loadConnection, manifestOf } from './connection.ts';
import { fixedProblems, hasRead, optionProblems, readsOthers, undecidedProblems } from './connection-options.ts';
import { type EngineDeps, publicAddress } from './deps.ts';
import { withdrawHooks } from './hook-subscriptions.ts';
import { useOf, watchSchema } from './schema-watch.ts';
import { shapeProblem } from './shape-problem.ts';
import { tokenOwner } from './tokens.ts';

export type WrittenBy = 'screen' | 'file' | 'api';

/** Parses or refuses with every bad path (surface.md: nothing is half-saved). */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown, prefix = ''): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(
    parsed.error.issues.flatMap((issue): InputProblem[] => {
      const path = [prefix, ...issue.path.map(String)].filter((part) => part !== '').join('.');
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => ({
          path: path === '' ? key : `${path}.${key}`,
          code: 'unknown_key',
          params: { key },
        }));
      return [{ path, ...shapeProblem(issue) }];
    }),
  );
}

/** So long a connection waits for its first check before the schedule takes it up all the same. */
const CHECK_PATIENCE_MS = 10 * 60_000;

/**
 * Makes a connection, off unless it says otherwise, asks its account who it is and gives it the default mapping of the
 * fields that are there. @throws InvalidInput; Conflicted when the name is taken.
 */
export async function createConnection(deps: EngineDeps, input: unknown, writtenBy: WrittenBy): Promise<Connection> {
  const parsed = parseInput(connectionInput, input);
  const { name, crm, enabled, credentials, mappings, ...settings } = parsed;
  const manifest = deps.manifests.get(crm);
  if (manifest === undefined)
    throw new InvalidInput([
      { path: 'crm', code: 'unknown_crm', params: { value: crm, allowed: [...deps.manifests.keys()].join(', ') } },
    ]);
  const problems = [...credentialProblems(manifest, credentials, []), ...settingsProblems(manifest, settings)];
  problems.push(...ownerProblems(settings, await hubFields(deps.store.db)));
  if (mappings !== undefined) problems.push(...(await mappingProblems(deps, manifest, mappings, settings, null)));
  if (problems.length > 0) throw new InvalidInput(problems);
  const id = deps.ids.next('con');
  const at = deps.clock.now();
  const { method, ...values } = credentials;
  try {
    await deps.store.transaction(async (trx) => {
      await trx
        .insertInto('connections')
        .values({
          id,
          name,
          crm,
          enabled,
          settings: JSON.stringify(settings),
          mappings: JSON.stringify(mappings ?? []),
          credential_method: method,
          // Not before the check below has said whose account it is, and given it its mapping.
          next_due_at: method === 'oauth' ? at : at + CHECK_PATIENCE_MS,
          written_by: writtenBy,
          link_address: publicAddress(deps),
          first_run_approved: enabled && writtenBy !== 'screen',
          created_at: at,
          updated_at: at,
        })
        .execute();
      await switchTimeline(trx, id, settings.export.timeline.enabled, at);
      await deps.secrets.save(trx, secretsOwner(id), stringsOf(values), at);
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw new Conflicted('name_taken', { name });
    throw error;
  }
  // Nobody has authorised yet: there is nothing to ask the CRM with.
  if (method === 'oauth') return loadConnection(deps.store.db, id);
  const report = await checkConnection(deps, id);
  if (report.findings.some((finding) => finding.code === 'account_connected_already')) {
    await deps.store.transaction(async (trx) => {
      await trx.deleteFrom('due').where('connection_id', '=', id).execute();
      await trx.deleteFrom('connections').where('id', '=', id).execute();
    });
    await deps.secrets.drop(deps.store.db, secretsOwner(id));
    throw new Conflicted('account_connected_already', { account: report.account?.name ?? '' });
  }
  await sql`update connections set next_due_at = ${at} where id = ${id}`.execute(deps.store.db);
  return loadConnection(deps.store.db, id);
}

const stringsOf = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    ),
  );

function credentialProblems(
  manifest: Manifest,
  credentials: Readonly<Record<string, unknown>>,
  kept: readonly string[],
): InputProblem[] {
  const method = manifest.credentials.find((one) => one.method === credentials['method']);
  if (method === undefined)
    return [
      {
        path: 'credentials.method',
        code: 'unknown_method',
        params: { allowed: manifest.credentials.map((one) => one.method).join(', ') },
      },
    ];
  const problems: InputProblem[] = [];
  const known = new Set(['method', ...method.fields.map((field) => field.key)]);
  for (const key of Object.keys(credentials))
    if (!known.has(key)) problems.push({ path: `credentials.${key}`, code: 'unknown_key', params: { key } });
  for (const field of method.fields) {
    const value = credentials[field.key];
    if (field.required && (value === undefined || value === '') && !kept.includes(field.key))
      problems.push({ path: `credentials.${field.key}`, code: 'required', params: { label: field.label } });
  }
  return problems;
}

function settingsProblems(manifest: Manifest, settings: ConnectionSettings): InputProblem[] {
  const problems: InputProblem[] = [];
  if (settings.import.contacts && !manifest.kinds.includes('contact'))
    problems.push({ path: 'import.contacts', code: 'no_contacts_here', params: { crm: manifest.label } });
  if (settings.export.timeline.enabled && manifest.timeline === undefined)
    problems.push({ path: 'export.timeline.enabled', code: 'no_timeline_here', params: { crm: manifest.label } });
  for (const address of notifyAddresses(settings.notify.addresses)) {
    if (emailKey(address) === null)
      problems.push({ path: 'notify.addresses', code: 'invalid_email', params: { value: address } });
  }
  return [...problems, ...optionProblems(manifest, settings.options)];
}

/** R25: a map of owners needs a field to look at, and addresses. Who is deactivated is a finding, not a refusal. */
function ownerProblems({ owners }: ConnectionSettings, fields: readonly FieldSchema[]): InputProblem[] {
  const problems: InputProblem[] = [];
  const isNothing = owners.field === '' && owners.fallback === undefined;
  if (owners.assign && isNothing) problems.push({ path: 'owners.field', code: 'owner_field', params: {} });
  if (owners.field !== '' && !fields.some((field) => field.key === owners.field))
    problems.push({ path: 'owners.field', code: 'unknown_field', params: { field: owners.field } });
  const addresses: [string, string][] = Object.entries(owners.map).map(([value, email]) => [
    `owners.map.${value}`,
    email,
  ]);
  if (owners.fallback !== undefined) addresses.push(['owners.fallback', owners.fallback]);
  for (const [path, email] of addresses)
    if (emailKey(email) === null) problems.push({ path, code: 'invalid_email', params: { value: email } });
  return problems;
}

/** Split at `;`, `,` and line ends. */
export const notifyAddresses = (text: string): string[] =>
  text
    .split(/[;,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

async function mappingProblems(
  deps: EngineDeps,
  manifest: Manifest,
  lines: readonly MappingLine[],
  settings: ConnectionSettings,
  connection: Connection | null,
): Promise<readonly InputProblem[]> {
  return checkMapping({
    lines,
    hubFields: await hubFields(deps.store.db),
    crmFields: connection?.schema?.kinds ?? {},
    kinds: manifest.kinds,
    conflict: settings.conflict,
    ...(connection === null ? {} : { saved: connection.mappings }),
  });
}

export interface UpdateOptions {
  readonly writtenBy: WrittenBy;
  /** The settings version seen (If-Match); absent: whatever is there. */
  readonly ifVersion?: number | undefined;
  /** What has to change in the same transaction. */
  readonly within?: (trx: Trx) => Promise<void>;
}

/** All of it or a refusal that names each bad field; takes effect at the next page of a running run (R36). */
export async function updateConnection(
  deps: EngineDeps,
  idOrName: string,
  input: unknown,
  options: UpdateOptions,
): Promise<Connection> {
  const patch = parseInput(connectionPatch, input);
  const before = await loadConnection(deps.store.db, idOrName);
  const manifest = manifestOf(deps, before.crm);
  const settings = parseInput(connectionSettings, mergeSettings(before.settings, patch));
  const problems = settingsProblems(manifest, settings);
  if (patch.mappings !== undefined)
    problems.push(...(await mappingProblems(deps, manifest, patch.mappings, settings, before)));
  problems.push(...ownerProblems(settings, await hubFields(deps.store.db)));
  const readsMore = readsOthers(manifest, before.settings.options, settings.options);
  const startsAnew = readsMore && !(await hasRead(deps.store.db, before.id));
  if (readsMore && !startsAnew) problems.push(...fixedProblems(manifest, before.settings.options, settings.options));
  const kept = await deps.secrets.names(deps.store.db, secretsOwner(before.id));
  if (patch.credentials !== undefined)
    problems.push(
      ...credentialProblems(
        manifest,
        patch.credentials,
        patch.credentials.method === before.credentialMethod ? kept : [],
      ),
    );
  const enabled = patch.enabled ?? before.enabled;
  const starts = enabled && !before.enabled;
  // A file or a program that says nothing of it gets the connector's own way; a person is asked.
  const beginsToSend = enabled && settings.export.enabled && (starts || !before.settings.export.enabled);
  if (options.writtenBy === 'screen' && beginsToSend) problems.push(...undecidedProblems(manifest, settings.options));
  if (problems.length > 0) throw new InvalidInput(problems);
  const at = deps.clock.now();
  // Other objects have other fields: the check below gives them the default lines.
  const mappings = patch.mappings ?? (startsAnew ? [] : before.mappings);
  const debt = await settingsDebt(deps, before, { mappings, settings });
  // On the screen the preview comes first and its approval is the first run; in a file and over the API saving is the approval.
  const firstRun = options.writtenBy === 'screen' ? at + settings.schedule.everyMinutes * 60_000 : at;
  await deps.store.transaction(async (trx) => {
    const saved = await sql<{ id: string }>`
      update connections set name = ${patch.name ?? before.name}, enabled = ${enabled}, settings = ${JSON.stringify(settings)}::jsonb,
             mappings = ${JSON.stringify(mappings)}::jsonb, credential_method = ${patch.credentials?.method ?? before.credentialMethod},
             settings_version = settings_version + 1, written_by = ${options.writtenBy}, updated_at = ${at},
             first_run_approved = first_run_approved or ${starts && options.writtenBy !== 'screen'},
             next_due_at = case when ${starts} then ${firstRun}::bigint else least(next_due_at, ${at + settings.schedule.everyMinutes * 60_000}::bigint) end
       where id = ${before.id} and settings_version = ${options.ifVersion ?? before.settingsVersion} returning id`.execute(
      trx,
    );
    if (saved.rows.length === 0) throw new Conflicted('changed_meanwhile');
    await switchTimeline(trx, before.id, settings.export.timeline.enabled, at);
    await options.within?.(trx);
    if (patch.credentials !== undefined) await saveCredentials(trx, deps, before, patch.credentials);
    if (startsAnew) await trx.deleteFrom('cursors').where('connection_id', '=', before.id).execute();
    if (before.schema !== null) {
      const use = useOf(manifest, { mappings, settings });
      // What a saved mapping repairs is over (R49).
      await watchSchema(trx, { connectionId: before.id, before: null, after: before.schema, use, ids: deps.ids, at });
    }
    // R36: exactly those whom it can affect are owed a look, and the connection says how far that is.
    if (debt !== null) await oweSettings(trx, before.id, debt, at);
  });
  if (patch.credentials !== undefined || patch.baseUrl !== undefined || patch.options !== undefined)
    await checkAgain(deps, before.id);
  deps.wake?.(before.id);
  return loadConnection(deps.store.db, before.id);
}

/** A connection that is still to be authorised in the browser has nothing to be checked with. */
async function checkAgain(deps: EngineDeps, id: string): Promise<void> {
  const connection = await loadConnection(deps.store.db, id);
  if ((await authorizationOf(deps, connection))?.state !== 'none') await checkConnection(deps, id);
}

/**
 * Another method or another value ends the token that came of the old ones; the same again, or nothing given, does not: an
 * authorisation in the browser survives saving the form. A new secret of the same app keeps it, too.
 */
async function saveCredentials(
  trx: Trx,
  deps: EngineDeps,
  before: Connection,
  { method, ...given }: NonNullable<ConnectionPatch['credentials']>,
): Promise<void> {
  const owner = secretsOwner(before.id);
  const values = stringsOf(given);
  const held = method === before.credentialMethod ? await deps.secrets.load(trx, owner) : {};
  const differs = Object.entries(values).some(
    ([key, value]) => held[key] !== value && !(method === 'oauth' && key === 'clientSecret'),
  );
  if (method !== before.credentialMethod) await deps.secrets.drop(trx, owner);
  await deps.secrets.save(trx, owner, values, deps.clock.now());
  if (method === before.credentialMethod && !differs) return;
  await deps.secrets.drop(trx, tokenOwner(before.id));
  await trx.deleteFrom('authorizations').where('connection_id', '=', before.id).execute();
}

function mergeSettings(before: ConnectionSettings, patch: ConnectionPatch): unknown {
  const { name: _n, enabled: _e, credentials: _c, mappings: _m, ...settings } = patch;
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(settings)) {
    const old = merged[key];
    if (value === null) delete merged[key];
    else
      merged[key] =
        typeof value === 'object' && typeof old === 'object' && old !== null
          ? withoutNulls({ ...old, ...value })
          : value;
  }
  if (patch.import?.contactFilter !== undefined)
    merged['import'] = {
      ...before.import,
      ...patch.import,
      contactFilter: { ...before.import.contactFilter, ...patch.import.contactFilter },
    };
  if (patch.export?.timeline !== undefined)
    merged['export'] = {
      ...before.export,
      ...patch.export,
      timeline: withoutNulls({ ...before.export.timeline, ...patch.export.timeline }),
    };
  return merged;
}

/** A setting that is taken back. */
const withoutNulls = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

/** Disconnects: triggers stop, webhooks are withdrawn, the authorisation is revoked where the vendor lets us, secrets go; contacts, links and history stay, readable (R42). */
export async function disconnect(deps: EngineDeps, idOrName: string): Promise<void> {
  const connection = await loadConnection(deps.store.db, idOrName);
  await withdrawHooks(deps, connection);
  await revokeAuthorization(deps, connection);
  const at = deps.clock.now();
  await deps.store.transaction(async (trx) => {
    await sql`update connections set enabled = false, disconnected_at = ${at}, name = name || '-' || ${String(at)}, settings_version = settings_version + 1 where id = ${connection.id}`.execute(
      trx,
    );
    await sql`update runs set status = 'cancelled', ended_at = ${at} where connection_id = ${connection.id} and status = 'queued'`.execute(
      trx,
    );
    await trx.deleteFrom('due').where('connection_id', '=', connection.id).execute();
    await tellDisconnected(trx, connection.id);
    await deps.secrets.drop(trx, secretsOwner(connection.id));
    await deps.secrets.drop(trx, tokenOwner(connection.id));
    await trx.deleteFrom('authorizations').where('connection_id', '=', connection.id).execute();
  });
}
