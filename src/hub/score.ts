import { sql } from 'kysely';
import type { Fields, Value } from '../core/model.ts';
import { type FieldRule, scoreOf } from '../core/score.ts';
import type { Queryable, Trx } from '../store/db.ts';
import { markDue } from './write-contacts.ts';

/** Rules on fields; those on events put their points on the event when it is recorded. */
export async function fieldRules(q: Queryable): Promise<readonly FieldRule[]> {
  const rows = await q
    .selectFrom('score_rules')
    .select(['id', 'condition', 'points'])
    .where('enabled', '=', true)
    .where('on_event', 'is', null)
    .execute();
  return rows.flatMap((row) => {
    // The column holds only what `saveScoreRule` let in.
    const condition = row.condition as { field: string; op: FieldRule['op']; value?: Value } | null;
    return condition === null ? [] : [{ id: row.id, points: row.points, ...condition }];
  });
}

/** Recomputes these contacts' scores, in three statements, and owes what changed to the exporting connections (R23). */
export async function rescore(trx: Trx, contactIds: readonly string[], at: number): Promise<void> {
  if (contactIds.length === 0) return;
  const rules = await fieldRules(trx);
  const rows = await sql<{ id: string; fields: Fields; score: number; points: number }>`
    select c.id, c.fields, c.score, coalesce(p.points, 0)::int as points
      from contacts c left join (
        select contact_id, sum(points) as points from events where contact_id = any(${contactIds as string[]}::text[]) group by contact_id
      ) p on p.contact_id = c.id
     where c.id = any(${contactIds as string[]}::text[]) order by c.id for update of c`.execute(trx);
  const changed = rows.rows.flatMap((row) => {
    const { score } = scoreOf(row.points, row.fields, rules);
    return score === row.score ? [] : [{ id: row.id, score }];
  });
  if (changed.length === 0) return;
  await sql`update contacts c set score = n.score, version = c.version + 1, updated_at = ${at}
              from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) as n(id text, score int) where c.id = n.id`.execute(
    trx,
  );
  await markDue(
    trx,
    changed.map((row) => row.id),
    { at, reason: 'score' },
  );
}
