import { type RawBuilder, sql } from 'kysely';
import type { Kind } from '../core/model.ts';

/**
 * Records that a connection's directory knows by these normalised addresses, main or further ones. Key by key (`offset 0`):
 * a database without statistics would rather compare every record of the connection with every address, for every page.
 */
export const inDirectory = (
  connectionId: string,
  keys: readonly string[],
): RawBuilder<{ crm_id: string; kind: Kind; email: string }> => sql`
  select d.crm_id, d.kind, k.email from unnest(${keys as string[]}::text[]) as k(email) cross join lateral (
    select crm_id, kind, gone_at from directory where connection_id = ${connectionId} and emails[1] = k.email offset 0) d
   where d.gone_at is null
  union all
  select d.crm_id, d.kind, e.email from directory d cross join lateral unnest(d.emails[2:]) as e(email)
   where d.connection_id = ${connectionId} and cardinality(d.emails) > 1 and d.gone_at is null and e.email = any(${keys as string[]}::text[])`;
