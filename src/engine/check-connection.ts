import { sql } from 'kysely';
import type { Account, Finding } from '../connectors/kit/account.ts';
import type { Connector, Manifest, Schema } from '../connectors/kit/connector.ts';
import { failureOf, findingOf, RemoteError } from '../connectors/kit/errors.ts';
import type { FieldOutcome } from '../connectors/kit/fields.ts';
import type { FieldSchema, Kind } from '../core/model.ts';
import { closest } from '../core/schema-diff.ts';
import { isUniqueViolation } from '../store/db.ts';
import { oweSettings, settingsDebt } from './backlog.ts';
import { contactLinesOf, rightsOf, showHidden } from './check-rights.ts';
import { connect } from './connect.ts';
import { type Connection, loadConnection, manifestOf, pauseConnection } from './connection.ts';
import { completeMappings, defaultMappings } from './default-mapping.ts';
import type { EngineDeps } from './deps.ts';
import { listOwners, ownerFaults, refreshOwners } from './owners.ts';
import { freshSchema } from './schema-cache.ts';
import { systemFieldsOf } from './system-fields.ts';

export interface CheckReport {
  readonly ok: boolean;
  readonly account: {
    readonly id: string;
    readonly name: string;
    readonly sandbox: boolean | null;
    readonly timeZone: string | null;
  } | null;
  /** How many records of each kind there are today. */
  readonly counts: Readonly<Partial<Record<Kind, number>>>;
  readonly findings: readonly Finding[];
  readonly missingFields: readonly string[];
}

/** Preflight of a connection: who are we there, may we do our work, is everything there that the mapping needs (R40, R49). */
export async function checkConnection(deps: EngineDeps, idOrName: string): Promise<CheckReport> {
  const connection = await loadConnection(deps.store.db, idOrName);
  const report = await lookAt(deps, connection);
  // Kept, so that the tab shows it without asking the CRM, and mails can tell of what ends.
  const now = deps.clock.now();
  const { ok, counts, findings, missingFields } = report;
  const kept = { at: now, ok, counts, findings, missingFields };
  await sql`update connections set checked = ${JSON.stringify(kept)}::jsonb, check_due_at = ${now + CHECK_EVERY_MS} where id = ${connection.id}`.execute(
    deps.store.db,
  );
  return report;
}

/** How often a connection that is on is looked at by itself. */
export const CHECK_EVERY_MS = 24 * 60 * 60 * 1000;

async function lookAt(deps: EngineDeps, connection: Connection): Promise<CheckReport> {
  const manifest = manifestOf(deps, connection.crm);
  let told: readonly Finding[] = [];
  try {
    const { connector } = await connect(deps, connection);
    const account = await connector.check();
    told = account.findings;
    const identity = await keepAccount(deps, connection, account);
    if (identity !== null) return { ok: false, account, counts: {}, findings: [identity], missingFields: [] };
    const schema = await freshSchema(deps, connection, connector, true);
    await completeMappings(deps, connection, manifest, schema);
    await mapNewFields(deps, connection.id, { manifest, schema, hubs: arrived(connection, manifest, schema) });
    const checked = await loadConnection(deps.store.db, connection.id);
    const findings = [
      ...account.findings,
      ...(await showHidden(connector, inspect(checked, manifest, schema), manifest)),
      ...rightsOf(checked, account, manifest),
      ...limitsOf(checked, account, schema),
      ...contactLinesOf(checked, manifest),
      ...(await checkOwners(deps, checked, connector)),
    ];
    return {
      ok: findings.every((one) => one.level !== 'error'),
      account,
      counts: account.counts ?? {},
      findings,
      missingFields: missingFields(manifest, schema).flatMap((one) => one.makeable ?? []),
    };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const params = { ...failureOf(error), crm: connection.crm };
    await sql`update connections set last_error = ${JSON.stringify(params)}::jsonb, failing_since = coalesce(failing_since, ${deps.clock.now()}) where id = ${connection.id}`.execute(
      deps.store.db,
    );
    return {
      ok: false,
      account: null,
      counts: {},
      findings: [...told, { level: 'error', code: findingOf(error), params }],
      missingFields: [],
    };
  }
}

/** R40: a connection belongs to one account; another one stops it, and two connections to one account are refused. */
async function keepAccount(deps: EngineDeps, connection: Connection, account: Account): Promise<Finding | null> {
  const now = deps.clock.now();
  if (connection.accountId !== null && connection.accountId !== account.id) {
    await pauseConnection(deps.store.db, connection.id, {
      reason: 'other_account',
      detail: { was: connection.accountId, now: account.id },
      at: now,
    });
    return { level: 'error', code: 'other_account', params: { was: connection.accountId, now: account.id } };
  }
  const skew = account.serverTime === null ? 0 : account.serverTime - now;
  try {
    await sql`update connections set account_id = ${account.id}, account = ${JSON.stringify(account)}::jsonb, account_checked_at = ${now}, skew_ms = ${skew},
                last_error = null, failing_since = null, paused_reason = case when paused_reason = 'auth' then null else paused_reason end where id = ${connection.id}`.execute(
      deps.store.db,
    );
    // What could not be set up before may go now.
    await sql`update hook_subscriptions set next_at = 0 where connection_id = ${connection.id} and state = 'failed'`.execute(
      deps.store.db,
    );
    return null;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return { level: 'error', code: 'account_connected_already', params: { account: account.name } };
  }
}

/** Our own fields that the account does not have: what we could make them as, or how a person should call them. */
const missingFields = (
  manifest: Manifest,
  schema: Schema,
): readonly { readonly makeable: string | null; readonly name: string }[] => {
  const system = systemFieldsOf(manifest, schema);
  return (['url', 'score', 'status', 'source', 'syncFlag'] as const).flatMap((field) => {
    const key = manifest.systemFields[field][0];
    if (system[field] !== null || key === undefined) return [];
    return [{ makeable: manifest.capabilities.createFields ? key : null, name: manifest.fieldsByHand?.[field] ?? key }];
  });
};

/** What the last check missed and is there now: somebody made it by hand. */
function arrived(connection: Connection, manifest: Manifest, schema: Schema): readonly SystemLine[] {
  const told = connection.checked?.findings ?? [];
  const missed = new Set(told.filter((one) => one.code.startsWith('system_field_')).map((one) => one.params['field']));
  const system = systemFieldsOf(manifest, schema);
  return SYSTEM_LINES.filter((field) => {
    const names = [manifest.systemFields[field][0], manifest.fieldsByHand?.[field]];
    return system[field] !== null && names.some((name) => name !== undefined && missed.has(name));
  });
}

/** R25: the CRM's owners are read anew; whoever the map names and is not there, or deactivated, is told. */
async function checkOwners(
  deps: EngineDeps,
  connection: Connection,
  connector: Connector,
): Promise<readonly Finding[]> {
  const unreadable = await refreshOwners(deps, connection, connector, true);
  if (unreadable !== null) return connection.settings.owners.assign ? [unreadable] : [];
  return ownerFaults(connection.settings.owners, await listOwners(deps.store.db, connection.id)).map(
    ({ code, email }): Finding => ({ level: 'warning', code, params: { email } }),
  );
}

/** What will stand in the way soon: an end that a person told us of, calls that run short, lines that may not write. */
function limitsOf(connection: Connection, account: Account, schema: Schema): Finding[] {
  const findings: Finding[] = [];
  const { credentialsEndOn } = connection.settings;
  if (credentialsEndOn !== undefined)
    findings.push({ level: 'info', code: 'credentials_end', params: { date: credentialsEndOn } });
  const { quota } = account;
  if (quota !== null && quota.remaining < quota.limit * 0.1)
    findings.push({ level: 'warning', code: 'quota_low', params: { remaining: quota.remaining, limit: quota.limit } });
  for (const line of connection.mappings) {
    const field = schema.kinds[line.kind]?.find((one) => one.key === line.crm);
    if (line.enabled === false || line.direction === 'toHub' || field === undefined) continue;
    const rights = account.rights?.[line.kind];
    // Said of the whole object already.
    if (rights !== undefined && !rights.create && !rights.update) continue;
    const code = hindrance(field, line.kind);
    if (code !== null) findings.push({ level: 'warning', code, params: { field: field.label } });
  }
  return findings;
}

/** A line that goes out to a field which cannot take its changes. Contacts are written to when they are made, at most (R12). */
function hindrance(field: FieldSchema, kind: Kind): string | null {
  if (!field.writableOnCreate && !field.writableOnUpdate) return 'field_not_writable';
  if (kind === 'contact') return field.writableOnCreate ? null : 'field_not_creatable';
  return field.writableOnUpdate ? null : 'field_create_only';
}

function inspect(connection: Connection, manifest: Manifest, schema: Schema): Finding[] {
  const findings: Finding[] = [];
  for (const line of connection.mappings) {
    if (line.enabled === false || (schema.kinds[line.kind] ?? []).some((field) => field.key === line.crm)) continue;
    const guess = closest(
      line.crm,
      (schema.kinds[line.kind] ?? []).map((field) => field.key),
    );
    findings.push({
      level: 'warning',
      code: guess === null ? 'mapped_field_missing' : 'mapped_field_misspelt',
      params: { field: line.crm, kind: line.kind, ...(guess === null ? {} : { guess }) },
    });
  }
  const { export: out, import: inn } = connection.settings;
  if (out.enabled) {
    const kind = manifest.kinds.includes(out.createAs) ? out.createAs : (manifest.kinds[0] ?? 'lead');
    const mapped = new Set(
      connection.mappings
        .filter((line) => line.kind === kind && line.direction !== 'toHub' && line.enabled !== false)
        .map((line) => line.crm),
    );
    for (const field of schema.kinds[kind] ?? []) {
      if (field.required && field.writableOnCreate && !mapped.has(field.key))
        findings.push({ level: 'warning', code: 'required_not_mapped', params: { field: field.label, kind } });
    }
  }
  const filter = inn.contactFilter;
  if (inn.contacts && filter.enabled && !(schema.kinds.contact ?? []).some((field) => field.key === filter.field)) {
    const guess = closest(
      filter.field,
      (schema.kinds.contact ?? []).map((field) => field.key),
    );
    findings.push({
      level: 'error',
      code: guess === null ? 'sync_field_missing' : 'sync_field_misspelt',
      params: { field: filter.field, ...(guess === null ? {} : { guess }) },
    });
  }
  for (const { makeable, name } of missingFields(manifest, schema))
    findings.push(
      makeable === null
        ? { level: 'info', code: 'system_field_by_hand', params: { field: name, crm: manifest.label } }
        : { level: 'info', code: 'system_field_missing', params: { field: name } },
    );
  return findings;
}

/** Makes missing fields of ours through the vendor's API; the link field first and alone. */
export async function createFields(
  deps: EngineDeps,
  idOrName: string,
  keys: readonly string[],
): Promise<readonly { readonly key: string; readonly ok: boolean; readonly reason?: string }[]> {
  const connection = await loadConnection(deps.store.db, idOrName);
  const manifest = manifestOf(deps, connection.crm);
  const { connector } = await connect(deps, connection);
  const maker: Connector['fields'] = connector.fields;
  if (maker === undefined) return keys.map((key) => ({ key, ok: false, reason: 'not_supported' }));
  const typeOf = (key: string): 'text' | 'number' | 'boolean' =>
    manifest.systemFields.score.includes(key)
      ? 'number'
      : manifest.systemFields.syncFlag.includes(key)
        ? 'boolean'
        : 'text';
  const isLink = (key: string): boolean => manifest.systemFields.url.includes(key);
  const wishes = [...keys]
    .sort((a, b) => Number(isLink(b)) - Number(isLink(a)))
    .flatMap((key) =>
      manifest.kinds.map((kind) => ({
        kind,
        key,
        label: key.replace(/__c$/, '').replace(/_/g, ' '),
        type: typeOf(key),
      })),
    );
  // The link field first and alone: without it nothing else is worth having (R31c).
  const first = wishes.filter((wish) => isLink(wish.key));
  const outcomes: FieldOutcome[] = first.length === 0 ? [] : [...(await maker.create(first))];
  if (!outcomes.some((one) => !one.ok))
    outcomes.push(...(await maker.create(wishes.filter((wish) => !isLink(wish.key)))));
  const schema = await freshSchema(deps, { ...connection, schemaCheckedAt: null }, connector, true);
  const hubs = outcomes.some((one) => one.ok) ? SYSTEM_LINES : [];
  await mapNewFields(deps, connection.id, { manifest, schema, hubs });
  return outcomes.map((one) => ({ key: one.key, ok: one.ok, ...(one.ok ? {} : { reason: one.fault.reason }) }));
}

const SYSTEM_LINES = ['url', 'score', 'status', 'source'] as const;
type SystemLine = (typeof SYSTEM_LINES)[number];

/** Fields of ours that are new there get their lines, as a new connection's have them. */
async function mapNewFields(
  deps: EngineDeps,
  id: string,
  {
    manifest,
    schema,
    hubs,
  }: { readonly manifest: Manifest; readonly schema: Schema; readonly hubs: readonly SystemLine[] },
): Promise<void> {
  if (hubs.length === 0) return;
  const connection = await loadConnection(deps.store.db, id);
  const { mappings } = connection;
  if (mappings.length === 0) return;
  const news = defaultMappings(manifest, schema).filter(
    (line) =>
      hubs.some((hub) => hub === line.hub) &&
      line.direction === 'toCrm' &&
      !mappings.some((one) => one.kind === line.kind && (one.hub === line.hub || one.crm === line.crm)),
  );
  if (news.length === 0) return;
  const debt = await settingsDebt(deps, connection, { ...connection, mappings: [...mappings, ...news] });
  await deps.store.transaction(async (trx) => {
    await sql`update connections set mappings = mappings || ${JSON.stringify(news)}::jsonb, settings_version = settings_version + 1 where id = ${id}`.execute(
      trx,
    );
    if (debt !== null) await oweSettings(trx, id, debt, deps.clock.now());
  });
}
