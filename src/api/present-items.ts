import { sql } from 'kysely';
import type { Kind, Outcome } from '../core/model.ts';
import type { RunView } from '../engine/runs.ts';
import type { ApiDeps } from './deps.ts';
import { reasonText } from './messages/reason-text.ts';
import { isMessage, type Locale, type Params, say } from './messages/say.ts';
import { decodeCursor, encodeCursor } from './present.ts';

interface Asked {
  /** Of one connection. */
  readonly runs: readonly RunView[];
  readonly query: {
    readonly outcome?: string | undefined;
    readonly conflicts?: boolean | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  };
  readonly locale: Locale;
}

/** A page of what these runs did with whom, oldest first; a rejected one with the reason in the reader's language. */
export async function itemPage(deps: ApiDeps, { runs, query, locale }: Asked) {
  const { db } = deps.engine.store;
  const [first] = runs;
  const planned = new Set(runs.filter((run) => run.dryRun).map((run) => run.id));
  const crm = await db
    .selectFrom('connections')
    .select('crm')
    .where('id', '=', first?.connectionId ?? '')
    .executeTakeFirst();
  const label = deps.engine.manifests.get(crm?.crm ?? '')?.label ?? crm?.crm ?? '';
  const after = decodeCursor(query.cursor);
  let rows = db
    .selectFrom('items')
    .selectAll()
    .where(sql<boolean>`run_id = any(${runs.map((run) => run.id)}::text[])`);
  if (query.outcome !== undefined) rows = rows.where('outcome', '=', query.outcome);
  if (query.conflicts === true) rows = rows.where('conflicts', '>', 0);
  if (after !== undefined) rows = rows.where('id', '>', after.value);
  const found = await rows
    .orderBy('id')
    .limit(query.limit + 1)
    .execute();
  const page = found.slice(0, query.limit);
  const last = found.length > query.limit ? page.at(-1) : undefined;
  return {
    items: page.map((row) => ({
      id: row.id,
      contactId: row.contact_id,
      email: row.email,
      name: row.name,
      // These columns hold only what a run wrote.
      kind: row.kind as Kind,
      crmId: row.crm_id,
      crmUrl: row.crm_url,
      outcome: row.outcome as Outcome,
      reason: row.reason,
      ...rejectionOf(locale, row, label),
      changes: row.changes as { field: string; from: string | null; to: string | null; rule: string }[],
      planned: planned.has(row.run_id) || row.params?.['held'] === 1,
    })),
    next: last === undefined ? null : encodeCursor(last.id, ''),
  };
}

interface ItemRow {
  readonly outcome: string;
  readonly reason: string | null;
  readonly name: string | null;
  readonly email: string | null;
  readonly params: Params | null;
}

/** Why one was rejected, or left alone, what to do, and the value that it is about. */
function rejectionOf(locale: Locale, { outcome, reason, params, ...who }: ItemRow, crm: string) {
  const left = `left.${reason}`;
  // Of an undo: why something is left alone (R38).
  if (outcome === 'filtered' && isMessage(left)) return { message: say(locale, left), todo: null, value: null };
  if (outcome !== 'rejected' || reason === null) return { message: null, todo: null, value: null };
  const field = params?.['field'] === undefined ? null : String(params['field']);
  const value = params?.['value'] === undefined ? null : String(params['value']);
  return { ...reasonText(locale, { ...who, reason, params, field, crm }), value };
}
