import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { summarise } from '../scripts/test-run/summary.ts';
import { vitestSuites } from '../scripts/test-run/vitest-suite.ts';
import { LONGEST } from './support/longest-first.ts';

const ROOT = join(import.meta.dirname, '..');

/** Runs these tests as `npm test` runs its suites. */
async function planted(code: string) {
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.tmp', 'planted-'));
  writeFileSync(join(folder, 'planted.test.ts'), `import { expect, test } from 'vitest';\n${code}\n`);
  writeFileSync(join(folder, 'vitest.config.ts'), 'export default { test: { include: ["*.test.ts"] } };\n');
  try {
    return summarise(await vitestSuites({ planted: /./ }, ['--root', folder], { root: ROOT, env: process.env }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a planted failing test is counted and ends with another exit code; without it all is well', async () => {
  const good = "test('good', () => expect(1).toBe(1));";
  expect(await planted(`${good}\ntest('bad', () => expect(1).toBe(2));`)).toMatchObject({
    line: '1 passed, 1 failed',
    exitCode: 1,
  });
  expect(await planted(good)).toMatchObject({ line: '1 passed, 0 failed', exitCode: 0, complaints: [] });
});

test('no test at all, a file that does not load and a skip without a reason are failures', () => {
  const suite = { name: 'one', passed: 3, failed: 0, skipped: [], broken: false };
  expect(summarise([suite, { ...suite, name: 'two', passed: 0 }]).exitCode).toBe(1);
  expect(summarise([{ ...suite, broken: true }]).exitCode).toBe(1);
  expect(summarise([{ ...suite, skipped: ['something'] }]).exitCode).toBe(1);
  expect(summarise([{ ...suite, skipped: ['something (skipped: no server)'] }]).exitCode).toBe(0);
});

test('.ci/run sums what the two commands of the README came to, and its exit code says so', () => {
  const ci = (status: number, line: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-ci-'));
    const block = (name: string) => `<!-- command: ${name} -->\n\`\`\`sh\nnpm run -s ${name}\n\`\`\`\n`;
    mkdirSync(join(folder, '.ci'));
    cpSync(join(ROOT, '.ci', 'run'), join(folder, '.ci', 'run'));
    writeFileSync(join(folder, '.ci', 'start-check.js'), 'process.exit(0);\n');
    writeFileSync(join(folder, 'README.md'), `${block('start')}${block('test')}`);
    const scripts = { start: 'true', test: `echo "${line}" && exit ${status}` };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'planted', scripts }));
    const { status: code, stdout } = spawnSync('bash', [join(folder, '.ci', 'run')], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    return { code, last: stdout.trim().split('\n').at(-1) };
  };
  expect(ci(0, '5 passed, 0 failed')).toEqual({ code: 0, last: '6 passed, 0 failed' });
  expect(ci(1, '4 passed, 1 failed')).toEqual({ code: 1, last: '5 passed, 1 failed' });
  expect(ci(1, 'it broke')).toEqual({ code: 1, last: '1 passed, 1 failed' });
});

test('the files that begin are there', () => {
  expect(LONGEST.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  expect(new Set(LONGEST).size).toBe(LONGEST.length);
});
