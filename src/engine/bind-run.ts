import type { Manifest, Schema } from '../connectors/kit/connector.ts';
import type { BoundLine } from '../core/decide.ts';
import { bindLines, type SuspendedLine } from '../core/mapping.ts';
import type { FieldSchema, Kind } from '../core/model.ts';
import { restingFields } from '../core/schema-diff.ts';
import { isZone } from '../core/zones.ts';
import { hubFields } from '../hub/fields.ts';
import type { Connection } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { keepOptionLinks, linkOptions } from './option-links.ts';
import { openSchemaChanges } from './schema-watch.ts';

/** The hub's fields and every kind's lines, ready for use. */
export interface BoundRun {
  readonly hubFields: readonly FieldSchema[];
  readonly lines: Readonly<Partial<Record<Kind, readonly BoundLine[]>>>;
  readonly suspended: readonly SuspendedLine[];
}

/**
 * Binds a connection's mapping to both schemas, with its value lists linked by the CRM's option ids (R21).
 * @param input.keep new links and followed labels are stored; false in a preview, which adds nothing (R37)
 */
export async function bindRun(
  deps: EngineDeps,
  input: {
    readonly connection: Connection;
    readonly manifest: Manifest;
    readonly schema: Schema;
    readonly keep: boolean;
  },
): Promise<BoundRun> {
  const { connection, manifest, schema } = input;
  let fields = await hubFields(deps.store.db);
  const linking = { connectionId: connection.id, mappings: connection.mappings, schema };
  let linked = await linkOptions(deps.store.db, { ...linking, hubFields: fields });
  if (input.keep && linked.news.length > 0) {
    await deps.store.transaction((trx) => keepOptionLinks(trx, connection.id, linked.news));
    fields = await hubFields(deps.store.db);
    linked = await linkOptions(deps.store.db, { ...linking, hubFields: fields });
  }
  const resting = restingFields(await openSchemaChanges(deps.store.db, connection.id));
  const lines: Partial<Record<Kind, readonly BoundLine[]>> = {};
  const suspended: SuspendedLine[] = [];
  for (const kind of manifest.kinds) {
    const bound = bindLines({
      lines: connection.mappings,
      kind,
      hubFields: fields,
      crmFields: schema.kinds[kind] ?? [],
      conflict: connection.settings.conflict,
      phoneKey: deps.phoneKey,
      zone: zoneOf(connection),
      links: linked.links,
      resting,
    });
    lines[kind] = bound.bound;
    suspended.push(...bound.suspended);
  }
  return { hubFields: fields, lines, suspended };
}

/** The calendar in which the account's people read their dates (R22). */
function zoneOf(connection: Connection): string {
  const zone = connection.account?.timeZone ?? null;
  return zone !== null && isZone(zone) ? zone : 'UTC';
}
