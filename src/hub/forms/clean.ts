import { type RawBuilder, sql } from 'kysely';
import type { Retention } from '../../core/instance.ts';
import type { Queryable } from '../../store/db.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Rows of one statement: short locks, so that cleaning never blocks writing (R39). */
const PIECE = 5_000;

async function inPieces(q: Queryable, statement: (limit: number) => RawBuilder<unknown>): Promise<number> {
  for (let total = 0; ; ) {
    const gone = (await statement(PIECE).execute(q)).rows.length;
    total += gone;
    if (gone < PIECE) return total;
  }
}

/**
 * R39: visits of people who never became known, and what was dropped or nobody decided on, go after `visitors` days;
 * networks that submissions came from after a week; cookies that prove a person after `cookieMonths`.
 * @returns how many rows went.
 */
export async function cleanPublic(q: Queryable, keep: Retention, now: number): Promise<number> {
  const old = now - keep.visitors * DAY_MS;
  const cookies = now - keep.cookieMonths * 31 * DAY_MS;
  let rows = await inPieces(
    q,
    (limit) => sql`delete from events where (at, id) in
      (select at, id from events where contact_id is null and visitor is not null and at < ${old} limit ${limit}) returning 1`,
  );
  rows += await inPieces(
    q,
    (limit) =>
      sql`delete from visitors where id in (select id from visitors where contact_id is null and seen_at < ${old} limit ${limit}) returning 1`,
  );
  rows += await inPieces(
    q,
    (limit) => sql`delete from submissions where id in
      (select id from submissions where (status <> 'accepted' or test) and at < ${old} limit ${limit}) returning 1`,
  );
  rows += await inPieces(
    q,
    (limit) =>
      sql`delete from form_tokens where hash in (select hash from form_tokens where expires_at < ${now} limit ${limit}) returning 1`,
  );
  rows += await inPieces(
    q,
    (limit) =>
      sql`delete from proven_browsers where hash in (select hash from proven_browsers where at < ${cookies} limit ${limit}) returning 1`,
  );
  await inPieces(
    q,
    (limit) => sql`update submissions set network = null where id in
      (select id from submissions where network is not null and at < ${now - 7 * DAY_MS} limit ${limit}) returning 1`,
  );
  return rows;
}
