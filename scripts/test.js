// `npm test` and the like: installs and builds what is missing, then runs the tests. Arguments go to vitest, except
// `--sample`: unless another argument names tests, it leaves out most of those that need a database or the program
// (test/setup/sample.ts).
import { join } from 'node:path';
import { ensureReady } from './build.js';
import { isStarted, root, runNode } from './commands.js';

export function runTests(args = []) {
  const given = args.filter((arg) => arg !== '--sample');
  if (args.length > 0 && given.length === 0) process.env.MIGRATE_JSON_TEST_SAMPLE = '1';
  return ensureReady() || runNode([join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...given]);
}

if (isStarted(import.meta.url)) process.exitCode = runTests(process.argv.slice(2));
