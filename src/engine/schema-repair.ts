import { sql } from 'kysely';
import { InvalidInput, NotFound } from '../core/invalid-input.ts';
import { lineKey, type MappingLine } from '../core/model.ts';
import { REPAIRS_OF, type Repair } from '../core/schema-diff.ts';
import type { Trx } from '../store/db.ts';
import { type Connection, loadConnection } from './connection.ts';
import { updateConnection } from './connections.ts';
import type { EngineDeps } from './deps.ts';
import { groupChanges, openSchemaChanges, type SchemaChangeGroup } from './schema-watch.ts';

export interface RepairWish {
  readonly action: Repair;
  /** Of `take_over`: the field that is meant; default: the one that was recognised. */
  readonly to?: string | undefined;
  /** Of `set_default`. */
  readonly default?: string | number | boolean | undefined;
  /** Of `set_default` where no line fills the field yet: the hub field that shall. */
  readonly hub?: string | undefined;
}

/**
 * Repairs what a change of the CRM's fields broke (R49), by changing the mapping as a person would, with every check of
 * saving. A line that is taken over keeps its shadow, so that nobody meets anew.
 * @throws NotFound, InvalidInput
 */
export async function repairSchemaChange(
  deps: EngineDeps,
  idOrName: string,
  changeId: string,
  wish: RepairWish,
): Promise<readonly SchemaChangeGroup[]> {
  const connection = await loadConnection(deps.store.db, idOrName);
  const groups = groupChanges(await openSchemaChanges(deps.store.db, connection.id));
  const change = groups.find((one) => one.ids.includes(changeId));
  if (change === undefined) throw new NotFound('schema change');
  if (!REPAIRS_OF[change.what].includes(wish.action))
    throw new InvalidInput([
      {
        path: 'action',
        code: 'not_in_list',
        params: { value: wish.action, allowed: REPAIRS_OF[change.what].join(', ') },
      },
    ]);
  const mappings = repaired(connection, change, wish);
  if (mappings !== null) {
    await updateConnection(
      deps,
      connection.id,
      { mappings },
      {
        writtenBy: 'screen',
        ifVersion: connection.settingsVersion,
        within: async (trx) => {
          if (wish.action === 'take_over') await carryShadows(trx, connection, mappings);
        },
      },
    );
  }
  await sql`update schema_changes set closed_at = ${deps.clock.now()}, closed_how = ${wish.action} where id = any(${change.ids as string[]}::text[]) and closed_at is null`.execute(
    deps.store.db,
  );
  deps.wake?.(connection.id);
  return groupChanges(await openSchemaChanges(deps.store.db, connection.id));
}

/** The mapping after the repair; null: it stays as it is. */
function repaired(connection: Connection, change: SchemaChangeGroup, wish: RepairWish): readonly MappingLine[] | null {
  const concerns = (line: MappingLine): boolean =>
    change.kinds.includes(line.kind) && line.crm === change.field && line.enabled !== false;
  const each = (with_: (line: MappingLine) => MappingLine): readonly MappingLine[] =>
    connection.mappings.map((line) => (concerns(line) ? with_(line) : line));
  switch (wish.action) {
    case 'take_over': {
      const to = wish.to ?? change.detail.to;
      if (to === undefined) throw new InvalidInput([{ path: 'to', code: 'required', params: {} }]);
      const isThere = change.kinds.every((kind) =>
        (connection.schema?.kinds[kind] ?? []).some((field) => field.key === to),
      );
      if (!isThere) throw new InvalidInput([{ path: 'to', code: 'unknown_field', params: { field: to } }]);
      return each((line) => ({ ...line, crm: to }));
    }
    case 'only_in':
      return each((line) => ({ ...line, direction: 'toHub' }));
    case 'switch_off':
      return each((line) => ({ ...line, enabled: false }));
    case 'set_default': {
      if (wish.default === undefined) throw new InvalidInput([{ path: 'default', code: 'required', params: {} }]);
      const standIn = wish.default;
      if (connection.mappings.some((line) => concerns(line) && line.direction !== 'toHub'))
        return each((line) => ({ ...line, default: standIn }));
      if (wish.hub === undefined) throw new InvalidInput([{ path: 'hub', code: 'required', params: {} }]);
      const line = {
        kind: change.kind,
        hub: wish.hub,
        crm: change.field,
        direction: 'toCrm',
        default: standIn,
      } as const;
      return [...connection.mappings, line];
    }
    case 'accept':
    case 'dismiss':
      return null;
  }
}

/** What both sides last agreed on goes with the line to the field's new name, on every link at once. */
async function carryShadows(trx: Trx, connection: Connection, mappings: readonly MappingLine[]): Promise<void> {
  const moves = connection.mappings.flatMap((line, index) => {
    const next = mappings[index];
    return next === undefined || next.crm === line.crm ? [] : [{ from: lineKey(line), to: lineKey(next) }];
  });
  for (const { from, to } of moves) {
    await sql`
      update links set shadow = case when shadow ? ${from} then (shadow - ${from}::text) || jsonb_build_object(${to}::text, shadow -> ${from}) else shadow end,
             holds = case when holds ? ${from} then (holds - ${from}::text) || jsonb_build_object(${to}::text, holds -> ${from}) else holds end,
             shadow_version = shadow_version + 1
       where connection_id = ${connection.id} and (shadow ? ${from} or holds ? ${from})`.execute(trx);
    await sql`update conflicts set line = ${to} where connection_id = ${connection.id} and line = ${from} and status = 'held'`.execute(
      trx,
    );
    await sql`update flips f set line = ${to} from links l where l.id = f.link_id and l.connection_id = ${connection.id} and f.line = ${from}`.execute(
      trx,
    );
  }
}
