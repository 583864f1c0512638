import { sql } from 'kysely';
import type { Decision } from '../core/decide.ts';
import { keptValue } from '../core/kept-value.ts';
import type { Fault, Kind } from '../core/model.ts';
import type { Trx } from '../store/db.ts';
import type { Effects } from './page-effects.ts';
import type { RunContext } from './run-context.ts';

/** How many more new values each hub list takes from each CRM field before adding pauses (R21). */
export class NewValueRoom {
  readonly #left = new Map<string, number>();
  readonly #max = new Map<string, number>();

  constructor(
    rows: readonly {
      readonly list: string;
      readonly max: number;
      readonly field: string | null;
      readonly count: number;
    }[] = [],
  ) {
    for (const { list, max, field, count } of rows) {
      this.#max.set(list, max);
      if (field !== null) this.#left.set(`${list}|${field}`, max - count);
    }
  }

  /** @returns false where there is not room for all of them; then none is taken. */
  take(list: string, field: string, count: number): boolean {
    const key = `${list}|${field}`;
    const left = this.#left.get(key) ?? this.#max.get(list) ?? Number.POSITIVE_INFINITY;
    if (left < count) return false;
    this.#left.set(key, left - count);
    return true;
  }
}

/** As a page begins: one statement, and none where no line adds values. */
export async function readRoom(trx: Trx, ctx: RunContext): Promise<NewValueRoom> {
  const adds = Object.values(ctx.lines).some((lines) =>
    lines?.some(({ line, hubField }) => line.direction !== 'toCrm' && hubField.listId !== undefined),
  );
  if (!adds) return new NewValueRoom();
  const rows = await sql<{ list: string; max: number; field: string | null; count: number }>`
    select l.id as list, l.new_values_max as max, v.from_field as field, count(v.key)::int as count from lists l
      left join list_values v on v.list_id = l.id and v.from_connection = ${ctx.connection.id} and v.from_field is not null
     group by l.id, l.new_values_max, v.from_field`.execute(trx);
  return new NewValueRoom(rows.rows);
}

/**
 * R21: above the list's limit (200) of new values from one field, the mapping pauses adding: such a field is probably free
 * text, and the rejection says so. The other fields of the record flow.
 */
export function withoutExcess(ctx: RunContext, effects: Effects, kind: Kind, decision: Decision): Decision {
  const faults: Decision['faults'][number][] = [];
  const toHub = decision.toHub.filter((write) => {
    const bound = write.addsValues === undefined ? undefined : ctx.lines[kind]?.find((line) => line.key === write.key);
    const list = bound?.hubField.listId;
    if (bound === undefined || list === undefined) return true;
    const fresh = (write.addsValues ?? []).filter(({ key }) => !effects.listValues.has(`${list}:${key}`));
    if (fresh.length === 0 || effects.room.take(list, bound.line.crm, fresh.length)) return true;
    const value = keptValue(fresh.map((one) => one.label).join(', '));
    const params = { label: bound.hubField.label, value, why: 'paused' };
    const fault: Fault = { reason: 'unmapped_value', field: write.field, params };
    faults.push({ key: write.key, to: 'hub', fault, value: write.source });
    return false;
  });
  return faults.length === 0 ? decision : { ...decision, toHub, faults: [...decision.faults, ...faults] };
}
