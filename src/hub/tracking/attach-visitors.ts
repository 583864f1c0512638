import { sql } from 'kysely';
import type { Touch } from '../../core/traffic.ts';
import type { Trx } from '../../store/db.ts';
import { oweTimeline } from '../../store/timeline.ts';

/** What is known of a browser that a submission came from. */
export interface KnownVisitor {
  readonly contactId: string | null;
  readonly firstTouch: Touch | null;
}

/**
 * Names anonymous browsers, and gives their earlier visits to their person. A browser that has a person keeps it: another
 * e-mail in it is another contact, and the visits stay with the first (R45). @returns contacts that got visits.
 */
export async function attachVisitors(
  trx: Trx,
  pairs: readonly { readonly visitor: string; readonly contactId: string }[],
  now: number,
): Promise<readonly string[]> {
  if (pairs.length === 0) return [];
  // Of several submissions from one browser the first counts.
  const rows = [...new Map([...pairs].reverse().map((pair) => [pair.visitor, pair])).values()];
  const named = await sql<{ id: string }>`
    insert into visitors (id, contact_id, first_at, seen_at)
    select visitor, "contactId", ${now}::bigint, ${now}::bigint
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(visitor text, "contactId" text) order by visitor
    on conflict (id) do update set contact_id = excluded.contact_id where visitors.contact_id is null
    returning id`.execute(trx);
  const ids = named.rows.map((row) => row.id);
  if (ids.length === 0) return [];
  const given = await sql<{ id: string; type: string; at: number; contact_id: string }>`
    update events e set contact_id = v.contact_id from visitors v
     where v.id = any(${ids}::text[]) and e.visitor = v.id and e.contact_id is null
    returning e.id, e.type, e.at, e.contact_id`.execute(trx);
  await oweTimeline(
    trx,
    given.rows.map(({ id, type, at, contact_id: contactId }) => ({ id, type, at, contactId })),
    now,
  );
  return [...new Set(given.rows.map((row) => row.contact_id))];
}
