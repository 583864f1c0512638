import { sql } from 'kysely';
import { purposeOf } from '../core/consent-codec.ts';
import { Conflicted, NotFound } from '../core/invalid-input.ts';
import type { LineShadow, Value } from '../core/model.ts';
import { isSame } from '../core/value.ts';
import { decideConsentHere } from '../hub/forms/person-consents.ts';
import type { EngineDeps } from './deps.ts';
import { forgetFlips } from './tug-of-war.ts';

export interface ConflictQuery {
  readonly connectionId?: string | undefined;
  readonly status?: string | undefined;
  readonly limit: number;
  readonly before?: { readonly at: number; readonly id: string } | undefined;
}

/** Every conflict is kept, with both values, both dates, the winner and why (R4); newest first. */
export async function listConflicts(deps: EngineDeps, query: ConflictQuery) {
  let rows = deps.store.db
    .selectFrom('conflicts')
    .innerJoin('connections', 'connections.id', 'conflicts.connection_id')
    .leftJoin('contacts', 'contacts.id', 'conflicts.contact_id')
    .selectAll('conflicts')
    .select(['connections.name as connection_name', 'contacts.email as email']);
  if (query.connectionId !== undefined) rows = rows.where('conflicts.connection_id', '=', query.connectionId);
  if (query.status !== undefined) rows = rows.where('conflicts.status', '=', query.status);
  if (query.before !== undefined)
    rows = rows.where(sql<boolean>`(conflicts.at, conflicts.id) < (${query.before.at}, ${query.before.id})`);
  return rows.orderBy('conflicts.at', 'desc').orderBy('conflicts.id', 'desc').limit(query.limit).execute();
}

export async function countHeld(deps: EngineDeps): Promise<number> {
  const row = await sql<{ count: number }>`select count(*)::int as count from conflicts where status = 'held'`.execute(
    deps.store.db,
  );
  return row.rows[0]?.count ?? 0;
}

/**
 * R4c: a person decides. The values seen are named; if they have changed meanwhile the decision is refused. The loser's
 * side is told that its value is what both last agreed on, so that the winner's is the only change, and the next run
 * carries it over. @throws NotFound, Conflicted('values_changed')
 */
export async function resolveConflict(
  deps: EngineDeps,
  id: string,
  decision: { readonly winner: 'hub' | 'crm'; readonly hubValue: Value; readonly crmValue: Value; readonly by: string },
): Promise<void> {
  const now = deps.clock.now();
  await deps.store.transaction(async (trx) => {
    const row = await trx.selectFrom('conflicts').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
    if (row === undefined) throw new NotFound('conflict');
    if (row.status !== 'held') throw new Conflicted('conflict_closed');
    if (!isSame(row.hub_value, decision.hubValue) || !isSame(row.crm_value, decision.crmValue))
      throw new Conflicted('values_changed');
    const link = await trx
      .selectFrom('links')
      .select(['id', 'contact_id', 'crm_id', 'shadow', 'holds'])
      .where('id', '=', row.link_id ?? '')
      .forUpdate()
      .executeTakeFirst();
    if (link === undefined) throw new NotFound('link');
    const purpose = purposeOf(row.hub_field);
    // What the CRM says of a permission becomes a record here, with the name of who said that it holds (R8a).
    if (purpose !== null && decision.winner === 'crm' && link.contact_id !== null)
      await decideConsentHere(trx, {
        contactId: link.contact_id,
        purpose,
        given: row.hub_value !== 'given',
        by: decision.by,
        at: now,
      });
    const { [row.line]: _released, ...holds } = link.holds;
    const before = agreedAfter(row, { winner: decision.winner, isConsent: purpose !== null });
    await sql`update links set holds = ${JSON.stringify(holds)}::jsonb, shadow = shadow || ${JSON.stringify({ [row.line]: before })}::jsonb, shadow_version = shadow_version + 1 where id = ${link.id}`.execute(
      trx,
    );
    await sql`update conflicts set status = 'decided', winner = ${decision.winner}, resolution = ${JSON.stringify({ by: decision.by })}::jsonb, closed_at = ${now} where id = ${id}`.execute(
      trx,
    );
    await forgetFlips(trx, link.id, row.line);
    const subject = decision.winner === 'hub' ? link.contact_id : link.crm_id;
    if (subject === null) return;
    await sql`insert into due (connection_id, side, subject, reason, created_at) values (${row.connection_id}, ${decision.winner === 'hub' ? 'crm' : 'hub'}, ${subject}, 'resolved', ${now})
      on conflict (connection_id, side, subject) do update set version = due.version + 1, not_before = 0`.execute(trx);
  });
}

/** What the shadow says from here on, so that the winner's value is the only change; a consent is a record already. */
function agreedAfter(
  { hub_value: hub, crm_value: crm }: { readonly hub_value: Value; readonly crm_value: Value },
  decided: { readonly winner: 'hub' | 'crm'; readonly isConsent: boolean },
): LineShadow {
  if (decided.winner === 'hub') return { hub: null, crm };
  if (!decided.isConsent) return { hub, crm: null };
  return { hub: hub === 'given' ? 'withdrawn' : 'given', crm };
}
