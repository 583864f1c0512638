import { defineConfig } from 'vitest/config';
import everything from './vitest.config.ts';

/** The browser alone. */
export default defineConfig({ test: { ...everything.test, include: ['test/e2e/**/*.e2e.ts'] } });
