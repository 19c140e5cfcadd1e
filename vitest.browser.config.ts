import { defineConfig } from 'vitest/config';

/** What needs a browser: `npm run test:browser`. */
export default defineConfig({
  test: {
    include: ['test/**/*.browser.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'test-results/browser.json' }]] : ['default'],
  },
});
