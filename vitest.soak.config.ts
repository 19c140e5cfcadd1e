import { defineConfig } from 'vitest/config';
import { memoryDirectory } from './test/setup/memory-directory.ts';

/** The nightly suite: the same promises as `npm test`, with the numbers that take minutes. */
export default defineConfig({
  test: {
    include: ['test/soak/**/*.soak.ts', 'test/robustness/{memory,connection}.test.ts', 'test/fixtures.test.ts'],
    env: { MIGRATE_JSON_TEST_LARGE: '1', TMPDIR: memoryDirectory(2 * 1024 ** 3) },
    globalSetup: ['test/setup/postgres.ts'],
    pool: 'forks',
    // Each of them keeps a core busy by itself.
    maxWorkers: 2,
    testTimeout: 3_600_000,
    hookTimeout: 300_000,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'test-results/soak.json' }]] : ['default'],
  },
});
