import { expect, test } from 'vitest';
import { en } from './en.ts';
import { fr } from './fr.ts';

const keys = (texts: object, path = ''): string[] =>
  Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [`${path}${key}`] : keys(value as object, `${path}${key}.`),
  );
const at = (texts: object, key: string): string =>
  String(key.split('.').reduce<unknown>((found, part) => (found as Record<string, unknown>)[part], texts));

test('French has every text that English has, with the same parameters', () => {
  expect(keys(fr).sort()).toEqual(keys(en).sort());
  for (const key of keys(en))
    expect([...at(fr, key).matchAll(/\{\{\w+\}\}/g)].map(String).sort(), key).toEqual(
      [...at(en, key).matchAll(/\{\{\w+\}\}/g)].map(String).sort(),
    );
});
