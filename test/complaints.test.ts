import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const page = read('docs/complaints.md');
const rules = new Set([...read('docs/spec.md').matchAll(/\*\*([RC]\d+[a-d]?)\*\*/g)].map(([, id]) => id));
/** Where tests stand: files that are run, and the suites that are run for each connector. */
const files = new Set(
  globSync(['{src,test,web}/**/*.{test,e2e}.ts', 'src/connectors/kit/testing/*.ts'], { cwd: root }),
);

/** Complaint, how it is removed, and the tests that say so. */
const rows = [...page.matchAll(/^\| (\d+) \| (.+) \| (.+) \| (.+) \|$/gm)].map(([, number, words, how, proof]) => ({
  number: Number(number),
  words: words ?? '',
  how: how ?? '',
  tests: [...(proof ?? '').matchAll(/`([^`]+)` “([^”]+)”/g)].map(([, file, title]) => ({
    file: file ?? '',
    title: title ?? '',
  })),
}));

test('all 70 complaints are there, in order, each with its source, what removes it, and a test or the word open', () => {
  expect(rows.map((row) => row.number)).toEqual(Array.from({ length: 70 }, (_, index) => index + 1));
  const bare = rows.filter(({ words, how, tests }) => {
    const ids = [...how.matchAll(/\b[RC]\d+[a-d]?\b/g)].map(([id]) => id);
    const isAnswered = ids.length > 0 && ids.every((id) => rules.has(id));
    return !/\]\(https?:\/\//.test(words) || !isAnswered || (tests.length === 0 && !how.includes('**open**'));
  });
  expect(bare).toEqual([]);
});

test('every test that the page names is there, by this title', () => {
  const named = rows.flatMap((row) => row.tests);
  const missing = named.filter(({ file, title }) => {
    if (!files.has(file)) return true;
    const source = read(file);
    // A title is the first thing after `test(`, or the second after a suite's own ids.
    return !["'", '`'].some((quote) =>
      new RegExp(
        String.raw`\b(?:test|rule)(?:\.\w+)?\(\s*(?:'[^']*',\s*)?${quote}${escaped(title)}${quote}|\)\(\s*${quote}${escaped(title)}${quote}`,
      ).test(source),
    );
  });
  expect(missing).toEqual([]);
  expect(named.length).toBeGreaterThan(70);
});

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
