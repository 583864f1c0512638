import { lineKey } from '../../core/model.ts';
import { REPAIRS_OF } from '../../core/schema-diff.ts';
import { type Connection, loadConnection } from '../../engine/connection.ts';
import { repairSchemaChange } from '../../engine/schema-repair.ts';
import { groupChanges, openSchemaChanges, type SchemaChangeGroup } from '../../engine/schema-watch.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { isMessage, type Locale, say } from '../messages/say.ts';
import { iso } from '../present.ts';
import { type App, register } from '../register.ts';

/** What changed in a CRM's fields, in words, and its repair (R49). */
export function addSchemaRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const { db } = engine.store;
  const presentChange = (change: SchemaChangeGroup, connection: Connection, locale: Locale) => {
    const lines = connection.mappings.filter(
      (line) => change.kinds.includes(line.kind) && line.crm === change.field && line.enabled !== false,
    );
    const typeText = (type: string | undefined): string => {
      const key = `type.${type ?? ''}`;
      return isMessage(key) ? say(locale, key) : (type ?? '');
    };
    const params = {
      field: change.label,
      key: change.field,
      to: change.detail.toLabel ?? '',
      toKey: change.detail.to ?? '',
      fromType: typeText(change.detail.fromType),
      toType: typeText(change.detail.toType),
      gone: (change.detail.gone ?? []).join(', '),
      crm: engine.manifests.get(connection.crm)?.label ?? connection.crm,
    };
    return {
      id: change.id,
      kinds: [...change.kinds],
      field: change.field,
      label: change.label,
      what: change.what,
      to: change.detail.to ?? null,
      toLabel: change.detail.toLabel ?? null,
      lines: lines.map(lineKey),
      suspends: !['required', 'options'].includes(change.what),
      at: iso(change.at),
      message: say(locale, `schema.${change.what}`, params),
      todo: say(locale, `schema_todo.${change.what}`, params),
      repairs: [...REPAIRS_OF[change.what]],
    };
  };
  register(app, deps, routes.schemaChanges, async ({ params, locale }) => {
    const connection = await loadConnection(db, params['id'] ?? '');
    const changes = groupChanges(await openSchemaChanges(db, connection.id));
    return { items: changes.map((change) => presentChange(change, connection, locale)) };
  });
  register(app, deps, routes.repairSchemaChange, async ({ params, body, locale }) => {
    const left = await repairSchemaChange(engine, params['id'] ?? '', params['change'] ?? '', body);
    const connection = await loadConnection(db, params['id'] ?? '');
    return { items: left.map((change) => presentChange(change, connection, locale)) };
  });
}
