import { sql } from 'kysely';
import { type ConnectionSettings, connectionSettings } from '../api/contract/connection.ts';
import type { Account, Finding } from '../connectors/kit/account.ts';
import type { Manifest, Schema } from '../connectors/kit/connector.ts';
import { NotFound } from '../core/invalid-input.ts';
import type { Kind, LineKey, MappingLine, PausedReason } from '../core/model.ts';
import type { Queryable } from '../store/db.ts';
import type { EngineDeps } from './deps.ts';

/** One account in one CRM with its settings, as the engine uses it; never with credentials. */
export interface Connection {
  readonly id: string;
  readonly name: string;
  readonly crm: string;
  readonly enabled: boolean;
  readonly settings: ConnectionSettings;
  readonly mappings: readonly MappingLine[];
  readonly settingsVersion: number;
  readonly credentialMethod: string | null;
  readonly account: Account | null;
  readonly accountId: string | null;
  readonly schema: Schema | null;
  readonly schemaCheckedAt: number | null;
  readonly pausedReason: PausedReason | null;
  readonly pausedDetail: Readonly<Record<string, string | number>> | null;
  readonly pausedAt: number | null;
  /** When the account last answered a check, and its people were counted. */
  readonly ownersReadAt: number | null;
  readonly accountCheckedAt: number | null;
  readonly nextDueAt: number | null;
  readonly leaseNumber: number;
  readonly skewMs: number;
  readonly lastError: Readonly<Record<string, string | number>> | null;
  readonly failingSince: number | null;
  readonly writtenBy: string;
  /** What the last preflight found. */
  readonly checked: {
    readonly at: number;
    readonly ok: boolean;
    /** Not there: of a check before they were kept. */
    readonly counts?: Readonly<Partial<Record<Kind, number>>>;
    readonly findings: readonly Finding[];
    readonly missingFields: readonly string[];
  } | null;
  /** R36: changes of settings that are not everywhere yet; what is left is counted elsewhere. */
  readonly backlog: StoredBacklog | null;
  /** R24: links in the CRM that hold the address of before; null: none, or they may be rewritten. */
  readonly staleLinks: StaleLinks | null;
  /** The address with which known records hold our links (R24); null: not known, ours. */
  readonly linkAddress: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What is kept about debts that changes of the settings made (R36). */
export interface StoredBacklog {
  readonly since: number;
  /** Lines that changed. */
  readonly lines: readonly LineKey[];
  /** What else was changed: who takes part, who may be created, the address of our links. */
  readonly also: readonly ('filter' | 'score' | 'links')[];
  /** How many looks there were to be, those done included. */
  readonly total: number;
  /** Some who take part now are found by a full read alone. */
  readonly needsFullRead: boolean;
}

/** R24: how many records hold a link to an address that is not ours any more, and which address most of them hold. */
export interface StaleLinks {
  readonly count: number;
  readonly from: string;
  readonly at: number;
}

/** By id or name. @throws NotFound */
export async function loadConnection(q: Queryable, idOrName: string): Promise<Connection> {
  const row = await q
    .selectFrom('connections')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]))
    .where('disconnected_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw new NotFound('connection');
  return toConnection(row);
}

export async function listConnections(q: Queryable): Promise<readonly Connection[]> {
  const rows = await q
    .selectFrom('connections')
    .selectAll()
    .where('disconnected_at', 'is', null)
    .orderBy('created_at')
    .execute();
  return rows.map(toConnection);
}

type Row = Awaited<ReturnType<typeof rowOf>>;
const rowOf = (q: Queryable) => q.selectFrom('connections').selectAll().executeTakeFirstOrThrow();

function toConnection(row: Row): Connection {
  return {
    id: row.id,
    name: row.name,
    crm: row.crm,
    enabled: row.enabled,
    settings: connectionSettings.parse(row.settings),
    mappings: row.mappings,
    settingsVersion: row.settings_version,
    credentialMethod: row.credential_method,
    // These columns hold only what the engine wrote from these very types.
    account: row.account as Account | null,
    accountId: row.account_id,
    schema: row.schema as Schema | null,
    schemaCheckedAt: row.schema_checked_at,
    pausedReason: row.paused_reason as PausedReason | null,
    pausedDetail: row.paused_detail as Connection['pausedDetail'],
    pausedAt: row.paused_at,
    ownersReadAt: row.owners_read_at,
    accountCheckedAt: row.account_checked_at,
    nextDueAt: row.next_due_at,
    leaseNumber: row.lease_number,
    skewMs: row.skew_ms,
    lastError: row.last_error as Connection['lastError'],
    failingSince: row.failing_since,
    writtenBy: row.written_by,
    checked: row.checked as unknown as Connection['checked'],
    backlog: row.backlog as unknown as StoredBacklog | null,
    linkAddress: row.link_address,
    staleLinks: row.stale_links as unknown as StaleLinks | null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** @throws NotFound when this program has no connector of that name. */
export function manifestOf(deps: Pick<EngineDeps, 'manifests'>, crm: string): Manifest {
  const manifest = deps.manifests.get(crm);
  if (manifest === undefined) throw new NotFound('crm');
  return manifest;
}

/** Why it does not run although it is on, or null. Pausing ends running work at its next page. */
export async function pauseConnection(
  q: Queryable,
  id: string,
  pause: {
    readonly reason: PausedReason | null;
    readonly detail?: Readonly<Record<string, string | number>>;
    readonly at: number;
  },
): Promise<void> {
  await sql`update connections set paused_reason = ${pause.reason}, paused_detail = ${JSON.stringify(pause.detail ?? null)}::jsonb,
              paused_at = ${pause.at}, updated_at = ${pause.at} where id = ${id}`.execute(q);
}
