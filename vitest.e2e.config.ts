import { defineConfig } from 'vitest/config';

/** The browser end to end: two at a time, because each file starts the whole product and a Chromium. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
