import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { summarise } from '../scripts/test-run/summary.ts';
import { faultsOf } from './architecture.ts';

test('imports point one way, the core is pure, files are small', () => {
  expect(faultsOf(join(import.meta.dirname, '..'))).toEqual([]);
});

test('the test of the arrows finds planted faults, and only those', () => {
  const root = mkdtempSync(join(tmpdir(), 'tandem-arch-'));
  const plant = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  plant('src/core/a.ts', "import { b } from '../store/b.ts';\nexport const now = Date.now();\n");
  plant('src/store/b.ts', "export const b = process.env['B'];\n");
  plant('src/connectors/x/x.ts', "import { y } from '../y/y.ts';\nimport { t } from '../kit/testing/t.ts';\n");
  plant('src/connectors/y/y.ts', 'export default 1;\n');
  plant('src/cli/z.ts', "process.stdout.write('here');\n");
  plant('src/hub/ok.ts', "import { b } from '../store/b.ts';\n");
  expect(faultsOf(root).sort()).toEqual([
    "src/cli/z.ts uses the process's own terminal; a command goes through its Cli",
    'src/connectors/x/x.ts is product code and may not import src/connectors/kit/testing/t.ts',
    'src/connectors/x/x.ts may not import src/connectors/y/y.ts',
    'src/connectors/y/y.ts has a default export',
    'src/core/a.ts is in core and must stay pure',
    'src/core/a.ts may not import src/store/b.ts',
    'src/store/b.ts reads process.env; only src/config.ts does',
  ]);
  rmSync(root, { recursive: true, force: true });
});

test('a failing test, a broken suite, no test at all and an unexplained skip each fail the whole run', () => {
  const suite = { name: 's', passed: 3, failed: 0, skipped: [] as string[], broken: false };
  expect(summarise([suite])).toMatchObject({ line: '3 passed, 0 failed', exitCode: 0 });
  expect(summarise([suite, { ...suite, failed: 1 }])).toMatchObject({ line: '6 passed, 1 failed', exitCode: 1 });
  expect(summarise([suite, { ...suite, broken: true }]).exitCode).toBe(1);
  expect(summarise([suite, { ...suite, passed: 0 }]).exitCode).toBe(1);
  expect(summarise([{ ...suite, skipped: ['just so'] }]).exitCode).toBe(1);
  expect(summarise([{ ...suite, skipped: ['x (not yet: later)'] }])).toMatchObject({
    line: '3 passed, 0 failed, 1 skipped',
    exitCode: 0,
  });
});
