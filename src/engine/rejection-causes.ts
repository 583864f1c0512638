import { sql } from 'kysely';
import { InvalidInput, NotFound } from '../core/invalid-input.ts';
import { type Kind, lineKey } from '../core/model.ts';
import { hubFields } from '../hub/fields.ts';
import { addValue } from '../hub/lists.ts';
import { type Connection, listConnections, loadConnection, manifestOf } from './connection.ts';
import { updateConnection } from './connections.ts';
import { createOptions, mayCreateOptions } from './create-options.ts';
import type { EngineDeps } from './deps.ts';
import { retryRejections, withEntry } from './rejections.ts';

/** Values that a list does not have: one cause, however many people it holds up. */
export interface ValueCause {
  readonly connection: string;
  readonly crm: string;
  readonly direction: 'toHub' | 'toCrm';
  readonly reason: 'not_in_list' | 'unmapped_value';
  readonly line: string;
  readonly kind: Kind;
  readonly hubField: string;
  readonly crmField: string;
  readonly crmFieldLabel: string;
  readonly people: number;
  readonly values: readonly { readonly value: string; readonly people: number; readonly wasRemoved: boolean }[];
  /** What the list has that does not know them. */
  readonly choices: readonly string[];
  /** They can be added to that list from here. */
  readonly canCreate: boolean;
}

interface Row {
  readonly connection_id: string;
  readonly direction: 'toHub' | 'toCrm';
  readonly reason: 'not_in_list' | 'unmapped_value';
  readonly line: string;
  readonly value: string;
  readonly people: number;
  readonly was_removed: boolean;
}

/** Unknown list values that wait, by mapping line, the most frequent first. One statement, and the fields known here. */
export async function listValueCauses(deps: EngineDeps, connectionId?: string): Promise<readonly ValueCause[]> {
  const found = await sql<Row>`
    select connection_id, direction, reason, line, params ->> 'value' as value, count(*)::int as people,
           bool_or(coalesce(params ->> 'why', '') = 'removed') as was_removed
      from rejections where resolved_at is null and reason in ('not_in_list', 'unmapped_value') and line <> '' and params ->> 'value' is not null
       and (${connectionId ?? null}::text is null or connection_id = ${connectionId ?? null})
     group by 1, 2, 3, 4, 5 order by people desc, value limit 1000`.execute(deps.store.db);
  if (found.rows.length === 0) return [];
  const connections = new Map((await listConnections(deps.store.db)).map((one) => [one.id, one]));
  const fields = await hubFields(deps.store.db);
  const groups = new Map<string, Row[]>();
  for (const row of found.rows) {
    const key = `${row.connection_id} ${row.direction} ${row.reason} ${row.line}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((rows): ValueCause[] => {
    const [first] = rows;
    const connection = first === undefined ? undefined : connections.get(first.connection_id);
    const line = connection?.mappings.find((one) => lineKey(one) === first?.line);
    if (first === undefined || connection === undefined || line === undefined) return [];
    const hubField = fields.find((one) => one.key === line.hub);
    const crmField = connection.schema?.kinds[line.kind]?.find((one) => one.key === line.crm);
    const target = first.direction === 'toCrm' ? crmField : hubField;
    const canCreate =
      first.direction === 'toCrm'
        ? crmField !== undefined && mayCreateOptions(manifestOf(deps, connection.crm), crmField)
        : hubField?.listId !== undefined;
    return [
      {
        connection: connection.name,
        crm: connection.crm,
        direction: first.direction,
        reason: first.reason,
        line: first.line,
        kind: line.kind,
        hubField: line.hub,
        crmField: line.crm,
        crmFieldLabel: crmField?.label ?? line.crm,
        people: rows.reduce((sum, row) => sum + row.people, 0),
        values: rows.map((row) => ({ value: row.value, people: row.people, wasRemoved: row.was_removed })),
        choices: (target?.options ?? []).filter((one) => one.active).map((one) => one.label),
        canCreate,
      },
    ];
  });
}

/** What a person says of one value: it is another one, it is created, or it is not carried any more. */
export interface ValueDecision {
  readonly value: string;
  readonly map?: string | undefined;
  readonly create?: boolean | undefined;
  readonly leaveOut?: boolean | undefined;
}
export interface DecidedValues {
  readonly connection: string;
  readonly direction: 'toHub' | 'toCrm';
  readonly line: string;
  readonly decisions: readonly ValueDecision[];
}
export interface DecidedOutcome {
  /** People who are tried again. */
  readonly retried: number;
  readonly created: number;
  /** Values that could not be created, with the reason, and the CRM's own words where it has some. */
  readonly failed: readonly { readonly value: string; readonly reason: string; readonly vendor: string | null }[];
}

/**
 * Decides values for everybody who is held up by them: creates what is to be created, says the rest in the line's value
 * table, then owes all of them another try. What the CRM refuses to create is answered by name; the rest holds.
 */
export async function decideValues(deps: EngineDeps, wish: DecidedValues): Promise<DecidedOutcome> {
  const connection = await loadConnection(deps.store.db, wish.connection);
  const line = connection.mappings.find((one) => lineKey(one) === wish.line);
  if (line === undefined) throw new NotFound('line');
  const problems = wish.decisions.flatMap(({ map, create, leaveOut }, index) =>
    [map !== undefined, create === true, leaveOut === true].filter(Boolean).length === 1
      ? []
      : [{ path: `decisions.${index}`, code: 'one_decision', params: {} }],
  );
  if (problems.length > 0) throw new InvalidInput(problems);
  const wanted = wish.decisions.filter((one) => one.create === true).map((one) => one.value);
  const failed = wanted.length === 0 ? [] : await createAll(deps, { connection, wish, wanted });
  const kept = wish.decisions.filter((one) => one.create !== true);
  if (kept.length > 0) {
    // As it is by now: creating asks the CRM and takes a while.
    const { mappings } = await loadConnection(deps.store.db, connection.id);
    const next = mappings.map((one) => (lineKey(one) === wish.line ? decided(one, kept, wish.direction) : one));
    await updateConnection(deps, connection.id, { mappings: next }, { writtenBy: 'screen' });
  }
  const refused = new Set(failed.map((one) => one.value));
  const values = wish.decisions.map((one) => one.value).filter((value) => !refused.has(value));
  const retried = await retryRejections(deps, { ids: await idsOf(deps, connection.id, wish, values) });
  return { retried, created: wanted.length - failed.length, failed };
}

type Line = Connection['mappings'][number];

function decided(line: Line, decisions: readonly ValueDecision[], direction: string): Line {
  const leaveOut = decisions.filter((one) => one.leaveOut === true).map((one) => one.value);
  const values = decisions.reduce(
    (table, { value, map }) => (map === undefined ? table : withEntry(table, { from: value, to: map }, direction)),
    line.values ?? {},
  );
  return {
    ...line,
    ...(Object.keys(values).length === 0 ? {} : { values }),
    ...(leaveOut.length === 0 ? {} : { leaveOut: [...new Set([...(line.leaveOut ?? []), ...leaveOut])] }),
  };
}

interface Wanted {
  readonly connection: Connection;
  readonly wish: DecidedValues;
  readonly wanted: readonly string[];
}

async function createAll(deps: EngineDeps, { connection, wish, wanted }: Wanted): Promise<DecidedOutcome['failed']> {
  const line = connection.mappings.find((one) => lineKey(one) === wish.line);
  if (line === undefined) return [];
  if (wish.direction === 'toCrm') {
    const made = await createOptions(deps, connection.id, { kind: line.kind, field: line.crm, labels: wanted });
    return made.flatMap((one) =>
      one.ok ? [] : [{ value: one.label, reason: one.reason ?? 'rejected_by_crm', vendor: one.vendor }],
    );
  }
  const listId = (await hubFields(deps.store.db)).find((one) => one.key === line.hub)?.listId;
  if (listId === undefined)
    throw new InvalidInput([{ path: 'decisions', code: 'no_list_here', params: { field: line.hub } }]);
  // Values from a CRM are shown in forms only after somebody ticked them (R21).
  await deps.store.transaction(async (trx) => {
    for (const label of wanted) await addValue(trx, listId, { label, inForms: false });
  });
  return [];
}

async function idsOf(
  deps: EngineDeps,
  connectionId: string,
  { direction, line }: DecidedValues,
  values: readonly string[],
): Promise<readonly string[]> {
  const rows = await sql<{ id: string }>`
    select id from rejections where resolved_at is null and connection_id = ${connectionId} and direction = ${direction} and line = ${line}
       and params ->> 'value' = any(${values as string[]}::text[])`.execute(deps.store.db);
  return rows.rows.map((row) => row.id);
}
