/** `npm test`: everything, and one closing line that sums it. `npm test -- fast` leaves the browser out. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Need, provide } from './test-run/needs.ts';
import { type SuiteResult, summarise } from './test-run/summary.ts';
import { run, runQuietly, vitestSuites } from './test-run/vitest-suite.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (text: string): void => void process.stderr.write(`${text}\n`);
mkdirSync(`${root}/.tmp`, { recursive: true });

const fast = process.argv.includes('fast');
const required = new Set((process.env['TANDEM_TEST_REQUIRE'] ?? '').split(',').filter(Boolean));
const needs: readonly Need[] = [...(fast ? [] : ['browser' as const]), 'postgres', 'zapier', 'client'];
const missing = provide(needs);
const isMissing = (need: Need): boolean => missing.some((entry) => entry.need === need);
const options = { root, env: { ...process.env, FORCE_COLOR: process.env['FORCE_COLOR'] ?? '0' } };

/** One step that passes or fails as a whole. */
const asSuite = (name: string, code: number): SuiteResult => ({
  name,
  passed: code === 0 ? 1 : 0,
  failed: code === 0 ? 0 : 1,
  skipped: [],
  broken: false,
});
/** Beside the tests, which leave a part of two cores idle: they wait for processes, mails, pages. What it has to say comes at the end. */
async function check(): Promise<{ suites: readonly SuiteResult[]; said: string }> {
  const results: SuiteResult[] = [];
  let said = '';
  for (const part of ['types', 'lint', 'format']) {
    const { code, output } = await runQuietly(['scripts/check.ts', part], options);
    results.push(asSuite(part, code));
    said += code === 0 ? '' : output;
  }
  return { suites: results, said };
}

const suites: SuiteResult[] = [];
const checking = check();
const BROWSER = /^test\/e2e\//;
if (fast || isMissing('browser')) {
  suites.push(...(await vitestSuites({ tests: /./ }, ['--exclude', 'test/e2e/**'], options)));
} else {
  const built = await run(['scripts/build.ts'], options);
  suites.push(asSuite('build', built));
  // In one run: neither waits for the other's last file.
  suites.push(...(await vitestSuites({ browser: BROWSER, tests: /./ }, [], options)));
}
const checked = await checking;
suites.unshift(...checked.suites);
for (const { need } of missing) {
  if (required.has(need)) suites.push({ name: `required: ${need}`, passed: 0, failed: 1, skipped: [], broken: false });
}

const summary = summarise(suites);
say(`\n${checked.said}`);
for (const suite of suites) say(`${suite.name}: ${suite.passed} passed, ${suite.failed} failed`);
for (const complaint of summary.complaints) say(`! ${complaint}`);
for (const { need, how } of missing) say(`Left out: what needs ${need}. To get it: ${how}`);
process.stdout.write(`${summary.line}\n`);
process.exitCode = summary.exitCode;
