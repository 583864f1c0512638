import { sql } from 'kysely';
import type { Manifest } from '../connectors/kit/connector.ts';
import type { Kind } from '../core/model.ts';
import { type Connection, loadConnection, manifestOf } from './connection.ts';
import type { EngineDeps } from './deps.ts';

/** What a full synchronisation of both directions would cost, in API calls, from the vendor's page and batch sizes. */
export interface Estimate {
  readonly toHub: number;
  readonly toCrm: number;
  readonly calls: number;
  /** Share of the vendor's daily allowance; null: the manifest states none. */
  readonly ofDailyQuota: number | null;
}

const pages = (count: number, size: number): number => Math.ceil(count / Math.max(1, size));

/**
 * Reads only our own tables: what the CRM counted at its last check, who is linked, who passes the score. What would
 * have to be written to linked people is not known before they are read: a preview tells.
 */
export async function estimateFull(deps: EngineDeps, idOrName: string): Promise<Estimate> {
  const connection = await loadConnection(deps.store.db, idOrName);
  const manifest = manifestOf(deps, connection.crm);
  const toHub = readingCost(connection, manifest);
  const toCrm = connection.settings.export.enabled ? await writingCost(deps, connection, manifest) : 0;
  const daily = manifest.limits.find((limit) => limit.name === 'daily')?.limit.value;
  const calls = toHub + toCrm;
  return { toHub, toCrm, calls, ofDailyQuota: daily === undefined ? null : calls / daily };
}

/** Every page of the kinds in use, one count before each, one look for deletions in each of their feeds. */
function readingCost(connection: Connection, manifest: Manifest): number {
  const { leads, contacts } = connection.settings.import;
  const counts = connection.account?.counts ?? {};
  const changes = manifest.feeds.filter((feed) => feed.carries === 'changes');
  const isShared = changes.length < manifest.kinds.length;
  const used = (kind: Kind): boolean => isShared || (kind === 'contact' ? contacts : leads);
  const read = manifest.kinds
    .filter(used)
    .reduce((sum, kind) => sum + Math.max(1, pages(counts[kind] ?? 0, manifest.batch.readPage.value)), 0);
  const gone = manifest.feeds.filter((feed) => feed.carries === 'gone').length;
  return read + gone;
}

/** Linked people are read again; the others are looked up in every kind, made, and read back where answers are bare. */
async function writingCost(deps: EngineDeps, connection: Connection, manifest: Manifest): Promise<number> {
  const { batch, kinds, capabilities } = manifest;
  const found = await sql<{ linked: number; unlinked: number }>`
    select (select count(*)::int from links where connection_id = ${connection.id} and role = 'primary' and state in ('active', 'frozen') and contact_id is not null) as linked,
           (select count(*)::int from contacts c where c.archived_at is null and c.score >= ${connection.settings.export.minimumScore ?? 51}
              and not exists (select 1 from links l where l.connection_id = ${connection.id} and l.contact_id = c.id and l.role = 'primary')) as unlinked`.execute(
    deps.store.db,
  );
  const { linked = 0, unlinked = 0 } = found.rows[0] ?? {};
  const readBack = capabilities.answersCarryRecord ? 0 : pages(unlinked, batch.readByIds.value);
  return (
    pages(linked, Math.min(1_000, batch.readByIds.value)) +
    (unlinked === 0 ? 0 : pages(unlinked, batch.find.value) * kinds.length) +
    pages(unlinked, batch.create.value) +
    readBack
  );
}
