// `npm run qa`: every check, one after the other, up to the first that fails. `-- --no-tests` leaves the tests out.
import { join } from 'node:path';
import { ensureBuilt } from './build.js';
import { root, runNode } from './commands.js';
import { ensureInstalled } from './ensure-install.js';
import { runTests } from './test.js';

const tool = (...path) => join(root, 'node_modules', ...path);

const steps = {
  types: () => runNode([tool('typescript', 'bin', 'tsc'), '--noEmit']),
  'lint and format': () => runNode([tool('@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings']),
  layering: () => runNode([join(root, 'scripts', 'check-layers.js')]),
  'dead code': () => runNode([tool('knip', 'bin', 'knip.js')]),
  'module of wasm': () => runNode([join(root, 'scripts', 'wasm.js'), '--check']),
  build: () => ensureBuilt(),
  documentation: () => runNode([join(root, 'scripts', 'check-docs.js')]),
  tests: () => runTests(),
};

function check() {
  const installed = ensureInstalled();
  if (installed !== 0) return installed;
  for (const [name, step] of Object.entries(steps)) {
    if (name === 'tests' && process.argv.includes('--no-tests')) continue;
    console.log(`\n== ${name}`);
    const code = step();
    if (code !== 0) {
      console.error(`\n== ${name} failed`);
      return code;
    }
  }
  console.log('\n== everything passed');
  return 0;
}

process.exitCode = check();
