import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/e2e/**', 'dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['test/support/prepared.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
