import { sql } from 'kysely';
import type { Queryable } from '../store/db.ts';

/** Something that a known person did. */
export interface ReadEvent {
  readonly id: string;
  readonly type: string;
  /** ms since 1970. */
  readonly at: number;
  readonly contactId: string;
  readonly points: number;
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

/** Newest first, by keyset. */
export async function listEvents(
  q: Queryable,
  query: {
    readonly type?: string | undefined;
    readonly limit: number;
    readonly before?: { readonly at: number; readonly id: string } | undefined;
  },
): Promise<readonly ReadEvent[]> {
  const { type, before } = query;
  const rows = await sql<ReadEvent>`
    select id, type, at, contact_id as "contactId", points, data from events
     where contact_id is not null and ${type === undefined ? sql`true` : sql`type = ${type}`}
       and ${before === undefined ? sql`true` : sql`(at, id) < (${before.at}, ${before.id})`}
     order by at desc, id desc limit ${query.limit}`.execute(q);
  return rows.rows;
}
