import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
// Plain JavaScript, since it runs before there is a Node.js that reads TypeScript.
const { isStale } = (await import(join(ROOT, 'bin', 'build-web.js'))) as { isStale: (root: string) => boolean };

test('the web interface is built when it is missing or older than its sources, and only then', () => {
  const root = mkdtempSync(join(tmpdir(), 'tandem-build-'));
  for (const folder of ['web/pages', 'dist/web']) mkdirSync(join(root, folder), { recursive: true });
  const [page, built] = [join(root, 'web/pages/page.tsx'), join(root, 'dist/web/index.html')];
  writeFileSync(page, 'x');
  expect(isStale(root)).toBe(true);
  writeFileSync(built, 'x');
  utimesSync(page, 1_000, 1_000);
  expect(isStale(root)).toBe(false);
  utimesSync(page, new Date(), new Date(Date.now() + 60_000));
  expect(isStale(root)).toBe(true);
  rmSync(root, { recursive: true });
});

test('each command of the README that opens the interface sees to it that there is one', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  for (const [name, command] of Object.entries(scripts).filter(([one]) => one === 'start' || one === 'demo')) {
    const file = String(command).replace('node ', '');
    expect({ name, builds: readFileSync(join(ROOT, file), 'utf8').includes('await buildWhenStale(root)') }).toEqual({
      name,
      builds: true,
    });
  }
});
