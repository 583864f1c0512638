/** What one suite came to. */
export interface SuiteResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** Titles of skipped tests. */
  readonly skipped: readonly string[];
  /** The process itself failed (could not start, crashed, an error outside of tests). */
  readonly broken: boolean;
}

export interface Summary {
  /** The closing line: `N passed, N failed`. */
  readonly line: string;
  readonly exitCode: 0 | 1;
  /** Why the run is a failure although no test failed. */
  readonly complaints: readonly string[];
}

/** A skip explains itself in its title: `… (skipped: reason)`, or the step is a `not yet: reason`. */
const EXPLAINED = /\((?:skipped|not yet|left out): .+\)/;

/** Sums all suites. No test at all, a broken suite and an unexplained skip are failures. */
export function summarise(suites: readonly SuiteResult[]): Summary {
  const passed = suites.reduce((sum, suite) => sum + suite.passed, 0);
  const unexplained = suites.flatMap((suite) => suite.skipped.filter((title) => !EXPLAINED.test(title)));
  const complaints = [
    ...suites.filter((suite) => suite.broken).map((suite) => `${suite.name} broke outside of its tests`),
    ...suites.filter((suite) => suite.passed + suite.failed === 0).map((suite) => `${suite.name} ran no test`),
    ...unexplained.map((title) => `skipped without a reason: ${title}`),
  ];
  const counted = suites.reduce((sum, suite) => sum + suite.failed, 0);
  const failed = counted === 0 && complaints.length > 0 ? complaints.length : counted;
  const skipped = suites.reduce((sum, suite) => sum + suite.skipped.length, 0);
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { line, exitCode: failed > 0 || passed === 0 ? 1 : 0, complaints };
}
