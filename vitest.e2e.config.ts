import { defineConfig } from 'vitest/config';

/** The browser end to end: one at a time, because each file starts the whole product and a Chromium. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
