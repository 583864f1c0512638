import { sql } from 'kysely';
import { InvalidInput, NotFound } from '../core/invalid-input.ts';
import { lineKey, type MappingLine } from '../core/model.ts';
import { saveContacts } from '../hub/save-contacts.ts';
import { loadConnection } from './connection.ts';
import { updateConnection } from './connections.ts';
import type { EngineDeps } from './deps.ts';

export interface RejectionQuery {
  readonly connectionId?: string | undefined;
  readonly reason?: string | undefined;
  /** Words of the name or the address: also people who are in no contact list, because they could not come in. */
  readonly search?: string | undefined;
  readonly limit: number;
  readonly before?: { readonly lastAt: number; readonly id: string } | undefined;
}

/** What waits for somebody, newest first. */
export async function listRejections(deps: EngineDeps, query: RejectionQuery) {
  let rows = deps.store.db
    .selectFrom('rejections')
    .innerJoin('connections', 'connections.id', 'rejections.connection_id')
    .selectAll('rejections')
    .select(['connections.name as connection_name', 'connections.crm as crm'])
    .where('resolved_at', 'is', null);
  if (query.connectionId !== undefined) rows = rows.where('rejections.connection_id', '=', query.connectionId);
  if (query.reason !== undefined) rows = rows.where('reason', '=', query.reason);
  for (const word of (query.search ?? '').split(/\s+/).filter((one) => one !== ''))
    rows = rows.where(
      sql<boolean>`concat_ws(' ', rejections.name, rejections.email) ilike ${`%${word.replace(/[\\%_]/g, '\\$&')}%`}`,
    );
  if (query.before !== undefined)
    rows = rows.where(sql<boolean>`(last_at, rejections.id) < (${query.before.lastAt}, ${query.before.id})`);
  return rows.orderBy('last_at', 'desc').orderBy('rejections.id', 'desc').limit(query.limit).execute();
}

/** Grouped by cause: one mending helps them all. */
export async function groupRejections(deps: EngineDeps, connectionId: string | undefined) {
  const result = await sql<{ reason: string; field: string | null; fieldLabel: string | null; count: number }>`
    select reason, field, max(params ->> 'label') as "fieldLabel", count(*)::int as count from rejections where resolved_at is null and (${connectionId ?? null}::text is null or connection_id = ${connectionId ?? null})
     group by reason, field order by count desc`.execute(deps.store.db);
  return result.rows;
}

export async function countRejections(deps: EngineDeps): Promise<number> {
  const row = await sql<{
    count: number;
  }>`select count(*)::int as count from rejections where resolved_at is null`.execute(deps.store.db);
  return row.rows[0]?.count ?? 0;
}

export type Fix = {
  readonly default?: string | undefined;
  /** `from`: the value that was refused, `to`: what the side that refused it calls it. */
  readonly map?: { readonly from: string; readonly to: string } | undefined;
  /** This value is not carried any more, and nobody is told about it. */
  readonly leaveOut?: string | undefined;
  readonly value?: string | undefined;
};

/**
 * Mends the cause: a default for the mapping line, an entry of its value table, or the person's value; then everybody
 * with the same reason and field on that connection is tried again. @returns how many.
 */
export async function fixRejection(deps: EngineDeps, id: string, fix: Fix): Promise<number> {
  const row = await deps.store.db
    .selectFrom('rejections')
    .selectAll()
    .where('id', '=', id)
    .where('resolved_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw new NotFound('rejection');
  const connection = await loadConnection(deps.store.db, row.connection_id);
  if (fix.value !== undefined) await fixValue(deps, row, connection.mappings, fix.value);
  else if (fix.default !== undefined || fix.map !== undefined || fix.leaveOut !== undefined) {
    const mappings = withFix(connection.mappings, row, fix);
    await updateConnection(deps, connection.id, { mappings }, { writtenBy: 'screen' });
  } else throw new InvalidInput([{ path: 'default', code: 'required', params: {} }]);
  return retryRejections(deps, { connectionId: row.connection_id, reason: row.reason });
}

interface Rejected {
  readonly direction: string;
  readonly line: string;
  readonly kind: string | null;
  readonly field: string | null;
  readonly contact_id: string | null;
}

function withFix(mappings: readonly MappingLine[], row: Rejected, fix: Fix): MappingLine[] {
  const isIt = (line: MappingLine): boolean =>
    row.line === '' ? line.crm === row.field && line.kind === row.kind : lineKey(line) === row.line;
  if (!mappings.some(isIt))
    throw new InvalidInput([{ path: 'default', code: 'no_line_for_field', params: { field: row.field ?? '' } }]);
  return mappings.map((line) => {
    if (!isIt(line)) return line;
    if (fix.map !== undefined) return { ...line, values: withEntry(line.values ?? {}, fix.map, row.direction) };
    if (fix.leaveOut !== undefined)
      return { ...line, leaveOut: [...new Set([...(line.leaveOut ?? []), fix.leaveOut])] };
    return { ...line, default: fix.default };
  });
}

/** The table is written hub → CRM; a value that came from the CRM becomes one more of what its hub value is called there. */
export function withEntry(
  values: NonNullable<MappingLine['values']>,
  entry: { readonly from: string; readonly to: string },
  direction: string,
): NonNullable<MappingLine['values']> {
  if (direction === 'toCrm') {
    const others = [values[entry.from] ?? []].flat().filter((one) => one !== entry.to);
    return { ...values, [entry.from]: others.length === 0 ? entry.to : [entry.to, ...others] };
  }
  const present = [values[entry.to] ?? []].flat();
  const all = [...new Set([...present, entry.from])];
  return { ...values, [entry.to]: all.length === 1 ? entry.from : all };
}

async function fixValue(
  deps: EngineDeps,
  row: Rejected,
  mappings: readonly MappingLine[],
  value: string,
): Promise<void> {
  const line = mappings.find((one) => (row.line === '' ? one.crm === row.field : lineKey(one) === row.line));
  const { contact_id: contactId } = row;
  if (line === undefined || contactId === null)
    throw new InvalidInput([{ path: 'value', code: 'no_line_for_field', params: { field: row.field ?? '' } }]);
  const results = await deps.store.transaction((trx) =>
    saveContacts(trx, [{ id: contactId, fields: { [line.hub]: value } }], {
      by: 'person',
      at: deps.clock.now(),
      newId: () => deps.ids.next('ct'),
      mode: 'update',
    }),
  );
  const [first] = results;
  if (first !== undefined && 'problems' in first)
    throw new InvalidInput(first.problems.map((problem) => ({ ...problem, path: 'value' })));
}

/** R17: asked for by a person: forgets that they were refused, and owes them again. @returns how many people. */
export async function retryRejections(
  deps: EngineDeps,
  wanted: {
    readonly ids?: readonly string[] | undefined;
    readonly reason?: string | undefined;
    readonly connectionId?: string | undefined;
  },
): Promise<number> {
  const now = deps.clock.now();
  const { ids, reason, connectionId } = wanted;
  return deps.store.transaction(async (trx) => {
    const rows = await sql<{
      connection_id: string;
      direction: string;
      contact_id: string | null;
      crm_id: string | null;
    }>`
      update rejections set fingerprint = '' where resolved_at is null
         and (${ids ?? null}::text[] is null or id = any(${ids ?? []}::text[])) and (${reason ?? null}::text is null or reason = ${reason ?? null})
         and (${connectionId ?? null}::text is null or connection_id = ${connectionId ?? null})
       returning connection_id, direction, contact_id, crm_id`.execute(trx);
    const marks = rows.rows.flatMap((row) => {
      const subject = row.direction === 'toCrm' ? row.contact_id : row.crm_id;
      return subject === null
        ? []
        : [{ connection_id: row.connection_id, side: row.direction === 'toCrm' ? 'crm' : 'hub', subject }];
    });
    const unique = [
      ...new Map(marks.map((mark) => [`${mark.connection_id}|${mark.side}|${mark.subject}`, mark])).values(),
    ];
    if (unique.length === 0) return 0;
    await sql`insert into due (connection_id, side, subject, reason, created_at)
      select connection_id, side, subject, 'retry', ${now}::bigint from jsonb_to_recordset(${JSON.stringify(unique)}::jsonb) as n(connection_id text, side text, subject text)
      on conflict (connection_id, side, subject) do update set version = due.version + 1, not_before = 0, tries = 0`.execute(
      trx,
    );
    return unique.length;
  });
}
