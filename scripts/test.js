// `npm test` and the like: installs and builds what is missing, then runs the tests. Arguments go to vitest.
import { join } from 'node:path';
import { ensureReady } from './build.js';
import { isStarted, root, runNode } from './commands.js';

export function runTests(args = []) {
  return ensureReady() || runNode([join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...args]);
}

if (isStarted(import.meta.url)) process.exitCode = runTests(process.argv.slice(2));
