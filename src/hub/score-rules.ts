import { type InputProblem, InvalidInput, NotFound } from '../core/invalid-input.ts';
import type { FieldSchema, Value } from '../core/model.ts';
import { ruleOpsOf } from '../core/score.ts';
import type { Ids } from '../platform/ids.ts';
import type { Queryable, Store, Trx } from '../store/db.ts';
import { hubFields } from './fields.ts';
import { parseValue } from './parse-value.ts';
import { rescoreAll } from './score.ts';

export interface ScoreRule {
  readonly id: string;
  readonly name: string;
  /** Event type, or null for a rule on a field. */
  readonly onEvent: string | null;
  /** Of an event rule: data that must match; of a field rule: `{field, op, value}`. */
  readonly condition: Readonly<Record<string, Exclude<Value, readonly string[]>>> | null;
  readonly points: number;
  readonly enabled: boolean;
}

/** The starter set: a visit 1, a download 5, a discovery form 5, an evaluation form 20, a purchase form 40. */
const STARTERS: readonly ScoreRule[] = [
  { id: 'rul_visit', name: 'Visit', onEvent: 'visit', condition: null, points: 1, enabled: true },
  { id: 'rul_download', name: 'Download', onEvent: 'download', condition: null, points: 5, enabled: true },
  {
    id: 'rul_form_discovery',
    name: 'Discovery form',
    onEvent: 'form',
    condition: { phase: 'discovery' },
    points: 5,
    enabled: true,
  },
  {
    id: 'rul_form_evaluation',
    name: 'Evaluation form',
    onEvent: 'form',
    condition: { phase: 'evaluation' },
    points: 20,
    enabled: true,
  },
  {
    id: 'rul_form_purchase',
    name: 'Purchase form',
    onEvent: 'form',
    condition: { phase: 'purchase' },
    points: 40,
    enabled: true,
  },
];

/** Puts the starter rules in place once; rules that a person removed do not come back. */
export async function plantScoreRules(store: Store, at: number): Promise<void> {
  const planted = await store.db
    .insertInto('settings')
    .values({ key: 'score_rules_planted', value: 'true', updated_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst();
  if (planted === undefined) return;
  await store.db
    .insertInto('score_rules')
    .values(STARTERS.map((rule, position) => toRow(rule, position, at)))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

const toRow = (rule: ScoreRule, position: number, at: number) => ({
  id: rule.id,
  name: rule.name,
  on_event: rule.onEvent,
  condition: rule.condition === null ? null : JSON.stringify(rule.condition),
  points: rule.points,
  enabled: rule.enabled,
  built_in: false,
  position,
  updated_at: at,
});

export async function listScoreRules(q: Queryable): Promise<readonly ScoreRule[]> {
  const rows = await q.selectFrom('score_rules').selectAll().orderBy('position').orderBy('name').execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    onEvent: row.on_event,
    condition: row.condition as ScoreRule['condition'],
    points: row.points,
    enabled: row.enabled,
  }));
}

const STALE = 'score_stale';

/** Everybody's score is to be computed again, in the background: in the transaction of what changed. */
export async function markScoresStale(trx: Trx, at: number): Promise<void> {
  await trx
    .insertInto('settings')
    .values({ key: STALE, value: JSON.stringify(at), updated_at: at })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: JSON.stringify(at), updated_at: at }))
    .execute();
}

/** Does what `markScoresStale` asked for; asked again meanwhile, it is done again. @returns how many were looked at. */
export async function refreshScores(store: Store, at: number): Promise<number> {
  const wanted = await store.db.selectFrom('settings').select('updated_at').where('key', '=', STALE).executeTakeFirst();
  if (wanted === undefined) return 0;
  const total = await rescoreAll(store, at);
  await store.db.deleteFrom('settings').where('key', '=', STALE).where('updated_at', '=', wanted.updated_at).execute();
  return total;
}

/** A rule on a field with its value as contacts hold it: a choice by its id, a number as a number. @throws InvalidInput */
function checkCondition(condition: ScoreRule['condition'], fields: readonly FieldSchema[]): ScoreRule['condition'] {
  const refuse = (path: string, problem: Omit<InputProblem, 'path'>): never => {
    throw new InvalidInput([{ path, ...problem }]);
  };
  const key = String(condition?.['field'] ?? '');
  const field = fields.find((one) => one.key === key);
  if (condition === null || field === undefined)
    return refuse('condition.field', { code: 'unknown_field', params: { field: key } });
  const op = ruleOpsOf(field.type).find((one) => one === condition['op']);
  if (op === undefined)
    return refuse('condition.op', { code: 'filter_op', params: { allowed: ruleOpsOf(field.type).join(', ') } });
  if (op === 'filled' || op === 'empty') return { field: key, op };
  const given = condition['value'] ?? null;
  if (given === null || String(given).trim() === '') return refuse('condition.value', { code: 'required', params: {} });
  if (op === 'contains') return { field: key, op, value: String(given).trim() };
  const parsed = parseValue({ ...field, calculated: false }, given);
  if ('problem' in parsed) return refuse('condition.value', parsed.problem);
  // Of several values of a list a rule asks for one.
  const value = Array.isArray(parsed.value) ? (parsed.value[0] ?? null) : (parsed.value as string | number | boolean);
  return { field: key, op, value };
}

/** Adds or changes a rule. Points given by events before stay as they were given; rules on fields count for everybody. @throws InvalidInput */
export async function saveScoreRule(
  store: Store,
  rule: Omit<ScoreRule, 'id'> & { readonly id?: string | undefined },
  context: { readonly ids: Ids; readonly at: number },
): Promise<ScoreRule> {
  // One that is switched off gives nothing: its field may be gone.
  const isOnField = rule.onEvent === null && rule.enabled;
  const condition = isOnField ? checkCondition(rule.condition, await hubFields(store.db)) : rule.condition;
  const saved: ScoreRule = { ...rule, condition, id: rule.id ?? context.ids.next('rul') };
  const row = toRow(saved, 100, context.at);
  await store.transaction(async (trx) => {
    await trx
      .insertInto('score_rules')
      .values(row)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({
          name: row.name,
          on_event: row.on_event,
          condition: row.condition,
          points: row.points,
          enabled: row.enabled,
          updated_at: row.updated_at,
        }),
      )
      .execute();
    await markScoresStale(trx, context.at);
  });
  return saved;
}

/** Removes a rule: what it gave for fields goes, what events were given stays. */
export async function deleteScoreRule(store: Store, id: string, at: number): Promise<void> {
  await store.transaction(async (trx) => {
    const row = await trx.deleteFrom('score_rules').where('id', '=', id).returning('id').executeTakeFirst();
    if (row === undefined) throw new NotFound('score rule');
    await markScoresStale(trx, at);
  });
}
