import { sql } from 'kysely';
import { listConnections } from '../engine/connection.ts';
import { isWorthTelling, problemOf } from '../reports/problem-of.ts';
import type { Trx } from '../store/db.ts';
import { isWanted, newEventId } from '../store/webhook-events.ts';
import type { WebhookDeps } from './deps.ts';

/**
 * `connection.stopped` and `connection.recovered`, by the same verdict as the mails: once when it stops, once when it works
 * again, whoever listens then. What was told is noted in the transaction that writes the event.
 */
export async function watchConnections(deps: WebhookDeps): Promise<void> {
  const wanted = await sql<{ wanted: boolean }>`
    select ${isWanted(sql`'connection.stopped'`)} or ${isWanted(sql`'connection.recovered'`)} as wanted`.execute(
    deps.store.db,
  );
  if (wanted.rows[0]?.wanted !== true) return;
  const now = deps.clock.now();
  const before = await deps.store.db.selectFrom('webhook_problems').selectAll().execute();
  for (const connection of await listConnections(deps.store.db)) {
    const verdict = problemOf(connection, now);
    const problem = typeof verdict === 'object' ? verdict : null;
    if (verdict === 'unknown' && connection.enabled) continue;
    const known = before.find((row) => row.connection_id === connection.id)?.problem ?? null;
    if (problem === null ? known === null : !isWorthTelling(known, problem)) continue;
    await deps.store.transaction(async (trx) => {
      const told = await lock(trx, connection.id);
      if (told === null) return;
      const about = { id: connection.id, name: connection.name, crm: connection.crm };
      if (problem !== null && isWorthTelling(told.problem, problem)) {
        const data = { connection: about, reason: problem.key, since: new Date(problem.since).toISOString() };
        await tell(trx, 'connection.stopped', data, now);
        await note(trx, connection.id, { problem: problem.key, since: problem.since });
      } else if (problem === null && told.problem !== null) {
        // Switched off by a person is no recovery.
        const since = told.since === null ? null : new Date(told.since).toISOString();
        if (verdict === 'fine') await tell(trx, 'connection.recovered', { connection: about, stoppedAt: since }, now);
        await note(trx, connection.id, { problem: null, since: null });
      }
    });
  }
}

interface Told {
  readonly problem: string | null;
  readonly since: number | null;
}

/** null: another process is at it. */
async function lock(trx: Trx, id: string): Promise<Told | null> {
  await sql`insert into webhook_problems (connection_id) values (${id}) on conflict do nothing`.execute(trx);
  const rows = await sql<Told>`
    select problem, since from webhook_problems where connection_id = ${id} for update skip locked`.execute(trx);
  return rows.rows[0] ?? null;
}

const note = (trx: Trx, id: string, { problem, since }: Told) =>
  sql`update webhook_problems set problem = ${problem}, since = ${since} where connection_id = ${id}`.execute(trx);

const tell = (trx: Trx, type: 'connection.stopped' | 'connection.recovered', data: object, at: number) =>
  sql`insert into webhook_events (id, type, data, at, accepted_at)
      select ${newEventId}, ${type}::text, ${JSON.stringify(data)}::jsonb, ${at}::bigint, ${at}::bigint where ${isWanted(sql`${type}::text`)}`.execute(
    trx,
  );
