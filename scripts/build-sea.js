// `npm run build:sea`: one file that needs no Node, for the system and the processor that it is built on, in dist-sea; then it
// is tried. Node's own packer makes it (https://nodejs.org/api/single-executable-applications.html).
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './commands.js';
import { installNode, must } from './installed.js';
import { tryProgram } from './trial.js';

/** The first line of Node with long support that packs without other tools. */
const NODE = '26';

const { bin, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const [name] = Object.keys(bin);
const output = join(root, 'dist-sea', `${name}-${version}-${process.platform}-${process.arch}`);
const scratch = mkdtempSync(join(tmpdir(), 'migrate-json-sea-'));
const replacement = (file) => join(root, 'scripts', 'executable', file);

/** Modules that expect to lie beside other files. There are none. */
const REPLACED = {
  'better-sqlite3': replacement('better-sqlite3.js'),
  './start-thread.ts': replacement('start-thread.js'),
  './import-module.ts': replacement('import-module.js'),
};

const replacing = {
  name: 'modules of the executable',
  resolveId: (source) => REPLACED[source],
  load: (path) => (path === join(root, 'src', 'version.ts') ? `export const TOOL_VERSION = '${version}';` : undefined),
};

/** One program in one file, with all that it imports. */
async function bundle(input, file) {
  const external = ['pg-native', 'cloudflare:sockets'];
  const build = await rolldown({ input, platform: 'node', logLevel: 'warn', external, plugins: [replacing] });
  await build.write({ file, format: 'cjs', codeSplitting: false });
  await build.close();
  return file;
}

/** SQLite for this system, as better-sqlite3 chooses it. */
function libraryOfSqlite() {
  const { glibcVersionRuntime } = process.report.getReport().header;
  const system = process.platform === 'linux' && !glibcVersionRuntime ? 'linuxmusl' : process.platform;
  return join(root, 'node_modules', 'better-sqlite3', 'prebuilds', `${system}-${process.arch}.node`);
}

/** What is in the file belongs to others as well: their licences lie beside it. */
function licences() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const delivered = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  const node = `Node.js: its licence is https://github.com/nodejs/node/blob/main/LICENSE\n`;
  return [node, ...delivered.map(([path, entry]) => licenceOf(path, entry))].join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceOf(path, entry) {
  const directory = join(root, path);
  const file = existsSync(directory) && readdirSync(directory).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(directory, file), 'utf8') : 'The package has no file with its licence.\n';
  return `${path.replace(/^.*node_modules\//, '')} ${entry.version}: ${entry.license}\n\n${text}`;
}

async function build() {
  mkdirSync(join(root, 'dist-sea'), { recursive: true });
  const configuration = {
    main: await bundle(replacement('main.js'), join(scratch, 'main.js')),
    output,
    disableExperimentalSEAWarning: true,
    assets: {
      'thread.js': await bundle(join(root, 'src', 'checking', 'thread.ts'), join(scratch, 'thread.js')),
      'better-sqlite3.node': libraryOfSqlite(),
    },
  };
  writeFileSync(join(scratch, 'sea.json'), JSON.stringify(configuration));
  must(installNode(NODE, join(scratch, 'node')), ['--build-sea', join(scratch, 'sea.json')]);
  // macOS starts nothing whose signature does not fit.
  if (process.platform === 'darwin') must('codesign', ['--force', '--sign', '-', output]);
  writeFileSync(`${output}.licences.txt`, licences());
}

/** Where no other program can be found, and with a place for temporary files of its own. */
function tryIt() {
  const [place, temporary] = ['place', 'temporary'].map((each) => join(scratch, each));
  for (const directory of [place, temporary]) mkdirSync(directory);
  const env = { HOME: scratch, PATH: place, TMPDIR: temporary, NO_COLOR: '1' };
  const steps = tryProgram([output], place, { env });
  const left = readdirSync(temporary);
  if (left.length > 0) throw new Error(`it leaves temporary files behind: ${left.join(', ')}`);
  return steps;
}

try {
  await build();
  console.log(`${output}: ${tryIt()} steps passed`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
