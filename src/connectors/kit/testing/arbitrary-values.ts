import fc from 'fast-check';
import { emailKey } from '../../../core/email.ts';
import type { FieldSchema, Value } from '../../../core/model.ts';

/** Texts that broke somebody's import at some time. */
const NASTY = [
  '007',
  '0012.50',
  ' x ',
  '👩‍👩‍👧‍👦 famille',
  'שלום עולם',
  'مرحبا',
  'ناب\u200fA',
  'a\nb',
  'a\r\nb',
  'e\u0301', // é as two characters
  '\u00e9', // é as one
  '"quoted"',
  "O'Brien\\",
  'a;b',
  'a,b',
  '<b>&amp;</b>',
  '=1+1',
  'true',
  'null',
  '0',
  '-None-',
  '   ',
  '',
];

const DAY_MS = 24 * 60 * 60 * 1000;
const days = fc.integer({ min: 0, max: 40_000 }).map((day) => new Date(day * DAY_MS).toISOString().slice(0, 10));
/** Anywhere in seventy years, and close to where one day ends and another begins in some zone. */
const instants = fc
  .oneof(
    fc.integer({ min: 0, max: 2_200_000_000_000 }),
    fc
      .tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: -14, max: 14 }), fc.constantFrom(-1, 0, 1))
      .map(([day, hour, ms]) => Math.max(0, day * DAY_MS + hour * 3_600_000 + ms)),
  )
  .map((at) => new Date(at).toISOString());

const text = (max: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...NASTY),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    // Around the longest that the field takes.
    fc
      .integer({ min: Math.max(0, Math.min(max, 300) - 2), max: Math.min(max, 300) + 2 })
      .map((length) => 'é'.repeat(length)),
  );

/** Hub values for a field of that type: ordinary ones, borders, and nothing at all. */
export function valuesFor(field: FieldSchema): fc.Arbitrary<Value> {
  return fc.option(filled(field), { nil: null, freq: 5 });
}

function filled(field: FieldSchema): fc.Arbitrary<Value> {
  const ids = (field.options ?? []).filter((option) => option.active).map((option) => option.id);
  switch (field.type) {
    case 'number':
      return fc.oneof(
        fc.constantFrom(0, -0, 1, -1, 0.1, 1.005, -1.005, 2.5, 0.000_001, 123_456.789),
        fc.integer({ min: -99_999, max: 99_999 }),
        fc.double({ min: -99_999, max: 99_999, noNaN: true }),
      );
    case 'boolean':
      return fc.boolean();
    case 'date':
      return days;
    case 'dateTime':
      return instants;
    case 'localDateTime':
      return instants.map((at) => at.slice(0, 19));
    case 'oneOf':
      return fc.constantFrom(...ids);
    case 'manyOf':
      // Any order: the order of a set says nothing.
      return fc.shuffledSubarray(ids, { minLength: 0 });
    case 'email':
      return fc.emailAddress().filter((address) => emailKey(address) !== null);
    case 'phone':
      return fc.oneof(
        fc.constantFrom('+33 1 42 68 53 00', '0033142685300', '(030) 1234-567 ext. 8', '007'),
        fc.stringMatching(/^\+?\d{4,14}$/),
      );
    case 'url':
      return fc.oneof(fc.constantFrom('example.com', 'https://exämple.com/ä?x=1&y=2#z'), fc.webUrl());
    case 'text':
    case 'longText':
      return text(field.maxLength ?? 300);
  }
}
