import { sql } from 'kysely';
import type { Manifest, Schema } from '../connectors/kit/connector.ts';
import type { Kind } from '../core/model.ts';
import { compareSchemas, type SchemaChange, type SchemaUse, stillConcerns } from '../core/schema-diff.ts';
import type { Ids } from '../platform/ids.ts';
import type { Queryable } from '../store/db.ts';
import type { Connection } from './connection.ts';

/** A change of the CRM's fields that waits for a repair (R49). */
export interface OpenSchemaChange extends SchemaChange {
  readonly id: string;
  /** When we saw it, ms. */
  readonly at: number;
}

/** The same change of one field on several kinds is one thing to a person. */
export interface SchemaChangeGroup extends OpenSchemaChange {
  readonly kinds: readonly Kind[];
  readonly ids: readonly string[];
}

export function groupChanges(changes: readonly OpenSchemaChange[]): readonly SchemaChangeGroup[] {
  const groups = new Map<string, SchemaChangeGroup>();
  for (const change of changes) {
    const key = `${change.field} ${change.what} ${change.detail.to ?? ''}`;
    const group = groups.get(key) ?? { ...change, kinds: [], ids: [] };
    groups.set(key, { ...group, kinds: [...group.kinds, change.kind], ids: [...group.ids, change.id] });
  }
  return [...groups.values()];
}

/** What of the CRM's schema this connection uses. */
export function useOf(manifest: Manifest, connection: Pick<Connection, 'mappings' | 'settings'>): SchemaUse {
  const { export: out } = connection.settings;
  const creates: Kind | null = !out.enabled
    ? null
    : manifest.kinds.includes(out.createAs)
      ? out.createAs
      : (manifest.kinds[0] ?? null);
  return { mappings: connection.mappings, creates };
}

export async function openSchemaChanges(q: Queryable, connectionId: string): Promise<readonly OpenSchemaChange[]> {
  const rows = await q
    .selectFrom('schema_changes')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('closed_at', 'is', null)
    .orderBy('at')
    .orderBy('field')
    .orderBy('kind', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    // These columns hold only what `watchSchema` wrote.
    kind: row.kind as Kind,
    field: row.field,
    label: row.label,
    what: row.what as SchemaChange['what'],
    detail: row.detail as SchemaChange['detail'],
    at: row.at,
  }));
}

/**
 * Compares the fields of now with those we knew, keeps what concerns the mapping, and closes what is over: repaired in the
 * mapping, or undone in the CRM. Called in the transaction that stores the schema or the mapping. @returns what is new.
 */
export async function watchSchema(
  q: Queryable,
  input: {
    readonly connectionId: string;
    /** null: nothing was described before. */
    readonly before: Schema | null;
    readonly after: Schema;
    readonly use: SchemaUse;
    readonly ids: Ids;
    readonly at: number;
  },
): Promise<readonly SchemaChange[]> {
  const { connectionId, before, after, use, at } = input;
  const open = await openSchemaChanges(q, connectionId);
  const over = open.filter((change) => !stillConcerns(change, after.kinds, use)).map((change) => change.id);
  if (over.length > 0)
    await sql`update schema_changes set closed_at = ${at}, closed_how = 'over' where id = any(${over}::text[])`.execute(
      q,
    );
  const news = before === null ? [] : compareSchemas(before.kinds, after.kinds, use);
  if (news.length === 0) return [];
  const rows = news.map((change) => ({ ...change, id: input.ids.next('sch') }));
  await sql`
    insert into schema_changes (id, connection_id, kind, field, label, what, detail, at)
    select id, ${connectionId}::text, kind, field, label, what, detail, ${at}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(id text, kind text, field text, label text, what text, detail jsonb)
    on conflict (connection_id, kind, field, what) where closed_at is null do update set detail = excluded.detail, label = excluded.label`.execute(
    q,
  );
  return news;
}
