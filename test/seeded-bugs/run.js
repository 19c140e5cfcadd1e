// `npm run test:seeded-bugs`: plants one bug after the other in a copy of the repository and looks which test notices.
// Arguments choose bugs by a part of their name.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/commands.js';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { BUGS } from './bugs.js';

/** So many may go unnoticed. */
const UNNOTICED = 1;

function copyRepository() {
  const copy = mkdtempSync(join(memoryDirectory(), 'migrate-json-seeded-bugs-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const path of files.toString().split('\0').filter(Boolean)) cpSync(join(root, path), join(copy, path));
  symlinkSync(realpathSync(join(root, 'node_modules')), join(copy, 'node_modules'));
  return copy;
}

function run(copy, ...args) {
  return spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, CI: '' },
  });
}

/** Tests that failed, by their full name; those of a test file that cannot be loaded by the name of the file. */
function failing(copy, tests, ...options) {
  const results = join(copy, 'results.json');
  rmSync(results, { force: true });
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const { stderr } = run(copy, vitest, 'run', ...options, '--reporter=json', `--outputFile=${results}`, ...tests);
  const { testResults } = readResults(results, stderr);
  return testResults.flatMap(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName);
    return failed.length === 0 && status === 'failed' ? [name] : failed;
  });
}

function readResults(path, stderr) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Error(`the tests left no results: ${stderr}`);
  }
}

/** The text with the bug in it. */
function planted(text, { name, file, plant }) {
  return plant.reduce((before, [from, to]) => {
    if (before.split(from).length !== 2) throw new Error(`"${name}" can no longer be planted in ${file}: ${from}`);
    return before.replace(from, () => to);
  }, text);
}

/** The test that notices the bug, if one does. */
function noticedBy(copy, bug) {
  const path = join(copy, bug.file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, planted(text, bug));
  try {
    const built = run(copy, join('scripts', 'bundle.js'));
    if (built.status !== 0) throw new Error(`with "${bug.name}" nothing can be built: ${built.stderr}`);
    for (const test of bug.tests) {
      const [first] = failing(copy, [test], '--bail=1');
      if (first !== undefined) return first;
    }
    return undefined;
  } finally {
    writeFileSync(path, text);
  }
}

function main(chosen) {
  const bugs = BUGS.filter(({ name }) => chosen.length === 0 || chosen.some((part) => name.includes(part)));
  const copy = copyRepository();
  try {
    // Otherwise a test that fails anyway would notice everything.
    for (const bug of bugs) planted(readFileSync(join(copy, bug.file), 'utf8'), bug);
    run(copy, join('scripts', 'bundle.js'));
    const broken = failing(copy, [...new Set(bugs.flatMap(({ tests }) => tests))]);
    if (broken.length > 0) throw new Error(`without any bug these tests fail: ${broken.join(', ')}`);
    const unnoticed = bugs.filter((bug) => {
      const test = noticedBy(copy, bug);
      console.log(`${bug.name} → ${test === undefined ? 'NOT caught' : `caught by: ${test}`}`);
      return test === undefined;
    });
    console.log(`${bugs.length - unnoticed.length} of ${bugs.length} caught`);
    return unnoticed.length > UNNOTICED ? 1 : 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

process.exitCode = main(process.argv.slice(2));
