import { expect, test } from 'vitest';
import { z } from 'zod';
import { isMessage, say } from '../api/messages/say.ts';
import { problemText } from '../api/problems.ts';
import { InvalidInput } from '../core/invalid-input.ts';
import { parseInput } from './connections.ts';

const schema = z.strictObject({
  name: z.string().min(1).max(5),
  long: z.string().min(3),
  age: z.int().min(2).max(9),
  on: z.boolean(),
  kind: z.enum(['lead', 'contact']),
  tags: z.array(z.string()).min(1).max(2),
  more: z.array(z.string()),
  at: z.iso.datetime(),
  mail: z.email(),
  either: z.union([z.string(), z.number()]),
  part: z.strictObject({ needed: z.string() }),
});

const refused = (input: unknown, locale: 'en' | 'fr'): Readonly<Record<string, string>> => {
  try {
    parseInput(schema, input);
  } catch (error) {
    if (error instanceof InvalidInput)
      return Object.fromEntries(error.problems.map((one) => [one.path, problemText(locale, one)]));
    throw error;
  }
  return {};
};

const WRONG = {
  name: '',
  long: 'ab',
  age: 1.5,
  on: 'maybe',
  kind: 'king',
  tags: [],
  more: 'x',
  at: 'yesterday',
  mail: 'nobody',
  either: true,
  part: {},
};

test('whatever has the wrong shape is answered in words that say what is wanted, and never in those of the parser', () => {
  const english = refused(WRONG, 'en');
  expect(english).toEqual({
    name: 'This is needed.',
    long: 'At least 3 characters.',
    age: 'A whole number is wanted here.',
    on: 'Yes or no (true or false) is wanted here.',
    kind: 'Possible: lead, contact.',
    tags: 'At least 1 of them.',
    more: 'A list is wanted here.',
    at: 'A moment is written as 2026-01-31T08:00:00Z.',
    mail: 'This is not written as it has to be.',
    either: 'This is none of the things that can stand here.',
    'part.needed': 'This is needed.',
  });
  const french = refused(WRONG, 'fr');
  expect(Object.keys(french)).toEqual(Object.keys(english));
  for (const [path, words] of Object.entries(french)) expect(words, path).not.toBe(english[path]);
  expect(refused({ ...WRONG, name: 'far too long', age: 10, tags: ['a', 'b', 'c'] }, 'en')).toMatchObject({
    name: 'At most 5 characters.',
    age: 'At most 9.',
    tags: 'At most 2 of them.',
  });
  expect(refused({}, 'en')['kind']).toBe('Possible: lead, contact.');
});

test('programs still find the parser’s own code of what is wrong', () => {
  try {
    parseInput(schema, { ...WRONG });
    expect.unreachable();
  } catch (error) {
    const problems = error instanceof InvalidInput ? error.problems : [];
    expect(problems.find((one) => one.path === 'name')?.code).toBe('too_small');
    expect(problems.find((one) => one.path === 'on')?.code).toBe('invalid_type');
  }
});

test('each sentence about a shape is there in both languages', () => {
  for (const word of ['text', 'number', 'whole', 'boolean', 'list', 'object']) {
    const key = `input.shape_${word}`;
    expect(isMessage(key) && say('fr', key)).toMatch(/ici/);
  }
});
