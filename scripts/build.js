// Builds dist from src: the module of wasm/, types by the compiler, programs by the bundler. `ensureBuilt` does so only where dist is older.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isStarted, root, runNode } from './commands.js';
import { ensureInstalled } from './ensure-install.js';
import { wasmSources } from './wasm.js';

const source = join(root, 'src');
const output = join(root, 'dist');
/** Written after a build without errors; its time is the moment at which that build began. */
const stamp = join(output, '.built');
const configuration = [
  ...['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/bundle.js'].map((name) => join(root, name)),
  ...wasmSources,
];

function entriesBelow(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true, recursive: true }).map((entry) => ({
    path: join(entry.parentPath ?? entry.path, entry.name),
    isFile: entry.isFile(),
  }));
}

/** Directories count as well: their time tells of files that were deleted or renamed. */
function newestChange() {
  const paths = [source, ...entriesBelow(source).map((entry) => entry.path), ...configuration];
  return Math.max(...paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
}

function isUpToDate() {
  const built = statSync(stamp, { throwIfNoEntry: false });
  return built !== undefined && built.mtimeMs > newestChange();
}

/** Types stay, because the compiler writes only those that changed. */
function removeOldOutputs() {
  for (const { path, isFile } of entriesBelow(output)) {
    const typed = /^(.+)\.d\.ts$/.exec(relative(output, path))?.[1];
    const isOld = typed === undefined ? /\.js(\.map)?$/.test(path) : !existsSync(join(source, `${typed}.ts`));
    if (isFile && isOld) rmSync(path);
  }
}

/** Returns the exit code of what failed: a compiler or the bundler. */
export function build() {
  const began = new Date();
  mkdirSync(output, { recursive: true });
  rmSync(stamp, { force: true });
  removeOldOutputs();
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const incremental = ['--incremental', '--tsBuildInfoFile', join(output, '.tsbuildinfo')];
  const code =
    runNode([join(root, 'scripts', 'wasm.js')]) ||
    runNode([compiler, '-p', 'tsconfig.build.json', ...incremental]) ||
    runNode([join(root, 'scripts', 'bundle.js')]);
  if (code !== 0) {
    console.error('The build failed. The messages are above.');
    return code;
  }
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began);
  return 0;
}

export function ensureBuilt() {
  if (isUpToDate()) return 0;
  console.error('Building …');
  return build();
}

/** What every script needs before it can start the program: returns 0, or the exit code of what failed. */
export function ensureReady() {
  return ensureInstalled() || ensureBuilt();
}

if (isStarted(import.meta.url)) process.exitCode = ensureInstalled() || build();
