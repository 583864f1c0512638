import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const spec = readFileSync(join(root, 'docs/spec.md'), 'utf8');
const titles = globSync('{src,test,web}/**/*.{test,e2e}.ts', { cwd: root })
  .concat(
    ['connector', 'hooks', 'timeline', 'companies', 'deletion']
      .map((name) => `${name}-contract`)
      .concat('round-trip', 'recordings')
      .map((name) => `src/connectors/kit/testing/${name}.ts`),
  )
  .map((file) => readFileSync(join(root, file), 'utf8'));

const ids = new Set([...spec.matchAll(/\*\*([RC]\d+[a-d]?)\*\*/g)].map(([, id]) => id ?? ''));
const named = new Set(
  titles.flatMap((text) =>
    [...text.matchAll(/\[([RC]\d+[a-d]?)\]/g), ...text.matchAll(/(?:rule|company)\(\s*'([^']+)'/g)].flatMap(
      ([, found]) => (found ?? '').split(' '),
    ),
  ),
);

test('every id in a test’s title stands in the rule book', () => {
  expect([...named].filter((id) => !ids.has(id))).toEqual([]);
});

test('an id stands once in the rule book, for one rule', () => {
  const all = [...spec.matchAll(/\*\*([RC]\d+[a-d]?)\*\*/g)].map(([, id]) => id ?? '');
  expect(all.filter((id, index) => all.indexOf(id) !== index)).toEqual([]);
});

test('every rule that is not marked as not yet is named by a test', () => {
  const open = new Set(
    spec
      .split('\n')
      .flatMap((line) => (line.includes('(not yet: ') ? (/\*\*([RC]\d+[a-d]?)\*\*/.exec(line)?.[1] ?? []) : [])),
  );
  expect([...ids].filter((id) => !named.has(id) && !open.has(id))).toEqual([]);
  expect([...open].filter((id) => named.has(id))).toEqual([]);
});
