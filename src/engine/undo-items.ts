import { sql } from 'kysely';
import type { Kind } from '../core/model.ts';
import { type Change, joinChanges } from '../core/undo.ts';
import type { Queryable } from '../store/db.ts';

/** People in one page of an undo: one transaction. */
export const UNDO_PAGE = 500;

/** All that one run did to one person. */
export interface RunDeed {
  /** null: the contact is not there any more. */
  readonly contactId: string | null;
  readonly crmId: string | null;
  readonly kind: Kind;
  readonly email: string | null;
  readonly name: string | null;
  readonly crmUrl: string | null;
  readonly isCreated: boolean;
  readonly changes: readonly Change[];
  /** The last of its items, and when it was written, ms. */
  readonly lastId: number;
  readonly at: number;
}

interface Row {
  id: number;
  contact_id: string | null;
  crm_id: string | null;
  kind: Kind;
  email: string | null;
  name: string | null;
  crm_url: string | null;
  outcome: string;
  changes: readonly Change[];
  at: number;
}

const columns = sql`id, contact_id, crm_id, kind, email, name, crm_url, outcome, changes, at`;
/** What a run wrote; not what one that waits for a person only showed. */
const written = sql`(outcome = 'created' or changes <> '[]') and coalesce(params ->> 'held', '') <> '1'`;

/**
 * The next people of a run, the last first, so that somebody whom it met twice is one. @param after items at or above it are
 * done. @returns null: nobody is left.
 */
export async function nextDeeds(
  q: Queryable,
  runId: string,
  after: number | null,
): Promise<{ readonly deeds: readonly RunDeed[]; readonly after: number } | null> {
  const page = await sql<Row>`
    select ${columns} from items where run_id = ${runId} and (${after}::bigint is null or id < ${after}) and ${written}
     order by id desc limit ${UNDO_PAGE}`.execute(q);
  const lowest = page.rows.at(-1)?.id;
  if (lowest === undefined) return null;
  const contactIds = [...new Set(page.rows.flatMap((row) => row.contact_id ?? []))];
  const all = await sql<Row>`
    select ${columns} from items where contact_id = any(${contactIds}::text[]) and run_id = ${runId} and ${written} order by id`.execute(
    q,
  );
  const theirs = Map.groupBy(all.rows, (row) => row.contact_id);
  const deeds = new Map<string, RunDeed>();
  for (const row of page.rows) {
    const items = row.contact_id === null ? [row] : (theirs.get(row.contact_id) ?? [row]);
    const last = items.at(-1) ?? row;
    // A page before this one had them with the later item.
    if (after !== null && last.id >= after) continue;
    const key = row.contact_id ?? `item ${row.id}`;
    if (!deeds.has(key)) deeds.set(key, deedOf(items, last));
  }
  return { deeds: [...deeds.values()], after: lowest };
}

const deedOf = (items: readonly Row[], last: Row): RunDeed => ({
  contactId: last.contact_id,
  crmId: last.crm_id,
  kind: last.kind,
  email: last.email,
  name: last.name,
  crmUrl: last.crm_url,
  isCreated: items.some((item) => item.outcome === 'created'),
  changes: joinChanges(items.map((item) => item.changes)),
  lastId: last.id,
  at: items[0]?.at ?? last.at,
});
