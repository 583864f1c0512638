import type { Decay } from './instance.ts';
import { foldLabel } from './labels.ts';
import type { Fields, Value, ValueType } from './model.ts';
import { isEmpty } from './value.ts';

/** The original's scale. */
export const SCORE_MAX = 50;

/** How a rule compares a field. Which ones fit a field depends on its type (`ruleOpsOf`). */
export const RULE_OPS = ['filled', 'empty', 'is', 'is_not', 'contains', 'at_least', 'at_most'] as const;
export type RuleOp = (typeof RULE_OPS)[number];
export const ruleOpsOf = (type: ValueType): readonly RuleOp[] => {
  if (type === 'number') return ['at_least', 'at_most', 'is', 'filled', 'empty'];
  if (type === 'boolean') return ['is'];
  if (type === 'oneOf' || type === 'manyOf') return ['is', 'is_not', 'filled', 'empty'];
  if (type === 'date' || type === 'dateTime' || type === 'localDateTime') return ['filled', 'empty'];
  return ['contains', 'is', 'is_not', 'filled', 'empty'];
};

/** Points for who somebody is; points for what somebody did stay with the event. */
export interface FieldRule {
  readonly id: string;
  readonly field: string;
  readonly op: RuleOp;
  readonly value?: Value;
  readonly points: number;
}

/** What events of one kind give together. */
export interface EventPoints {
  /** The rule that gave them; null: a rule that is gone. */
  readonly rule: string | null;
  /** How many events. */
  readonly count: number;
  /** What they gave when they happened. */
  readonly given: number;
  /** What is left of it today, not rounded. */
  readonly left: number;
}

export interface ScorePart {
  /** The rule; `carried`: events that are older than events are kept; null: a rule that is gone. */
  readonly rule: string | null;
  readonly why: 'field' | 'events' | 'carried';
  readonly count: number;
  readonly given: number;
  /** What it adds to the score today. */
  readonly points: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** How many whole steps of decay lie between an event and now: the stored score changes only with one of them (R23). */
export const decaySteps = (at: number, now: number, decay: Decay): number =>
  Math.max(0, Math.floor((now - at) / (decay.days * DAY_MS)));

/** The share of an event's points that is left: each step takes the same percentage of what they were at first. */
export const shareLeft = (at: number, now: number, decay: Decay | null): number =>
  decay === null ? 1 : Math.max(0, 100 - decay.percent * decaySteps(at, now, decay)) / 100;

/** From this age on, in ms, an event counts for nothing. */
export const decayEndsMs = (decay: Decay): number => Math.ceil(100 / decay.percent) * decay.days * DAY_MS;

/** 0 to 50, with the parts it is made of: each point of the score is explained by one of them. */
export function scoreOf(input: {
  readonly events: readonly EventPoints[];
  readonly carried: number;
  readonly fields: Fields;
  readonly rules: readonly FieldRule[];
}): { readonly score: number; readonly parts: readonly ScorePart[] } {
  const { events, carried, fields } = input;
  const once = (points: number) => ({ count: 1, given: points, points });
  const parts: ScorePart[] = [
    ...events.map(({ rule, count, given, left }) => ({ rule, why: 'events' as const, count, given, points: left })),
    ...(carried === 0 ? [] : [{ rule: null, why: 'carried' as const, ...once(carried) }]),
    ...input.rules
      .filter((rule) => applies(rule, fields))
      .map((rule) => ({ rule: rule.id, why: 'field' as const, ...once(rule.points) })),
  ];
  const sum = Math.round(parts.reduce((total, part) => total + part.points, 0));
  return { score: Math.min(SCORE_MAX, Math.max(0, sum)), parts };
}

function applies(rule: FieldRule, fields: Fields): boolean {
  const value = fields[rule.field] ?? null;
  switch (rule.op) {
    case 'filled':
      return !isEmpty(value);
    case 'empty':
      return isEmpty(value);
    case 'is':
      return matches(value, rule.value ?? null);
    case 'is_not':
      return !matches(value, rule.value ?? null);
    case 'contains':
      return typeof value === 'string' && foldLabel(value).includes(foldLabel(String(rule.value ?? '')));
    case 'at_least':
      return typeof value === 'number' && value >= Number(rule.value);
    case 'at_most':
      return typeof value === 'number' && value <= Number(rule.value);
  }
}

/** Nobody who writes "CEO" means another title than "Ceo"; of several values of a list one will do. */
function matches(value: Value, wanted: Value): boolean {
  const text = (one: Value): string => foldLabel(String(one ?? ''));
  return Array.isArray(value) ? value.some((one: string) => text(one) === text(wanted)) : text(value) === text(wanted);
}

/**
 * R23: is the score to be sent although nothing else is? At once when a threshold lies between what was sent and what
 * is; otherwise only if it moved by `step` and a day has passed.
 */
export function mustSendScore(input: {
  readonly score: number;
  readonly lastSent: number | null;
  readonly lastSentAt: number | null;
  readonly step: number;
  readonly thresholds: readonly number[];
  readonly now: number;
}): boolean {
  const { score, lastSent, lastSentAt, now } = input;
  if (lastSent === null) return true;
  const [low, high] = [Math.min(score, lastSent), Math.max(score, lastSent)];
  if (input.thresholds.some((threshold) => low < threshold && threshold <= high)) return true;
  return high - low >= input.step && (lastSentAt === null || now - lastSentAt >= DAY_MS);
}
