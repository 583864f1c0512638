import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { SuiteResult } from './summary.ts';

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export interface SuiteOptions {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a program with our own Node.js, its output going where ours goes; resolves with its exit code. */
export function run(args: readonly string[], options: SuiteOptions): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      cwd: options.root,
      env: options.env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', () => resolve(1));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** The same, its output kept. */
export function runQuietly(args: readonly string[], options: SuiteOptions): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      cwd: options.root,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Runs vitest once and reads its own report, never its text.
 * @param suites each suite's name and its files, by their paths from the root; a file belongs to the first that takes it.
 */
export async function vitestSuites(
  suites: Readonly<Record<string, RegExp>>,
  args: readonly string[],
  options: SuiteOptions,
): Promise<readonly SuiteResult[]> {
  const names = Object.keys(suites);
  const report = join(options.root, '.tmp', `vitest-${names[0] ?? ''}-${process.pid}.json`);
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const exit = await run(
    [vitest, 'run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    options,
  );
  try {
    // vitest wrote it a moment ago, in its documented shape
    const files = (JSON.parse(await readFile(report, 'utf8')) as VitestReport).testResults;
    const suiteOf = (file: string): string | undefined =>
      names.find((name) => suites[name]?.test(relative(options.root, file).replaceAll('\\', '/')));
    const results = names.map((name) =>
      resultOf(
        name,
        files.filter((file) => suiteOf(file.name) === name),
      ),
    );
    const broken = exit !== 0 && results.every((suite) => suite.failed === 0);
    return results.map((suite) => ({ ...suite, broken }));
  } catch {
    return names.map((name) => ({ name, passed: 0, failed: 1, skipped: [], broken: true }));
  } finally {
    await rm(report, { force: true });
  }
}

function resultOf(name: string, files: VitestReport['testResults']): SuiteResult {
  const all = files.flatMap((file) => file.assertionResults);
  // A file that does not load has no tests to count.
  const failedFiles = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const passed = all.filter((test) => test.status === 'passed').length;
  const failed = all.filter((test) => test.status === 'failed').length + failedFiles.length;
  const skipped = all.filter((test) => !['passed', 'failed'].includes(test.status)).map((test) => test.fullName);
  return { name, passed, failed, skipped, broken: false };
}
