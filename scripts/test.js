// `npm test` and the like: installs and builds what is missing, then runs the tests. Arguments go to vitest, except
// `--sample`: where no other argument names tests, it leaves out those that are tagged slow, and most of those that need a
// database (test/setup/sample.ts).
import { join } from 'node:path';
import { ensureReady } from './build.js';
import { isStarted, root, runNode } from './commands.js';

export function runTests(args = []) {
  const given = args.filter((arg) => arg !== '--sample');
  const isSample = args.length > 0 && given.length === 0;
  if (isSample) process.env.MIGRATE_JSON_TEST_SAMPLE = '1';
  const filter = isSample ? ['--tags-filter=!slow'] : given;
  return ensureReady() || runNode([join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...filter]);
}

if (isStarted(import.meta.url)) process.exitCode = runTests(process.argv.slice(2));
