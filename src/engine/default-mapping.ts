import { sql } from 'kysely';
import type { Manifest, Schema } from '../connectors/kit/connector.ts';
import type { Kind, MappingLine } from '../core/model.ts';
import type { Connection } from './connection.ts';
import type { EngineDeps } from './deps.ts';
import { systemFieldsOf } from './system-fields.ts';

/** The default lines whose fields this account has, and ours where they exist; only for a connection that has none yet. */
export function defaultMappings(manifest: Manifest, schema: Schema): MappingLine[] {
  const has = (kind: Kind, key: string): boolean => (schema.kinds[kind] ?? []).some((field) => field.key === key);
  const lines: MappingLine[] = manifest.defaultMapping
    .filter((line) => has(line.kind, line.crm))
    .map((line) => ({ ...line }));
  const system = systemFieldsOf(manifest, schema);
  for (const kind of manifest.kinds) {
    for (const hub of ['url', 'score', 'status', 'source'] as const) {
      const crm = system[hub];
      if (crm !== null && has(kind, crm)) lines.push({ kind, hub, crm, direction: 'toCrm' });
    }
  }
  return lines;
}

/** A connection without a line gets the default ones, once its CRM has been described. */
export async function completeMappings(
  deps: EngineDeps,
  connection: Connection,
  manifest: Manifest,
  schema: Schema,
): Promise<void> {
  if (connection.mappings.length > 0) return;
  await sql`update connections set mappings = ${JSON.stringify(defaultMappings(manifest, schema))}::jsonb where id = ${connection.id} and mappings = '[]'::jsonb`.execute(
    deps.store.db,
  );
}
