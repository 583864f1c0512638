import { sql } from 'kysely';
import { lineKey } from '../core/model.ts';
import { countBacklog, countStaleLinks, type MarkedLine, markStaleLinks } from '../store/backlog.ts';
import { costOf, noteBacklog } from './backlog.ts';
import { type Connection, listConnections, loadConnection, manifestOf } from './connection.ts';
import { type EngineDeps, publicAddress } from './deps.ts';
import { requestRuns } from './runs.ts';

/** The lines that write the address of a contact's page into the CRM. */
const addressLines = ({ mappings, settings }: Connection): readonly MarkedLine[] =>
  mappings
    .filter(
      (line) =>
        settings.export.enabled &&
        line.hub === 'url' &&
        line.enabled !== false &&
        line.direction !== 'toHub' &&
        (line.kind !== 'contact' || settings.export.systemFieldsOnContacts),
    )
    .map((line) => ({ key: lineKey(line), kind: line.kind, hub: line.hub, optOut: false }));

/** Setting: the public address of the last start. */
const SETTING = 'linkAddress';

/**
 * R24: at the start of the server: after the public address has changed, each connection's records with a link to another
 * one are counted, and left as they are. @returns the connections that have some.
 */
export async function noticeAddress(deps: EngineDeps): Promise<readonly Connection[]> {
  const address = publicAddress(deps);
  const { db } = deps.store;
  const stored = await db.selectFrom('settings').select('value').where('key', '=', SETTING).executeTakeFirst();
  if (stored?.value === address) return [];
  const found: Connection[] = [];
  for (const connection of await listConnections(db)) {
    const stale = await countStaleLinks(db, connection.id, { lines: addressLines(connection), address });
    await keepStale(deps, connection.id, stale);
    if (stale !== null) found.push(connection);
  }
  const at = deps.clock.now();
  await sql`insert into settings (key, value, updated_at) values (${SETTING}, ${JSON.stringify(address)}::jsonb, ${at})
            on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`.execute(db);
  return found;
}

async function keepStale(
  deps: EngineDeps,
  connectionId: string,
  stale: { readonly count: number; readonly from: string } | null,
): Promise<void> {
  const kept = stale === null ? null : JSON.stringify({ ...stale, at: deps.clock.now() });
  await sql`update connections set stale_links = ${kept}::jsonb, link_address = ${stale?.from ?? publicAddress(deps)},
              settings_version = settings_version + 1 where id = ${connectionId}`.execute(deps.store.db);
}

/** The offer to rewrite them; null: there is nothing to rewrite. */
export interface LinkOffer {
  readonly count: number;
  /** The address that most of them hold. */
  readonly from: string;
  readonly to: string;
  /** Calls that it costs, at most. */
  readonly calls: number;
}

export function linkOffer(deps: EngineDeps, connection: Connection): LinkOffer | null {
  const { staleLinks } = connection;
  if (staleLinks === null) return null;
  return {
    count: staleLinks.count,
    from: staleLinks.from,
    to: publicAddress(deps),
    calls: costOf(manifestOf(deps, connection.crm), { hub: 0, crm: staleLinks.count }),
  };
}

/**
 * R24: a person lets the links be rewritten: everybody concerned is owed a look, in one statement, at the pace of the quota;
 * a run towards the CRM begins where the connection is on. @returns how many. @throws NotFound
 */
export async function rewriteLinks(deps: EngineDeps, idOrName: string): Promise<number> {
  const connection = await loadConnection(deps.store.db, idOrName);
  const address = publicAddress(deps);
  const at = deps.clock.now();
  const marked = await deps.store.transaction(async (trx) => {
    await trx.selectFrom('connections').select('id').where('id', '=', connection.id).forUpdate().execute();
    const before = await countBacklog(trx, connection.id);
    const marking = { connectionId: connection.id, how: 'calculated', at } as const;
    await markStaleLinks(trx, { lines: addressLines(connection), address }, marking);
    const after = await countBacklog(trx, connection.id);
    await noteBacklog(trx, connection.id, {
      before: before.hub + before.crm,
      at,
      lines: [],
      also: ['links'],
      needsFullRead: false,
    });
    await sql`update connections set stale_links = null, link_address = ${address}, settings_version = settings_version + 1 where id = ${connection.id}`.execute(
      trx,
    );
    return after.crm - before.crm;
  });
  if (marked > 0 && connection.enabled && connection.pausedReason === null)
    await requestRuns(deps, connection.id, { mode: 'changes', direction: 'toCrm', trigger: 'person' });
  return marked;
}
