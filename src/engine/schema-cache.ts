import type { Connector, Schema } from '../connectors/kit/connector.ts';
import { type Connection, manifestOf } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { useOf, watchSchema } from './schema-watch.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The CRM's fields, read again by conditional request at most once a day, or at once when `force` says so (R49). */
export async function freshSchema(
  deps: EngineDeps,
  connection: Connection,
  connector: Connector,
  force = false,
): Promise<Schema> {
  const now = deps.clock.now();
  const { schema, schemaCheckedAt } = connection;
  if (!force && schema !== null && schemaCheckedAt !== null && now - schemaCheckedAt < DAY_MS) return schema;
  const answer = await connector.describe(schema?.version);
  const fresh = answer === 'unchanged' && schema !== null ? schema : answer;
  if (fresh === 'unchanged') throw new Error('the CRM says that its fields are unchanged, but we do not have them');
  const manifest = manifestOf(deps, connection.crm);
  await deps.store.transaction(async (trx) => {
    await trx
      .updateTable('connections')
      .set({ schema: JSON.stringify(fresh), schema_version: fresh.version, schema_checked_at: now })
      .where('id', '=', connection.id)
      .execute();
    if (fresh === schema) return;
    const use = useOf(manifest, connection);
    await watchSchema(trx, { connectionId: connection.id, before: schema, after: fresh, use, ids: deps.ids, at: now });
  });
  return fresh;
}
