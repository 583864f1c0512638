import { type RawBuilder, sql } from 'kysely';
import type { Decay } from '../core/instance.ts';
import type { Fields, Value } from '../core/model.ts';
import { decayEndsMs, type EventPoints, type FieldRule, type ScorePart, scoreOf } from '../core/score.ts';
import type { Queryable, Store, Trx } from '../store/db.ts';
import { readInstanceSettings } from '../store/instance-settings.ts';
import { tellScores } from '../store/webhook-events.ts';
import { markDue } from './write-contacts.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

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

/** `shareLeft` of the core as SQL, of a column that holds when the event happened; a test holds the two together. */
const shareLeftSql = (at: RawBuilder<unknown>, now: number, decay: Decay | null): RawBuilder<number> =>
  decay === null
    ? sql`1.0`
    : sql`greatest(0, 100 - ${decay.percent}::int * greatest(0, floor((${now}::bigint - ${at})::numeric / ${decay.days * DAY_MS}::bigint))) / 100.0`;

interface ScoreRow {
  id: string;
  fields: Fields;
  score: number;
  carried: number;
  events: EventPoints[];
}

/** These contacts with what their events give, by rule; `lock` when their scores will be written. */
async function readScores(
  q: Queryable,
  contactIds: readonly string[],
  options: { readonly now: number; readonly decay: Decay | null; readonly lock: boolean },
): Promise<readonly ScoreRow[]> {
  const ids = contactIds as string[];
  const lock = options.lock ? sql`for update of c` : sql``;
  const rows = await sql<ScoreRow>`
    select c.id, c.fields, c.score, c.carried_points as carried, coalesce(p.events, '[]'::jsonb) as events
      from contacts c left join (
        select contact_id, jsonb_agg(jsonb_build_object('rule', rule_id, 'count', count, 'given', given, 'left', "left") order by given desc) as events
          from (select contact_id, rule_id, count(*)::int as count, sum(points)::int as given,
                       sum(points * ${shareLeftSql(sql`at`, options.now, options.decay)})::float8 as "left"
                  from events where contact_id = any(${ids}::text[]) and points <> 0 group by contact_id, rule_id) by_rule
         group by contact_id
      ) p on p.contact_id = c.id
     where c.id = any(${ids}::text[]) order by c.id ${lock}`.execute(q);
  return rows.rows;
}

/** Recomputes these contacts' scores, in a handful of statements, and owes what changed to the exporting connections (R23). */
export async function rescore(trx: Trx, contactIds: readonly string[], at: number): Promise<void> {
  if (contactIds.length === 0) return;
  const rules = await fieldRules(trx);
  const { score: settings } = await readInstanceSettings(trx);
  const rows = await readScores(trx, contactIds, { now: at, decay: settings.decay, lock: true });
  const changed = rows.flatMap((row) => {
    const { score } = scoreOf({ ...row, rules });
    return score === row.score ? [] : [{ id: row.id, score, before: row.score }];
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
  await tellScores(
    trx,
    changed.map(({ id, score, before }) => ({ id, from: before, to: score })),
    at,
  );
}

/** The parts of a contact's score, as they are today: point by point. */
export async function explainScore(
  q: Queryable,
  contactId: string,
  now: number,
): Promise<{ readonly score: number; readonly parts: readonly ScorePart[] }> {
  const { score: settings } = await readInstanceSettings(q);
  const [row] = await readScores(q, [contactId], { now, decay: settings.decay, lock: false });
  return row === undefined ? { score: 0, parts: [] } : scoreOf({ ...row, rules: await fieldRules(q) });
}

/** Contacts rescored by one transaction: the embedded database has one connection, and everybody waits. */
const PIECE = 1_000;

/** Rescores everybody, in pieces: after a change of rules or of decay. @returns how many were looked at. */
export async function rescoreAll(store: Store, at: number): Promise<number> {
  for (let after = '', total = 0; ; ) {
    const rows = await store.db
      .selectFrom('contacts')
      .select('id')
      .where('id', '>', after)
      .orderBy('id')
      .limit(PIECE)
      .execute();
    const ids = rows.map((row) => row.id);
    if (ids.length > 0) await store.transaction((trx) => rescore(trx, ids, at));
    total += ids.length;
    const last = ids.at(-1);
    if (last === undefined || ids.length < PIECE) return total;
    after = last;
  }
}

const DECAYED = 'score_decayed_at';

/**
 * Decay in steps (R23): rescores those, and only those, of whose events one has passed a step since the last time.
 * @returns how many were looked at.
 */
export async function decayScores(store: Store, now: number): Promise<number> {
  const { score: settings } = await readInstanceSettings(store.db);
  const stored = await store.db.selectFrom('settings').select('value').where('key', '=', DECAYED).executeTakeFirst();
  const { decay } = settings;
  let total = 0;
  if (decay !== null) {
    const last = typeof stored?.value === 'number' ? stored.value : 0;
    const step = decay.days * DAY_MS;
    // An event that is older than this at the last time had nothing left to lose.
    const horizon = last - decayEndsMs(decay);
    for (let after = ''; ; ) {
      const rows = await sql<{ contact_id: string }>`
        select distinct contact_id from events
         where contact_id > ${after} and points <> 0 and at >= ${horizon} and at <= ${now}
           and floor((${now}::bigint - at)::numeric / ${step}::bigint) <> floor((${last}::bigint - at)::numeric / ${step}::bigint)
         order by contact_id limit ${PIECE}`.execute(store.db);
      const ids = rows.rows.map((row) => row.contact_id);
      if (ids.length > 0) await store.transaction((trx) => rescore(trx, ids, now));
      total += ids.length;
      const next = ids.at(-1);
      if (next === undefined || ids.length < PIECE) break;
      after = next;
    }
  }
  await store.db
    .insertInto('settings')
    .values({ key: DECAYED, value: JSON.stringify(now), updated_at: now })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: JSON.stringify(now), updated_at: now }))
    .execute();
  return total;
}

/**
 * Before events of these months are dropped: what they still give is carried on the contact, so that keeping events for
 * 400 days takes nobody's score away. With decay, what is carried is what was left that day.
 */
export async function carryPoints(trx: Trx, before: number, now: number): Promise<void> {
  const { score: settings } = await readInstanceSettings(trx);
  await sql`update contacts c set carried_points = c.carried_points + n.points
              from (select contact_id, round(sum(points * ${shareLeftSql(sql`at`, now, settings.decay)}))::int as points
                      from events where at < ${before} and contact_id is not null group by contact_id) n
             where c.id = n.contact_id and n.points <> 0`.execute(trx);
}
