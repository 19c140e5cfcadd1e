import { defineConfig } from 'vitest/config';
import { memoryDirectory } from './test/setup/memory-directory.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/postgres.ts'],
    setupFiles: ['test/setup/sample.ts'],
    // Nothing that a test writes must outlive a power failure.
    env: { TMPDIR: memoryDirectory(2 * 1024 ** 3) },
    pool: 'forks',
    // A process runs many test files: to start one for each takes longer than most of them do.
    isolate: false,
    // One more than cores: many tests wait for a lock, a signal or a time-out.
    maxWorkers: 3,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'test-results/vitest.json' }]] : ['default'],
  },
});
