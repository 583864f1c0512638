import { type RawBuilder, sql } from 'kysely';
import type { LineKey, Side } from '../core/model.ts';
import type { Trx } from '../store/db.ts';

/** One agreed value that a run replaced. */
export interface Flip {
  readonly linkId: string;
  readonly line: LineKey;
  readonly side: Side;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** R48: more than five changes to and fro in 24 hours: three each way. One side changing alone is no tug. */
const EACH_WAY = 3;

/** Keeps the flips of a page, and forgets those of these links that are older than a day. */
export async function writeFlips(trx: Trx, flips: readonly Flip[], at: number): Promise<void> {
  if (flips.length === 0) return;
  const rows = flips.map((flip) => ({ link_id: flip.linkId, line: flip.line, side: flip.side }));
  await sql`insert into flips (link_id, line, side, at)
    select link_id, line, side, ${at}::bigint from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(link_id text, line text, side text)
    on conflict do nothing`.execute(trx);
  await sql`delete from flips where at < ${at - DAY_MS}`.execute(trx);
}

/** The lines of a link that went to and fro too often since yesterday, as an array or null; for a select list. */
export const tugsOf = (linkId: RawBuilder<unknown>, now: number): RawBuilder<readonly LineKey[] | null> =>
  sql<
    readonly LineKey[] | null
  >`(select array_agg(t.line) from (select f.line from flips f where f.link_id = ${linkId} and f.at >= ${now - DAY_MS}
     group by f.line having count(*) filter (where f.side = 'hub') >= ${EACH_WAY} and count(*) filter (where f.side = 'crm') >= ${EACH_WAY}) t)`;

/** A person decided: the count starts anew. */
export async function forgetFlips(trx: Trx, linkId: string, line: LineKey): Promise<void> {
  await sql`delete from flips where link_id = ${linkId} and line = ${line}`.execute(trx);
}
