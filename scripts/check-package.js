// `npm run test:package`: packs the package, installs it into an empty directory as a user would, and uses it there on each
// Node that it is made for. Arguments choose others: `npm run test:package -- 24`.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ensureReady } from './build.js';
import { pinnedNode, root } from './commands.js';
import { installNode, must } from './installed.js';
import { sbom } from './sbom.js';
import { tryProgram } from './trial.js';

/** The oldest that package.json allows, and every line that is maintained. */
const NODES = ['22.15', '22', '24', '26'];

const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'migrate-json-package-'));

/** Nothing of this repository is on the way: no other modules, no other program of the same name. */
function environment(node) {
  const { HOME, LANG } = process.env;
  return { HOME, LANG, NO_COLOR: '1', PATH: [dirname(node), '/usr/bin', '/bin'].join(delimiter) };
}

function pack() {
  const [{ filename }] = JSON.parse(
    must('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', scratch], { cwd: root }),
  );
  return join(scratch, filename);
}

function lint(tarball) {
  const bin = (name) => join(root, 'node_modules', '.bin', name);
  const env = { ...process.env, PATH: [dirname(pinnedNode()), process.env.PATH].join(delimiter) };
  must(bin('publint'), ['run', tarball, '--strict'], { cwd: root, env });
  must(bin('attw'), [tarball, '--profile', 'esm-only'], { cwd: root, env });
}

/** No script of any package runs, so nothing is compiled; none would want to, and nothing of ours is there to develop with. */
function install(tarball) {
  const path = join(scratch, 'installed');
  mkdirSync(path);
  writeFileSync(join(path, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  must('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], { cwd: path });
  const { packages } = JSON.parse(readFileSync(join(path, 'node_modules', '.package-lock.json'), 'utf8'));
  const scripted = Object.keys(packages).filter((name) => packages[name].hasInstallScript);
  if (scripted.length > 0)
    throw new Error(`these packages run a script when they are installed: ${scripted.join(', ')}`);
  const forDevelopment = Object.keys(devDependencies).filter((name) => existsSync(join(path, 'node_modules', name)));
  if (forDevelopment.length > 0)
    throw new Error(`development dependencies are installed: ${forDevelopment.join(', ')}`);
  return path;
}

/** The bill of materials lists what is installed, and nothing that is not. */
function checkBill() {
  const { components } = JSON.parse(sbom());
  const listed = new Set(components.map(({ group, name }) => (group ? `${group}/${name}` : name)));
  const missing = Object.keys(dependencies).filter((name) => !listed.has(name));
  const surplus = Object.keys(devDependencies).filter((name) => listed.has(name));
  if (missing.length + surplus.length === 0) return components.length;
  throw new Error(
    `the bill of materials lacks ${missing.join(', ') || 'nothing'}, has ${surplus.join(', ') || 'nothing'} too much`,
  );
}

/** An example lies where a program that has the package would. */
function placeExample(installed) {
  const example = join(installed, 'migrate.mjs');
  cpSync(join(installed, 'node_modules', '@migrate-json', 'cli', 'examples', 'migrate.mjs'), example);
  return example;
}

/** Checks its types as strictly as the compiler can, and the declarations of the package as well. */
function compile(example, installed) {
  const types = join(root, 'node_modules', '@types');
  const options = ['--noEmit', '--allowJs', '--checkJs', '--strict', '--exactOptionalPropertyTypes'];
  const modules = ['--target', 'es2024', '--module', 'nodenext', '--types', 'node', '--typeRoots', types];
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  must(pinnedNode(), [compiler, ...options, ...modules, '--skipLibCheck', 'false', example], { cwd: installed });
}

function tryOn(node, installed, example) {
  const place = mkdtempSync(join(scratch, 'try-'));
  const env = environment(node);
  const steps = tryProgram([join(installed, 'node_modules', '.bin', 'migrate-json')], place, { env });
  const done = spawnSync(node, [example, 'data', 'api.db'], { cwd: place, env, encoding: 'utf8', timeout: 60_000 });
  if (done.status !== 1 || !done.stdout.includes('verified: 447 equal'))
    throw new Error(`the example of the API ended with ${done.status}\n${done.stdout}${done.stderr}`);
  return steps + 1;
}

function check(versions) {
  const ready = ensureReady();
  if (ready !== 0) return ready;
  const tarball = pack();
  lint(tarball);
  console.log('packed; publint and attw find nothing');
  const installed = install(tarball);
  console.log('installed without scripts, compiler and development dependencies');
  console.log(`the bill of materials lists ${checkBill()} packages`);
  const example = placeExample(installed);
  compile(example, installed);
  console.log('its types fit the example of the API, checked strictly');
  for (const version of versions) {
    const node = installNode(version, join(scratch, `node-${version}`));
    const exact = must(node, ['--version']).trim();
    console.log(`Node ${exact}: ${tryOn(node, installed, example)} steps passed`);
  }
  return 0;
}

try {
  const chosen = process.argv.slice(2);
  process.exitCode = check(chosen.length > 0 ? chosen : NODES);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
