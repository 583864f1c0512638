import type { z } from 'zod';
import type { InputProblem } from '../core/invalid-input.ts';

type Issue = z.core.$ZodIssue;
type Said = Omit<InputProblem, 'path'>;

/** Types that have a sentence of their own: `input.shape_text` and so on. */
const WANTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  int: 'whole',
  boolean: 'boolean',
  array: 'list',
  object: 'object',
  record: 'object',
};

/**
 * What is wrong with the shape of a value, said so that a person understands it: `words` names the message. The code is
 * the parser's own, which programs may rely on.
 */
export function shapeProblem(issue: Issue): Said {
  // A check of ours gives its code as the message.
  if (/^[a-z_]+$/.test(issue.message)) return { code: issue.message, params: paramsOf(issue) };
  const words = wordsOf(issue);
  return { code: issue.code, params: { ...paramsOf(issue), ...(words === null ? {} : { words }) } };
}

function paramsOf(issue: Issue): Readonly<Record<string, string | number>> {
  const { message } = issue;
  switch (issue.code) {
    case 'invalid_type':
      return { message, expected: issue.expected };
    case 'invalid_value':
      return { message, expected: issue.values.map(String).join(', ') };
    case 'too_small':
      return { message, min: Number(issue.minimum) };
    case 'too_big':
      return { message, max: Number(issue.maximum) };
    default:
      return { message };
  }
}

/** null: the parser's own words have to do. */
function wordsOf(issue: Issue): string | null {
  switch (issue.code) {
    case 'invalid_type': {
      if (/received (undefined|null)$/.test(issue.message)) return 'required';
      const wanted = WANTED[issue.expected];
      return wanted === undefined ? null : `shape_${wanted}`;
    }
    case 'invalid_value':
      return 'shape_one_of';
    case 'too_small':
      return tooSmall(issue.origin, Number(issue.minimum));
    case 'too_big':
      return tooBig(issue.origin);
    case 'invalid_format':
      return issue.format === 'datetime' ? 'shape_time' : 'shape_format';
    case 'invalid_union':
      return 'shape_union';
    default:
      return null;
  }
}

function tooSmall(origin: string, min: number): string | null {
  if (origin === 'string') return min <= 1 ? 'required' : 'shape_longer';
  if (origin === 'number' || origin === 'int') return 'shape_at_least';
  return origin === 'array' || origin === 'set' ? 'shape_more' : null;
}

function tooBig(origin: string): string | null {
  if (origin === 'string') return 'too_long';
  if (origin === 'number' || origin === 'int') return 'shape_at_most';
  return origin === 'array' || origin === 'set' ? 'shape_fewer' : null;
}
