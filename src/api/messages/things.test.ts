import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { thing } from './things.ts';

const SRC = new URL('../../', import.meta.url).pathname;
const named = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .flatMap((path) => [...readFileSync(join(SRC, path), 'utf8').matchAll(/new NotFound\('([^']+)'\)/g)])
  .map((match) => match[1] ?? '');

test('whatever is not found is named in French too', () => {
  expect(named.length).toBeGreaterThan(30);
  expect([...new Set(named)].filter((what) => !/^c(e|et|ette) /.test(thing('fr', what)))).toEqual([]);
});
