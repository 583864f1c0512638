import { sql } from 'kysely';
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

/** The lines that went to and fro too often since yesterday, by link; links that have none are not in it. */
export async function readTugs(
  trx: Trx,
  linkIds: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, ReadonlySet<LineKey>>> {
  const rows = await sql<{ link_id: string; lines: readonly LineKey[] }>`
    select link_id, array_agg(line) as lines from (
      select link_id, line from flips where link_id = any(${linkIds as string[]}::text[]) and at >= ${now - DAY_MS}
       group by link_id, line having count(*) filter (where side = 'hub') >= ${EACH_WAY} and count(*) filter (where side = 'crm') >= ${EACH_WAY}) t
     group by link_id`.execute(trx);
  return new Map(rows.rows.map((row) => [row.link_id, new Set(row.lines)]));
}

/** A person decided: the count starts anew. */
export async function forgetFlips(trx: Trx, linkId: string, line: LineKey): Promise<void> {
  await sql`delete from flips where link_id = ${linkId} and line = ${line}`.execute(trx);
}
