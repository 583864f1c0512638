import type { Fields, Value } from './model.ts';
import { isEmpty, isSame } from './value.ts';

/** The original's scale. */
export const SCORE_MAX = 50;

/** Points for who somebody is; points for what somebody did stay with the event. */
export interface FieldRule {
  readonly id: string;
  readonly field: string;
  readonly op: 'is' | 'is_not' | 'filled' | 'empty';
  readonly value?: Value;
  readonly points: number;
}

export interface ScorePart {
  /** The rule, or `events`. */
  readonly rule: string;
  readonly points: number;
}

/** 0 to 50, with the parts it is made of. */
export function scoreOf(
  eventPoints: number,
  fields: Fields,
  rules: readonly FieldRule[],
): { readonly score: number; readonly parts: readonly ScorePart[] } {
  const parts: ScorePart[] = [
    ...(eventPoints === 0 ? [] : [{ rule: 'events', points: eventPoints }]),
    ...rules.filter((rule) => applies(rule, fields)).map((rule) => ({ rule: rule.id, points: rule.points })),
  ];
  const sum = parts.reduce((total, part) => total + part.points, 0);
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
      return isSame(value, rule.value ?? null);
    case 'is_not':
      return !isSame(value, rule.value ?? null);
  }
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
  const aDay = 24 * 60 * 60 * 1000;
  return high - low >= input.step && (lastSentAt === null || now - lastSentAt >= aDay);
}
