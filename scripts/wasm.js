// Compiles wasm/, the module that reads blocks of plain records, into the file of src that carries it: so it is in every bundle, and
// nothing is installed or looked for where the program runs. The file names the sources that it was made of. `--check` only says whether it is
// what they compile to.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isStarted, root } from './commands.js';

const ENTRY = 'wasm/records.ts';
/** Memory, of 64 KB each: all that LAYOUT has room for. */
const PAGES = 39;
const LAYOUT = 'src/checking/blocks/layout.ts';
const OUTPUT = join(root, 'src', 'checking', 'blocks', 'module-bytes.ts');
const OPTIONS = [
  ...['-O3', '--noAssert', '--converge', '--runtime', 'stub', '--enable', 'simd', '--use', 'abort='],
  ...['--initialMemory', String(PAGES), '--maximumMemory', String(PAGES)],
];

/** What the module is made of. Its time counts when a build is compared with it. */
export const wasmSources = [
  ...readdirSync(join(root, 'wasm')).map((name) => `wasm/${name}`),
  LAYOUT,
  'scripts/wasm.js',
].map((name) => join(root, name));

function digest() {
  const hash = createHash('sha256');
  for (const path of wasmSources) hash.update(readFileSync(path, 'utf8').replaceAll('\r', ''));
  return hash.digest('hex');
}

/** The text of the file that carries the module. */
async function moduleText() {
  const { default: asc } = await import('assemblyscript/asc');
  let bytes;
  const { error, stderr } = await asc.main([ENTRY, ...OPTIONS, '--baseDir', root, '--outFile', 'module.wasm'], {
    writeFile: (_name, contents) => {
      bytes = contents;
    },
  });
  if (error) throw new Error(`${stderr.toString()}${error.message}`);
  const text = Buffer.from(bytes).toString('base64');
  return [
    '// Made by `npm run build` of wasm/, which says what it does.',
    `// sources: ${digest()}`,
    `export const MODULE =\n  '${text}';`,
    '',
  ].join('\n');
}

const current = () => (existsSync(OUTPUT) ? readFileSync(OUTPUT, 'utf8') : '');

async function check() {
  if (current() !== (await moduleText()))
    throw new Error('module-bytes.ts is not what wasm/ compiles to: npm run build');
}

async function write() {
  if (!current().includes(`sources: ${digest()}`)) writeFileSync(OUTPUT, await moduleText());
}

if (isStarted(import.meta.url)) {
  try {
    await (process.argv.includes('--check') ? check() : write());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
