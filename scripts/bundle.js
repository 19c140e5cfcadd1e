// Bundles the program into dist: a few files load several times faster than hundreds, in every process and every worker.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { root } from './commands.js';

const output = join(root, 'dist');

/** What is started or imported from outside, by its name in dist. */
const ENTRIES = { index: 'src/index.ts', main: 'src/cli/main.ts', thread: 'src/checking/thread.ts' };

/** Dependencies of many small modules of which little is used. Their licences go with them. */
const BUNDLED = ['zod'];

const { dependencies, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const external = Object.keys(dependencies).filter((name) => !BUNDLED.includes(name));

await build({
  cwd: root,
  input: ENTRIES,
  platform: 'node',
  logLevel: 'warn',
  external: external.map((name) => new RegExp(`^${name}(/|$)`)),
  transform: { target: `node${engines.node.replace('>=', '')}` },
  output: {
    dir: output,
    format: 'esm',
    sourcemap: true,
    // Beside each other, so that what is started by its URL is found from every file.
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
});
for (const name of BUNDLED) copyFileSync(join(root, 'node_modules', name, 'LICENSE'), join(output, `LICENSE.${name}`));
