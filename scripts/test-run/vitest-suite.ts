import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SuiteResult } from './summary.ts';

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
  readonly testResults: readonly {
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

/** Runs vitest over one configuration and reads its own report, never its text. */
export async function vitestSuite(name: string, args: readonly string[], options: SuiteOptions): Promise<SuiteResult> {
  const report = join(options.root, '.tmp', `vitest-${name.replace(/\W+/g, '-')}-${process.pid}.json`);
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const exit = await run(
    [vitest, 'run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    options,
  );
  try {
    // vitest wrote it a moment ago, in its documented shape
    const result = JSON.parse(await readFile(report, 'utf8')) as VitestReport;
    const all = result.testResults.flatMap((file) => file.assertionResults);
    const failedFiles = result.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    ).length;
    const failed = result.numFailedTests + failedFiles;
    return {
      name,
      passed: result.numPassedTests,
      failed,
      skipped: all.filter((test) => !['passed', 'failed'].includes(test.status)).map((test) => test.fullName),
      broken: exit !== 0 && failed === 0,
    };
  } catch {
    return { name, passed: 0, failed: 1, skipped: [], broken: true };
  } finally {
    await rm(report, { force: true });
  }
}
